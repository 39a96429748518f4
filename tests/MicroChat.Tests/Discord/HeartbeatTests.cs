using MicroChat.Discord.Client.Gateway;

namespace MicroChat.Tests.Discord;

/// <summary>When beats go, on a clock of the test's; and that they go although nothing else does.</summary>
public sealed class HeartbeatTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(40);

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.25)]
    [InlineData(0.999)]
    public void The_first_beat_goes_after_a_random_part_of_the_interval_and_the_next_a_whole_one_later(double jitter)
    {
        var time = new VirtualTime();
        var heartbeat = new Heartbeat(Interval, jitter, time);
        Assert.Equal(40 * jitter, heartbeat.Wait.TotalSeconds, 3);
        time.Advance(heartbeat.Wait);
        Assert.Equal(Beat.Send, heartbeat.Due(paused: false));
        Assert.Equal(Beat.None, heartbeat.Due(paused: false));
        Assert.Equal(40, heartbeat.Wait.TotalSeconds, 3);
    }

    [Fact]
    public void A_beat_without_an_answer_until_the_next_one_makes_a_zombie()
    {
        var time = new VirtualTime();
        var heartbeat = new Heartbeat(Interval, 0, time);
        for (int beat = 0; beat < 3; beat++)
        {
            Assert.Equal(Beat.Send, heartbeat.Due(paused: false));
            time.Advance(TimeSpan.FromMilliseconds(80));
            heartbeat.Acknowledged();
            Assert.Equal(80, heartbeat.Latency!.Value.TotalMilliseconds);
            time.Advance(heartbeat.Wait);
        }
        Assert.Equal(Beat.Send, heartbeat.Due(paused: false));
        time.Advance(Interval);
        Assert.Equal(Beat.Send, heartbeat.Due(paused: true));
        time.Advance(Interval);
        Assert.Equal(Beat.Zombie, heartbeat.Due(paused: false));
    }

    [Fact]
    public void A_clock_that_jumped_makes_no_burst_of_beats()
    {
        var time = new VirtualTime();
        var heartbeat = new Heartbeat(Interval, 0, time);
        Assert.Equal(Beat.Send, heartbeat.Due(paused: false));
        heartbeat.Acknowledged();
        time.Advance(TimeSpan.FromHours(8));
        Assert.Equal(Beat.Send, heartbeat.Due(paused: false));
        Assert.Equal(Beat.None, heartbeat.Due(paused: false));
        Assert.Equal(40, heartbeat.Wait.TotalSeconds, 3);
    }

    [Fact]
    public void A_connection_sends_at_most_110_payloads_a_minute_beside_its_beats()
    {
        var time = new VirtualTime();
        var budget = new SendBudget(time);
        for (int i = 0; i < SendBudget.Most; i++)
        {
            Assert.Equal(TimeSpan.Zero, budget.TryTake());
            time.Advance(TimeSpan.FromMilliseconds(100));
        }
        TimeSpan wait = budget.TryTake();
        Assert.Equal(49, wait.TotalSeconds, 3);
        time.Advance(wait);
        Assert.Equal(TimeSpan.Zero, budget.TryTake());
        Assert.True(budget.TryTake() > TimeSpan.Zero);
    }
}
