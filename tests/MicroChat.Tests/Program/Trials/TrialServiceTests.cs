using MicroChat.Chat.Registry;
using MicroChat.Discord.Port;
using MicroChat.Feedback;
using MicroChat.Tests.Discord;
using MicroChat.Training.Evaluation.Trials;
using MicroChat.Trials;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Tests.Program.Trials;

public sealed class TrialServiceTests
{
    [Fact]
    public async Task A_candidate_is_tried_judged_better_and_promoted_with_words_and_numbers_in_the_log()
    {
        await using var town = new TrialHarness();
        await town.VoteAsync(0, 400, up: 6);
        town.AddCandidate();
        await town.LookAsync();
        Assert.Equal(1, town.Registry.Canary!.Card.Generation);
        Assert.Equal(["0", "1"], town.Engine.Versions);
        await town.VoteAsync(1, 200, up: 9);
        await town.LookAsync();
        Assert.Equal(TrialVerdict.Continue, town.Service.Latest!.Judgement.Verdict);
        Assert.Contains("2 days", town.Service.Latest.Judgement.Words, StringComparison.Ordinal);
        town.Clock.Advance(TimeSpan.FromDays(2.1));
        await town.LookAsync();
        Assert.Equal(1, town.Registry.Live.Card.Generation);
        Assert.Equal(["1", "0"], town.Engine.Versions);
        Assert.Null(town.Service.Latest);
        Decision decision = town.Registry.Decisions[^1];
        Assert.Equal((DecisionKind.Promoted, "trial", 200), (decision.Kind, decision.Why.By, decision.Why.Figures["canary_votes"]));
        Assert.Contains("It is better", decision.Why.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worse_candidate_is_rolled_back_at_once_and_not_tried_again()
    {
        await using var town = new TrialHarness();
        await town.VoteAsync(0, 400, up: 7);
        town.AddCandidate();
        await town.LookAsync();
        await town.VoteAsync(1, 120, up: 3);
        await town.LookAsync();
        Assert.Equal((0, GenerationState.Retired), (town.Registry.Live.Card.Generation, town.Registry.Get(1).State));
        Assert.Equal(["0"], town.Engine.Versions);
        await town.LookAsync();
        Assert.Null(town.Registry.Canary);
        Assert.Equal(DecisionKind.TrialEnded, town.Registry.Decisions[^1].Kind);
    }

    [Fact]
    public async Task Held_nothing_changes_by_itself_and_released_it_goes_on()
    {
        await using var town = new TrialHarness();
        town.Registry.Hold(true, Why.ByHand);
        town.AddCandidate();
        await town.LookAsync();
        Assert.Null(town.Registry.Canary);
        town.Registry.StartCanary(1);
        await town.VoteAsync(0, 400, up: 7);
        await town.VoteAsync(1, 120, up: 2);
        await town.LookAsync();
        Assert.Equal(TrialVerdict.RollBack, town.Service.Latest!.Judgement.Verdict);
        Assert.NotNull(town.Registry.Canary);
        town.Registry.Hold(false, Why.ByHand);
        await town.LookAsync();
        Assert.Null(town.Registry.Canary);
    }

    [Fact]
    public async Task A_trial_without_proof_ends_when_its_time_is_over()
    {
        await using var town = new TrialHarness();
        town.AddCandidate();
        await town.LookAsync();
        town.Clock.Advance(TimeSpan.FromDays(-30));       // a clock that was set back ends nothing
        await town.LookAsync();
        Assert.NotNull(town.Registry.Canary);
        town.Clock.Advance(TimeSpan.FromDays(45));
        await town.LookAsync();
        Assert.Null(town.Registry.Canary);
        Assert.Contains("proved nothing", town.Registry.Decisions[^1].Why.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_votes_are_few_both_answer_and_duels_decide()
    {
        await using var town = new TrialHarness(new CanaryOptions());
        town.AddCandidate();
        await town.LookAsync();
        Assert.True(town.Registry.Trial!.Duels);
        for (int i = 0; i < 60; i++)
        {
            await town.DuelAsync($"person {i % 9}", canaryWins: i % 6 != 0);
        }
        await town.LookAsync();
        Assert.Equal((50, 10), (town.Service.Latest!.Figures.Duels!.Value.Wins, town.Service.Latest.Figures.Duels.Value.Losses));
        town.Clock.Advance(TimeSpan.FromDays(3));
        await town.LookAsync();
        Assert.Equal(1, town.Registry.Live.Card.Generation);
        Assert.Equal(50, town.Registry.Decisions[^1].Why.Figures["duels_won"]);
    }

    [Fact]
    public async Task One_person_does_not_decide_duels_alone()
    {
        await using var town = new TrialHarness(new CanaryOptions { Mode = TrialMode.Duels, MinimumRaters = 1 });
        town.AddCandidate();
        await town.LookAsync();
        for (int i = 0; i < 50; i++)
        {
            await town.DuelAsync("eager", canaryWins: true);
        }
        await town.LookAsync();
        Assert.Equal(TrialFigures.MostDuelsPerPerson, town.Service.Latest!.Figures.Duels!.Value.Wins);
        Assert.Equal(TrialVerdict.Continue, town.Service.Latest.Judgement.Verdict);
    }

    [Fact]
    public async Task Replies_that_are_asked_for_again_deleted_or_reported_trip_a_guardrail()
    {
        await using var town = new TrialHarness();
        town.AddCandidate();
        await town.LookAsync();
        for (int i = 0; i < 100; i++)
        {
            await town.SayAsync(0, $"person {i}", null);
            ExchangeRecord reply = await town.SayAsync(1, $"person {i}", null);
            if (i % 3 == 0)
            {
                town.Clock.Advance(TimeSpan.FromSeconds(5));
                await town.Store.AddExchangeAsync(reply with { Id = Guid.CreateVersion7(town.Clock.Now), Time = town.Clock.Now }, default);
            }
        }
        await town.LookAsync();
        Assert.Null(town.Registry.Canary);
        Assert.Equal("guardrail", town.Registry.Decisions[^1].Why.By);
        Assert.Contains("were asked for again", town.Registry.Decisions[^1].Why.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_candidate_that_cannot_be_loaded_is_retired_with_the_reason()
    {
        await using var town = new TrialHarness();
        town.Broken.Add(town.AddCandidate());
        await town.LookAsync();
        Assert.Equal(GenerationState.Retired, town.Registry.Get(1).State);
        Assert.Contains("broken on purpose", town.Registry.Decisions[^1].Why.Words, StringComparison.Ordinal);
        await town.LookAsync();
        Assert.Equal(["0"], town.Engine.Versions);
    }

    [Fact]
    public async Task Conversations_keep_their_generation_over_a_restart()
    {
        await using var town = new TrialHarness();
        town.AddCandidate();
        town.Registry.StartCanary(1);
        ExchangeRecord tried = await town.SayAsync(1, "a", null), other = await town.SayAsync(0, "b", null);
        await town.LookAsync();
        Assert.True(town.Live.Route!.Takes($"{tried.Conversation}", null));
        Assert.False(town.Live.Route.Takes($"{other.Conversation}", null));
    }

    [Fact]
    public async Task People_in_the_channel_are_told_once_what_replies_now_and_what_it_learned_from()
    {
        await using var town = new TrialHarness(new CanaryOptions { Mode = TrialMode.Share, AnnounceChannel = $"{FakePort.Channel}" });
        var port = new FakePort(TimeProvider.System);
        town.Services.AddSingleton<IDiscordPort>(port);
        town.AddCandidate("312 votes of 40 people");
        await town.LookAsync();
        Assert.Empty(port.In(FakePort.Channel));
        await town.VoteAsync(0, 400, up: 6);
        await town.VoteAsync(1, 200, up: 9);
        town.Clock.Advance(TimeSpan.FromDays(3));
        await town.LookAsync();
        await town.LookAsync();
        string text = Assert.Single(port.In(FakePort.Channel)).Content;
        Assert.Contains("Generation 1 answers from now on", text, StringComparison.Ordinal);
        Assert.Contains("It learned from 312 votes of 40 people.", text, StringComparison.Ordinal);
        Assert.Contains("in a trial with 200 votes", text, StringComparison.Ordinal);
        town.Live.RollBack(Why.ByHand);
        await town.LookAsync();
        Assert.Contains("Generation 0 answers again", port.In(FakePort.Channel)[^1].Content, StringComparison.Ordinal);
    }

    [Fact]
    public void Slow_and_failing_generations_are_measured_apart()
    {
        var pace = new GenerationPace();
        pace.Ended("1", failed: false, tokens: 11, TimeSpan.FromSeconds(2));
        pace.Ended("1", failed: true, tokens: 1, TimeSpan.Zero);
        pace.Ended("0", failed: false, tokens: 6, TimeSpan.FromSeconds(0.5));
        Assert.Equal((0.2, 1L), (pace.PaceOf("1").SecondsPerToken, pace.PaceOf("1").Replies));
        Assert.Equal((1.0, 2L), (pace.FailuresOf("1").Successes, pace.FailuresOf("1").Count));
        Assert.Equal(0.1, pace.PaceOf("0").SecondsPerToken, tolerance: 1e-12);
    }
}
