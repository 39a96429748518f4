using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>One rate limit of Discord: so many requests per window, learned from the answers. Until the first answer one request goes at a time.</summary>
/// <remarks>All methods may be called from any thread; requests go in the order in which they came.</remarks>
internal sealed class RateBucket(TimeProvider time) : IDisposable
{
    /// <summary>Added to every window's end, as clocks and roundings differ.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _known, _unlimited, _confirmed;
    private int _limit, _remaining, _inFlight, _waiting;
    private TimeSpan _window;
    private long _resetAt, _blockedUntil;

    /// <summary>The bucket that this one turned out to be the same as; null: none.</summary>
    public RateBucket? MovedTo { get; private set; }

    /// <summary>Nothing goes on here, and nothing would be forgotten with it.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _inFlight == 0 && _waiting == 0 && time.GetTimestamp() >= Math.Max(_resetAt, _blockedUntil);
            }
        }
    }

    /// <summary>Waits for a place in the window.</summary>
    /// <returns>False: the bucket moved; enter <see cref="MovedTo"/>.</returns>
    public async Task<bool> EnterAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await TakeAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>An answer came.</summary>
    public void Answered(RateLimitHeaders headers)
    {
        lock (_lock)
        {
            _inFlight--;
            if (headers.IsUsable)
            {
                Learn(headers.Limit!.Value, headers.Remaining!.Value, headers.ResetAfter!.Value + Margin);
            }
            else
            {
                _unlimited = !_known;
            }
            Wake();
        }
    }

    /// <summary>An answer to a request that another bucket let through turned out to be about this one.</summary>
    public void Learn(RateLimitHeaders headers)
    {
        lock (_lock)
        {
            Learn(headers.Limit!.Value, headers.Remaining!.Value, headers.ResetAfter!.Value + Margin);
            Wake();
        }
    }

    /// <summary>No answer came: the place is not used up.</summary>
    public void Failed()
    {
        lock (_lock)
        {
            _inFlight--;
            _remaining = _known ? Math.Min(_remaining + 1, _limit) : 0;
            Wake();
        }
    }

    /// <summary>Nothing goes for this long: a 429 said so.</summary>
    public void Block(TimeSpan wait)
    {
        lock (_lock)
        {
            _blockedUntil = Math.Max(_blockedUntil, After(wait + Margin));
            Wake();
        }
    }

    /// <summary>This is the same limit as another one; what waits here goes there.</summary>
    public void MoveTo(RateBucket other)
    {
        lock (_lock)
        {
            MovedTo = other;
            Wake();
        }
    }

    /// <summary>When a request that came now would go, and the distance that never waits.</summary>
    public EditPace Pace()
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            TimeSpan blocked = Until(_blockedUntil, now);
            if (!_known)
            {
                return new EditPace(blocked, TimeSpan.Zero);
            }
            TimeSpan interval = _window / _limit;
            int ahead = Volatile.Read(ref _waiting) + 1 - (now >= _resetAt ? _limit : _remaining);
            TimeSpan wait = ahead <= 0 ? TimeSpan.Zero : Until(_resetAt, now) + (_window * ((ahead - 1) / _limit));
            return new EditPace(wait > blocked ? wait : blocked, interval);
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<bool> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan? wait;
            Task answered;
            lock (_lock)
            {
                if (MovedTo is not null)
                {
                    return false;
                }
                wait = TryTake();
                answered = _answered.Task;
            }
            if (wait == TimeSpan.Zero)
            {
                return true;
            }
            await WaitAsync(answered, wait, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(Task answered, TimeSpan? wait, CancellationToken cancellationToken)
    {
        try
        {
            await answered.WaitAsync(wait ?? Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }
    }

    /// <summary>Zero: taken. Otherwise how long until it is worth another look; null: until an answer comes.</summary>
    /// <remarks>A new window's end is a guess until an answer confirms it, so a second one never begins on a guess; requests under way may count in it.</remarks>
    private TimeSpan? TryTake()
    {
        long now = time.GetTimestamp();
        if (now < _blockedUntil)
        {
            return Until(_blockedUntil, now);
        }
        if (_known && now >= _resetAt && (_confirmed || _inFlight == 0))
        {
            (_remaining, _resetAt, _confirmed) = (Math.Max(0, _limit - _inFlight), After(_window), false);
        }
        if (!_unlimited && (_known ? _remaining == 0 : _inFlight > 0))
        {
            return _known && now < _resetAt ? Until(_resetAt, now) : null;
        }
        _remaining = _known ? _remaining - 1 : 0;
        _inFlight++;
        return TimeSpan.Zero;
    }

    /// <summary>An answer of a window that began later starts it anew; one of the same window can only lower what remains; an older one says nothing.</summary>
    private void Learn(int limit, int remaining, TimeSpan resetAfter)
    {
        long reset = After(resetAfter);
        long tolerance = (long)(Math.Max(0.25 * _window.TotalSeconds, 0.05) * time.TimestampFrequency);
        bool first = !_known || limit != _limit;
        (_known, _unlimited, _confirmed, _limit) = (true, false, true, limit);
        if (first || reset > _resetAt + tolerance)
        {
            (_remaining, _resetAt) = (Math.Max(0, remaining - _inFlight), reset);
        }
        else if (reset >= _resetAt - tolerance)
        {
            (_remaining, _resetAt) = (Math.Min(_remaining, remaining), Math.Max(_resetAt, reset));
        }
        _window = first || resetAfter > _window ? resetAfter : _window;
    }

    private void Wake()
    {
        _answered.TrySetResult();
        _answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private long After(TimeSpan wait) => time.GetTimestamp() + (long)Math.Ceiling(wait.TotalSeconds * time.TimestampFrequency);

    private TimeSpan Until(long at, long now) => at > now ? TimeSpan.FromSeconds((double)(at - now) / time.TimestampFrequency) : TimeSpan.Zero;
}
