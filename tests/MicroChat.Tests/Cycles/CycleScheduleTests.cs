using MicroChat.Cycles;
using MicroChat.Options;

namespace MicroChat.Tests.Cycles;

public sealed class CycleScheduleTests
{
    private static readonly DateTimeOffset Night = new(2026, 3, 4, 2, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_is_off_unless_it_is_switched_on() => Assert.False(CycleSchedule.Decide(new CycleScheduleOptions(), held: false, null, 1_000, Night).Start);

    [Theory]
    [InlineData("01:00", "06:00", "00:59", false)]
    [InlineData("01:00", "06:00", "01:00", true)]
    [InlineData("01:00", "06:00", "06:00", false)]
    [InlineData("22:00", "06:00", "23:00", true)]
    [InlineData("22:00", "06:00", "05:59", true)]
    [InlineData("22:00", "06:00", "12:00", false)]
    [InlineData("00:00", "00:00", "12:00", true)]
    public void It_begins_in_its_window_alone(string from, string until, string now, bool begins)
    {
        CycleScheduleOptions options = On with { From = TimeSpan.Parse(from), Until = TimeSpan.Parse(until) };
        Assert.Equal(begins, CycleSchedule.Decide(options, held: false, null, 1_000, Night.Date + TimeSpan.Parse(now)).Start);
    }

    [Fact]
    public void It_waits_for_new_votes_and_for_the_least_time_between_cycles()
    {
        Assert.Contains("299 new votes; 300 are waited for", CycleSchedule.Decide(On, held: false, null, 299, Night).Words, StringComparison.Ordinal);
        Assert.True(CycleSchedule.Decide(On, held: false, null, 300, Night).Start);
        Assert.False(CycleSchedule.Decide(On, held: false, Cycle(CycleVerdictState.Candidate, Night.AddHours(-19)), 300, Night).Start);
        Assert.True(CycleSchedule.Decide(On, held: false, Cycle(CycleVerdictState.NoCandidate, Night.AddHours(-21)), 300, Night).Start);
    }

    [Fact]
    public void A_clock_that_was_set_back_does_not_stop_the_loop_for_as_long() =>
        Assert.True(CycleSchedule.Decide(On, held: false, Cycle(CycleVerdictState.Candidate, Night.AddYears(1)), 300, Night).Start);

    [Fact]
    public void What_was_interrupted_is_gone_on_with_and_an_error_is_tried_again_later()
    {
        Assert.True(CycleSchedule.Decide(On, held: false, Cycle(CycleVerdictState.Running, Night), 0, Night).Start);
        Assert.False(CycleSchedule.Decide(On, held: false, Cycle(CycleVerdictState.Failed, Night.AddMinutes(-59)), 0, Night).Start);
        Assert.True(CycleSchedule.Decide(On, held: false, Cycle(CycleVerdictState.Failed, Night.AddMinutes(-60)), 0, Night).Start);
    }

    [Fact]
    public void While_it_is_held_nothing_begins() => Assert.False(CycleSchedule.Decide(On, held: true, Cycle(CycleVerdictState.Running, Night), 1_000, Night).Start);

    private static CycleScheduleOptions On => new() { Enabled = true };

    private static CycleState Cycle(CycleVerdictState verdict, DateTimeOffset created) => new()
    {
        Schema = 1, Id = "one", Created = created, Written = created, Command = "", BaseGeneration = 0, Seed = 1, Settings = new Dictionary<string, string>(), Stages = [], Verdict = new CycleVerdict(verdict, "words"),
    };
}
