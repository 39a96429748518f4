using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MicroChat.Chat.Registry;
using MicroChat.Cycles;
using MicroChat.Options;
using MicroChat.Tests.Program.Trials;
using MicroChat.Web.Operator;

namespace MicroChat.Tests.Program.Web;

public sealed class WebLoopTests
{
    private static readonly DateTimeOffset s_noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_host_with_one_model_shows_votes_and_cycles_and_says_why_nothing_can_be_promoted()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        LoopFiles.WriteCycle(web.Runs, CycleVerdictState.NoCandidate);
        HttpClient visitor = web.NewVisitor();
        (_, Guid reply) = await WebChatTests.SayAsync(visitor, new { message = "Hi" });
        await visitor.PostAsJsonAsync("/api/rate", new { reply, value = 1 });

        JsonElement loop = await WebHarness.GetAsync(visitor, "/api/operator/loop");
        HttpResponseMessage refused = await visitor.PostAsJsonAsync("/api/operator/loop/hold", new { held = true });
        HttpResponseMessage nonsense = await visitor.PostAsJsonAsync("/api/operator/loop/hold", new { });

        Assert.False(loop.TryGetProperty("held", out _));
        Assert.Equal(1, loop.GetProperty("votes").GetProperty("new").GetInt64());
        JsonElement cycle = loop.GetProperty("cycle");
        Assert.Equal(("no-candidate", "kto", "The gate of flattery failed."), (cycle.GetProperty("state").GetString(), cycle.GetProperty("method").GetString(), cycle.GetProperty("words").GetString()));
        Assert.Equal([true, false], cycle.GetProperty("gates").EnumerateArray().Select(gate => gate.GetProperty("passed").GetBoolean()));
        Assert.Equal("scripted@3", loop.GetProperty("generations")[0].GetProperty("name").GetString());
        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.BadRequest), (refused.StatusCode, nonsense.StatusCode));
    }

    [Fact]
    public async Task Generations_trial_and_decisions_are_shown_with_their_numbers()
    {
        await using var town = new TrialHarness();
        await town.VoteAsync(0, 200, up: 7);
        town.AddCandidate("40 votes");
        await town.LookAsync();
        await town.VoteAsync(1, 40, up: 7);
        await town.LookAsync();
        LoopBody loop = await Loop(town).ReadAsync(default);
        Assert.Equal((false, true), (loop.Held, loop.CanRollBack));
        Assert.Equal([(1, "canary", "40 votes"), (0, "live", "")], loop.Generations.Select(g => (g.Number, g.State, g.LearnedFrom)));
        Assert.Equal((140, 200), (loop.Generations[1].Up, loop.Generations[1].Exchanges));
        Assert.InRange(0.7, loop.Generations[1].Low!.Value, loop.Generations[1].High!.Value);
        Assert.Equal((1, 0, false, "continue"), (loop.Trial!.Generation, loop.Trial.Live, loop.Trial.Duels, loop.Trial.Verdict));
        Assert.True(loop.Trial.Low < 0 && loop.Trial.High > 0);
        Assert.Equal(40, loop.Trial.Figures["canary_votes"]);
        Assert.Equal("trial-started", Assert.Single(loop.Decisions).Kind);
        Assert.NotEqual("", JsonSerializer.Serialize(loop, OperatorJson.Default.LoopBody));
    }

    [Theory]
    [InlineData(false, 500, 0, "Only on demand")]
    [InlineData(true, 500, 40, "It is due.")]
    [InlineData(true, 12, 40, "12 of 300 new votes are there")]
    [InlineData(true, 500, 5, "the last one began less than 20 hours ago")]
    public void The_next_cycle_is_foretold_or_the_reason_why_not(bool enabled, int votes, int hoursAgo, string words)
    {
        var schedule = new CycleScheduleOptions { Enabled = enabled, From = TimeSpan.Zero, Until = TimeSpan.Zero };
        Assert.Contains(words, NextCycle.Of(schedule, Ended(hoursAgo), votes, held: false, s_noon).Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 6, 25)]
    [InlineData(11, 13, 12)]
    [InlineData(22, 4, 22)]
    [InlineData(13, 11, 13)]
    public void A_closed_window_opens_at_its_next_begin(int from, int until, int at)
    {
        var schedule = new CycleScheduleOptions { Enabled = true, From = TimeSpan.FromHours(from), Until = TimeSpan.FromHours(until) };
        Assert.Equal(s_noon.AddHours(at - 12), NextCycle.Of(schedule, null, 500, held: false, s_noon).At);
        Assert.Null(NextCycle.Of(schedule, null, 500, held: true, s_noon).At);
    }

    private static CycleState Ended(int hoursAgo) => new()
    {
        Schema = 1, Id = "x", Created = s_noon.AddHours(-hoursAgo), Written = s_noon, Command = "", BaseGeneration = 0, Seed = 1, Settings = new Dictionary<string, string>(), Stages = [],
        Verdict = new CycleVerdict(CycleVerdictState.NoCandidate),
    };

    private static OperatorLoop Loop(TrialHarness town)
    {
        AppOptions options = town.Options with { Page = new PageOptions { RunsFolder = Path.Combine(town.Models, "runs") } };
        return new OperatorLoop(town.Store, new Hosting.Generations(town.Registry, town.Live), town.Service, new TrainingRuns(options, town.Clock), options, town.Clock);
    }
}
