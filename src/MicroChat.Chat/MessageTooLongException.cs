namespace MicroChat.Chat;

/// <summary>A prompt that does not fit the context; where a history was given, even with all of it left out. Nothing was changed.</summary>
public sealed class MessageTooLongException(string message, int tokens, int limit) : Exception(message)
{
    /// <summary>What system prompt and message take. Unit: tokens.</summary>
    public int Tokens { get; } = tokens;

    /// <summary>What they may take. Unit: tokens.</summary>
    public int Limit { get; } = limit;
}
