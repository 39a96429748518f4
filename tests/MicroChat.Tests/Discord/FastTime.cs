namespace MicroChat.Tests.Discord;

/// <summary>The system's clock, so many times faster. What waits for 20 s or longer is a limit, which a slow machine should not run into: it stays as it is.</summary>
internal sealed class FastTime(int factor) : TimeProvider
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly long _start = System.GetTimestamp();

    public override long GetTimestamp() => _start + ((System.GetTimestamp() - _start) * factor);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Faster(dueTime), Faster(period));

    private TimeSpan Faster(TimeSpan wait) => wait > TimeSpan.Zero && wait < Limit ? wait / factor : wait;
}
