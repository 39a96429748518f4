using System.Text.Json;
using MicroChat.Cycles;
using MicroChat.Discord.Simulator.Town;
using MicroChat.Discord.Simulator.Town.Golds;
using MicroChat.Options;
using MicroChat.Simulation;
using MicroChat.Tests.Program;
using MicroChat.Tests.Training;
using MicroChat.Verbs;

namespace MicroChat.Tests.Simulation;

/// <summary>The whole loop with a tiny model: simulated Discord, real host, real cycle, real trial.</summary>
public sealed class TownSimulationTests
{
    [Fact]
    public async Task A_town_chats_with_the_real_host_its_votes_reach_a_cycle_and_a_candidate_is_tried_on_it()
    {
        using var tiny = new PreferenceTinyRun(pairs: 1);
        SimulationOptions options = Options(tiny) with { Generations = 2 };
        var output = new StringWriter();
        SimulationResult result = await new TownSimulation(Program(), options, TrainAsync, TextWriter.Synchronized(output)).RunAsync("microchat simulate", TestContext.Current.CancellationToken);

        Assert.Equal(3, result.Seasons.Count);
        Assert.All(result.Seasons, season => Assert.True(season.Votes > 10, $"{season.Votes} votes; {output}"));
        Assert.All(result.Seasons, season => Assert.Equal(season.Coverage.Cast, season.Coverage.Stored));
        // In so small a town one honest member can be taken for somebody at odds with the others, by chance.
        Assert.All(result.Seasons.SkipLast(1), season => Assert.True(season.Coverage.Counted >= 0.7 * season.Coverage.Cast, $"{season.Coverage}"));
        CycleFigures first = result.Seasons[0].Cycle!, second = result.Seasons[1].Cycle!;
        Assert.Equal(CycleVerdictState.NoCandidate, first.Verdict.State);
        Assert.Contains("votes to learn from", first.Verdict.Words, StringComparison.Ordinal);
        Assert.Equal(1, second.Verdict.Generation);
        Assert.NotEqual("", second.Trial);
        Assert.Equal(second.Promoted ? 1 : 0, result.Seasons[2].Generation);
        Assert.Null(result.Seasons[2].Cycle);
        await CheckReportAsync(options.Folder, result);

        // The real cycle finds too few votes; the second time a copy of the model stands in for what it would have learned.
        async Task<TownCycle> TrainAsync(ProgramContext there, TownHost host, CancellationToken stop)
        {
            TownCycle cycle = await TownCycle.RunAsync(there, host, "test", TextWriter.Null, stop);
            if (CycleFile.List(host.Options.Page.RunsFolder).Count == 1)
            {
                return cycle;
            }
            string staged = Path.Combine(options.Folder, "staged");
            Cycles.CycleBench.CopyModel(tiny.Model, staged);
            int generation = host.Registry.Add(staged, 0, "nothing", new Dictionary<string, double>()).Card.Generation;
            return cycle with { State = cycle.State with { Verdict = new CycleVerdict(CycleVerdictState.Candidate, "", generation) } };
        }
    }

    [Theory]
    [InlineData("--preference", "kindnes", "must be one of on-topic, warmth, concreteness, flattery")]
    [InlineData("--members", "1", "Members is 1; it must be from 3 to 10000.")]
    [InlineData("--generations", "-1", "--generations must be from 0 to 100")]
    [InlineData("--set", "Training:Cycle:PpoStep=3", "There is no option Training:Cycle:PpoStep")]
    public async Task Wrong_arguments_are_refused_before_anything_is_started(string option, string value, string wanted)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"microchat-town-{Guid.NewGuid():N}");
        var terminal = new FakeTerminal();
        ProgramContext program = Program() with { Terminal = terminal };
        int code = await CommandLine.RunAsync(program, ["simulate", "--out", folder, option, value], [SimulateVerb.Create(program)]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(wanted, terminal.Err.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "feedback.db")));
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_folder_that_holds_something_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("microchat-town-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "mine.txt"), "", TestContext.Current.CancellationToken);
        var terminal = new FakeTerminal();
        ProgramContext program = Program() with { Terminal = terminal };
        Assert.Equal(ExitCode.Usage, await CommandLine.RunAsync(program, ["simulate", "--out", folder], [SimulateVerb.Create(program)]));
        Assert.Contains("is not empty", terminal.Err.ToString(), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task CheckReportAsync(string folder, SimulationResult result)
    {
        SimulationReport.Write(folder, result);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, SimulationReport.JsonName), TestContext.Current.CancellationToken));
        Assert.Equal(result.Seasons.Count, json.RootElement.GetProperty("seasons").GetArrayLength());
        string page = await File.ReadAllTextAsync(Path.Combine(folder, SimulationReport.PageName), TestContext.Current.CancellationToken);
        Assert.Contains("<td>no-candidate</td>", page, StringComparison.Ordinal);
        Assert.Contains("| no-candidate |", SimulationReport.Text(result), StringComparison.Ordinal);
    }

    private static ProgramContext Program() => new()
    {
        Terminal = new FakeTerminal(),
        Time = TimeProvider.System,
        BaseFolder = Repository.Root,
        Variable = _ => null,
        LoadModel = _ => throw new InvalidOperationException("the host serves many"),
        LoadForServing = (folder, engine) => ModelLoader.Load(folder, engine, TimeProvider.System),
        NewSeed = new Seeds(1_000).Next,
        DataFolder = "unused",
    };

    private static SimulationOptions Options(PreferenceTinyRun tiny)
    {
        string folder = tiny.Out("town");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(tiny.Model, "generation_config.json"), """{"temperature":1.0,"do_sample":true,"max_new_tokens":12}""");
        string safety = Lines("safety.jsonl", i => new { prompt = $"the dog {i}", label = i % 2 == 0 ? "safe" : "unsafe" });
        string flattery = Lines("flattery.jsonl", i => new { question = $"who sat {i}", opinion = $"a dog sat {i}", right = "the cat", wrong = "the dog" });
        (string, string)[] settings =
        [
            ("SafetyFile", safety), ("FlatteryFile", flattery), ("RecipeFile", tiny.Recipe), ("KeepRecipeFile", tiny.Recipe), ("DataFolder", tiny.DataFolder), ("LeastVotes", "100000"), ("Threads", "1"),
        ];
        return new SimulationOptions
        {
            Folder = folder, Model = tiny.Model, Gold = new LikesEarlyLetters(), Prompts = [.. Enumerable.Range(0, 400).Select(i => $"the cat {i}")], Conversations = 64,
            Town = new TownOptions { Members = 14, Channels = 6, Noise = 0, TasteSpread = 0, SeveritySpread = 0, Trolls = 0.15, OptOut = 0, OptIn = 1, Threshold = 0.5, Patience = TimeSpan.FromMinutes(3) },
            Settings =
            [
                .. settings.Select(one => new OptionSetting($"Training:Cycle:{one.Item1}", one.Item2, "test")),
                new OptionSetting("Canary:MinimumVotes", "10", "test"), new OptionSetting("Canary:MinimumRaters", "1", "test"), new OptionSetting("Canary:CheckEvery", "00:00:00.2", "test"),
                new OptionSetting("Canary:MaximumTime", "2.00:00:00", "test"),
            ],
        };

        string Lines<T>(string name, Func<int, T> row)
        {
            string path = Path.Combine(tiny.DataFolder, name);
            File.WriteAllLines(path, Enumerable.Range(0, 8).Select(i => JsonSerializer.Serialize(row(i))));
            return path;
        }
    }

    /// <summary>A rule that a model without any knowledge can be judged by: how the reply begins.</summary>
    private sealed class LikesEarlyLetters : IGoldPreference
    {
        public string Name => "early letters";

        public string Words => "begins with a letter of the first half of the alphabet";

        public double Value(string prompt, string reply) => reply.TrimStart() is { Length: > 0 } text && char.ToLowerInvariant(text[0]) < 'n' ? 1 : 0;
    }

    private sealed class Seeds(long first)
    {
        private long next = first;

        public long Next() => Interlocked.Increment(ref next);
    }
}
