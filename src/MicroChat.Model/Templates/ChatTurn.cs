namespace MicroChat.Model.Templates;

/// <summary>One turn of a conversation: who speaks ("system", "user", "assistant") and what is said.</summary>
public sealed record ChatTurn(string Role, string Content);
