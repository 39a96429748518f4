namespace MicroChat.Discord.Client.Gateway;

/// <summary>What a heartbeat wants now.</summary>
internal enum Beat
{
    None,
    Send,
    Zombie,
}

/// <summary>When to send heartbeats, and when a connection is dead although it looks open.</summary>
/// <param name="interval">As HELLO says.</param>
/// <param name="jitter">From 0 to below 1: the first beat goes after this part of the interval.</param>
/// <param name="time">The clock.</param>
/// <remarks>Source: Discord API, events/gateway, "Sending Heartbeats". All methods may be called from any thread.</remarks>
internal sealed class Heartbeat(TimeSpan interval, double jitter, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _nextAt = time.GetTimestamp() + (long)(interval.TotalSeconds * jitter * time.TimestampFrequency);
    private long _sentAt;
    private bool _awaiting;

    /// <summary>Between the last beat and its acknowledgement; null: none was acknowledged yet.</summary>
    public TimeSpan? Latency { get; private set; }

    /// <summary>Until the next beat is due.</summary>
    public TimeSpan Wait
    {
        get
        {
            lock (_lock)
            {
                return time.GetTimestamp() is var now && _nextAt > now ? time.GetElapsedTime(now, _nextAt) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Asks whether a beat is due. Without an answer to the one before the connection is a zombie, unless this side has stopped reading.</summary>
    /// <param name="paused">This side does not read now, so that an answer may lie unread.</param>
    public Beat Due(bool paused)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            if (now < _nextAt)
            {
                return Beat.None;
            }
            if (_awaiting && !paused)
            {
                return Beat.Zombie;
            }
            long step = (long)(interval.TotalSeconds * time.TimestampFrequency);
            _nextAt = _nextAt + step > now ? _nextAt + step : now + step;
            (_awaiting, _sentAt) = (true, now);
            return Beat.Send;
        }
    }

    /// <summary>The server acknowledged.</summary>
    public void Acknowledged()
    {
        lock (_lock)
        {
            Latency = _awaiting ? time.GetElapsedTime(_sentAt) : Latency;
            _awaiting = false;
        }
    }
}
