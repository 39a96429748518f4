namespace MicroChat.Discord.Client.Rest;

/// <summary>
/// The limit over all routes: at most so many requests in any second as the server counts them, and none while a global 429 holds. As nobody here knows when a request
/// arrived there, it counts from the moment it is sent until a second after its answer came.
/// </summary>
internal sealed class GlobalLimit(int requestsPerSecond, TimeProvider time) : IDisposable
{
    /// <summary>A little more than a second, as clocks are rounded.</summary>
    private static readonly TimeSpan Second = TimeSpan.FromMilliseconds(1_010);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Queue<long> _freeAt = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight;
    private long _blockedUntil;

    /// <summary>Waits until a request may be sent, in the order of the calls; <see cref="Leave"/> must follow.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (TryTake(out TimeSpan? wait, out Task changed) is false)
            {
                await changed.WaitAsync(wait ?? Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A request was answered, or will not be any more.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _inFlight--;
            _freeAt.Enqueue(After(Second));
            Wake();
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
            _blockedUntil = Math.Max(_blockedUntil, After(wait));
            Wake();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <param name="wait">Until it is worth trying again; null: until an answer comes.</param>
    /// <param name="changed">Completes when it is worth trying earlier.</param>
    private bool TryTake(out TimeSpan? wait, out Task changed)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            while (_freeAt.TryPeek(out long free) && free <= now)
            {
                _freeAt.Dequeue();
            }
            bool isFull = _inFlight + _freeAt.Count >= requestsPerSecond;
            (wait, changed) = (null, _changed.Task);
            if (_blockedUntil > now)
            {
                wait = Length(_blockedUntil - now);
            }
            else if (isFull)
            {
                wait = _freeAt.TryPeek(out long next) ? Length(next - now) : null;
            }
            else
            {
                _inFlight++;
                return true;
            }
            return false;
        }
    }

    private void Wake()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private long After(TimeSpan wait) => time.GetTimestamp() + (long)Math.Ceiling(wait.TotalSeconds * time.TimestampFrequency);

    private TimeSpan Length(long ticks) => TimeSpan.FromSeconds((double)ticks / time.TimestampFrequency);
}
