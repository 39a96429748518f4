using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MicroChat.Chat.Registry;
using MicroChat.Cycles;
using MicroChat.Options;
using MicroChat.Tests.Program.Trials;
using MicroChat.Web.Operator;
using Microsoft.Extensions.Logging.Abstractions;

namespace MicroChat.Tests.Program.Web;

public sealed class WebLoopTests
{
    [Fact]
    public async Task A_host_with_one_model_shows_votes_and_cycles_and_says_why_nothing_can_be_promoted()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        LoopFiles.WriteCycle(web.Runs, CycleVerdictState.NoCandidate);
        HttpClient visitor = web.NewVisitor();
        (_, Guid reply) = await WebChatTests.SayAsync(visitor, new { message = "Hi" });
        await visitor.PostAsJsonAsync("/api/rate", new { reply, value = 1 });

        JsonElement loop = await WebHarness.GetAsync(visitor, "/api/operator/loop");
        HttpResponseMessage refused = await visitor.PostAsJsonAsync("/api/operator/loop/promote", new { generation = 1 });
        JsonElement held = await (await visitor.PostAsJsonAsync("/api/operator/loop/hold", new { held = true })).Content.ReadFromJsonAsync<JsonElement>();
        HttpResponseMessage nonsense = await visitor.PostAsJsonAsync("/api/operator/loop/hold", new { });

        Assert.Equal((false, false, true), (loop.GetProperty("held").GetBoolean(), loop.GetProperty("hasGenerations").GetBoolean(), held.GetProperty("held").GetBoolean()));
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
        await town.VoteAsync(1, 40, up: 1);
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

    private static OperatorLoop Loop(TrialHarness town)
    {
        AppOptions options = town.Options with { Page = new PageOptions { RunsFolder = Path.Combine(town.Models, "runs") } };
        var generations = new Hosting.Generations(town.Registry, town.Live);
        var program = new ProgramContext
        {
            Terminal = new FakeTerminal(), Time = town.Clock, BaseFolder = town.Models, Variable = _ => null, LoadModel = _ => town.Engine, NewSeed = () => 1, DataFolder = town.Models,
        };
        var cycles = new CycleService(town.Store, generations, options, program, town.Clock, NullLogger<CycleService>.Instance);
        return new OperatorLoop(town.Store, generations, town.Service, cycles, new TrainingRuns(options, town.Clock), options);
    }
}
