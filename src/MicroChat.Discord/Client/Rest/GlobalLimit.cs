namespace MicroChat.Discord.Client.Rest;

/// <summary>The limit over all routes: at most so many requests in any second, and none while a global 429 holds.</summary>
internal sealed class GlobalLimit(int requestsPerSecond, TimeProvider time)
{
    /// <summary>A little more than a second, as the server's second begins when a request arrives.</summary>
    private static readonly TimeSpan Second = TimeSpan.FromMilliseconds(1_050);

    private readonly Lock _lock = new();
    private readonly long[] _slots = new long[requestsPerSecond];
    private int _next;
    private long _used, _blockedUntil;

    /// <summary>Waits for a slot; slots are given in the order of the calls.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait = Reserve();
        while (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            wait = Blocked;
        }
    }

    /// <summary>How long a global 429 still holds.</summary>
    public TimeSpan Blocked
    {
        get
        {
            lock (_lock)
            {
                return time.GetTimestamp() is var now && _blockedUntil > now ? Length(_blockedUntil - now) : TimeSpan.Zero;
            }
        }
    }

    public void Block(TimeSpan wait)
    {
        lock (_lock)
        {
            _blockedUntil = Math.Max(_blockedUntil, time.GetTimestamp() + Ticks(wait));
        }
    }

    /// <summary>The request takes the slot of the one that went so many requests before, a second later.</summary>
    private TimeSpan Reserve()
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            long free = _used >= _slots.Length ? _slots[_next] + Ticks(Second) : now;
            long at = Math.Max(Math.Max(now, free), _blockedUntil);
            _slots[_next] = at;
            _next = (_next + 1) % _slots.Length;
            _used++;
            return Length(at - now);
        }
    }

    private long Ticks(TimeSpan wait) => (long)Math.Ceiling(wait.TotalSeconds * time.TimestampFrequency);

    private TimeSpan Length(long ticks) => TimeSpan.FromSeconds((double)ticks / time.TimestampFrequency);
}
