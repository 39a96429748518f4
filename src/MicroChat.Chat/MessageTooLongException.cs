namespace MicroChat.Chat;

/// <summary>A message that does not fit even with the whole history left out. The session is as it was before.</summary>
public sealed class MessageTooLongException(string message, int tokens, int limit) : Exception(message)
{
    /// <summary>What system prompt and message take. Unit: tokens.</summary>
    public int Tokens { get; } = tokens;

    /// <summary>What they may take. Unit: tokens.</summary>
    public int Limit { get; } = limit;
}
