namespace MicroChat.Model.Templates;

/// <summary>One message of a conversation as chat templates see it.</summary>
/// <param name="Role">"system", "user" or "assistant".</param>
/// <param name="Content">The message's text, untrusted: it never becomes special tokens.</param>
public sealed record ChatTurn(string Role, string Content);
