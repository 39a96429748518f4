namespace MicroChat.Chat.Decorators;

/// <summary>A user asked for more than its share of a minute or a day; nothing was generated.</summary>
public sealed class LimitReachedException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>When the limit lets the user ask again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
