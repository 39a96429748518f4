namespace MicroChat.Discord.Client.Rest;

/// <summary>
/// Keeps the number of refused requests (401, 403, 429 but for shared limits) far below the one at which the whole address is banned: 10,000 in 10 minutes.
/// From a fifth of it requests are spaced out, from four fifths none is sent.
/// </summary>
/// <remarks>Source: Discord API, topics/rate-limits, "Invalid Request Limit".</remarks>
internal sealed class InvalidRequestBudget(TimeProvider time)
{
    /// <summary>Refusals in the window from which requests are spaced out.</summary>
    public const int SlowFrom = 2_000;

    /// <summary>Refusals in the window from which nothing is sent.</summary>
    public const int StopAt = 8_000;

    private const int Slices = 60;

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);

    /// <summary>Ten requests a second, all refused, would need the whole window to reach the stop.</summary>
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly int[] _counts = new int[Slices];
    private readonly long _start = time.GetTimestamp();
    private long _slice, _nextAt;
    private int _total;

    /// <summary>Refusals within the last 10 minutes.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                Turn();
                return _total;
            }
        }
    }

    public void Add()
    {
        lock (_lock)
        {
            Turn();
            _counts[_slice % Slices]++;
            _total++;
        }
    }

    /// <summary>How long the next request has to wait; null: it must not be sent.</summary>
    public TimeSpan? Reserve()
    {
        lock (_lock)
        {
            Turn();
            if (_total >= StopAt)
            {
                return null;
            }
            if (_total < SlowFrom)
            {
                return TimeSpan.Zero;
            }
            long now = time.GetTimestamp();
            long at = Math.Max(now, _nextAt);
            _nextAt = at + (long)(Spacing.TotalSeconds * time.TimestampFrequency);
            return time.GetElapsedTime(now, at);
        }
    }

    /// <summary>Forgets the slices that left the window.</summary>
    private void Turn()
    {
        long slice = (long)(time.GetElapsedTime(_start) / Slice);
        for (long passed = Math.Min(slice - _slice, Slices); passed > 0; passed--)
        {
            _slice = passed == 1 ? slice : _slice + 1;
            _total -= _counts[_slice % Slices];
            _counts[_slice % Slices] = 0;
        }
    }
}
