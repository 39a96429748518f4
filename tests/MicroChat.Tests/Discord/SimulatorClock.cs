namespace MicroChat.Tests.Discord;

/// <summary>A clock that stands still until a test moves it. Timers are those of the real clock.</summary>
internal sealed class SimulatorClock : TimeProvider
{
    private DateTimeOffset now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => now;

    public void Move(TimeSpan by) => now += by;
}
