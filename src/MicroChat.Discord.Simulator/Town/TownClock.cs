namespace MicroChat.Discord.Simulator.Town;

/// <summary>
/// A calendar for a town that lives weeks in minutes: dates run ahead of, or behind, the real clock by what has been put on them, while timers and
/// durations stay real. Put it forward only while nothing is under way.
/// </summary>
/// <param name="real">The clock that timers follow.</param>
/// <param name="start">The date at the beginning.</param>
public sealed class TownClock(TimeProvider real, DateTimeOffset start) : TimeProvider
{
    private long ahead = (start - real.GetUtcNow()).Ticks;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => real.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => real.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => real.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref ahead));

    /// <inheritdoc/>
    public override long GetTimestamp() => real.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => real.CreateTimer(callback, state, dueTime, period);

    /// <summary>Puts the date forward.</summary>
    public void Pass(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        Interlocked.Add(ref ahead, time.Ticks);
    }
}
