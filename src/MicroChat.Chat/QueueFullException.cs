namespace MicroChat.Chat;

/// <summary>So many requests wait already that another was not taken; nothing was generated.</summary>
public sealed class QueueFullException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>When a place is likely to be free.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
