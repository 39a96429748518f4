namespace MicroChat.Tests.Reports;

/// <summary>A clock that moves only when told.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    private readonly DateTimeOffset _start = now;

    public DateTimeOffset Now { get; set; } = now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => (Now - _start).Ticks;

    public void Advance(double seconds) => Now += TimeSpan.FromSeconds(seconds);
}
