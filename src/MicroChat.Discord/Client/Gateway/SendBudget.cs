namespace MicroChat.Discord.Client.Gateway;

/// <summary>At most 120 payloads in 60 seconds on one connection; a part of them is kept for heartbeats, which never wait.</summary>
/// <remarks>Source: Discord API, events/gateway, "Rate Limiting".</remarks>
internal sealed class SendBudget(TimeProvider time)
{
    /// <summary>Payloads per window that are not heartbeats.</summary>
    public const int Most = 110;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Queue<long> _sent = new();

    /// <summary>Takes a place.</summary>
    /// <returns>Zero: taken; otherwise how long until one is free, and none was taken.</returns>
    public TimeSpan TryTake()
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            while (_sent.TryPeek(out long oldest) && time.GetElapsedTime(oldest, now) >= Window)
            {
                _sent.Dequeue();
            }
            if (_sent.Count >= Most)
            {
                return Window - time.GetElapsedTime(_sent.Peek(), now);
            }
            _sent.Enqueue(now);
            return TimeSpan.Zero;
        }
    }
}
