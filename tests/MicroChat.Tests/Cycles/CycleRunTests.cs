using System.Text.RegularExpressions;
using MicroChat.Chat.Registry;
using MicroChat.Cycles;
using MicroChat.Model.Checkpoints;
using MicroChat.Options;

namespace MicroChat.Tests.Cycles;

public sealed partial class CycleRunTests : IDisposable
{
    private readonly CycleBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("Auto", "Ppo")]
    [InlineData("Kto", "Kto")]
    [InlineData("Dpo", "Dpo")]
    public async Task A_cycle_makes_a_candidate_whose_card_says_what_it_learned_from(string asked, string method)
    {
        _bench.Options = _bench.Options with { Method = Enum.Parse<CycleMethodChoice>(asked) };
        CycleState state = await _bench.RunAsync();
        Assert.True(state.Verdict.Generation == 1, state.Verdict.Words);
        Assert.Equal(method, state.Method!.Name.ToString());
        Assert.All(state.Stages, stage => Assert.Equal(CycleStageState.Done, stage.State));
        Assert.Equal(12, state.Gates.Count);
        ModelGeneration added = new ModelRegistry(_bench.Models, TimeProvider.System).Get(1);
        Assert.Equal((GenerationState.Candidate, 0), (added.State, added.Card.Parent));
        Assert.Contains($"of 6 persons, by {method}; exchanges by consent: opted in 220; snapshot", added.Card.LearnedFrom, StringComparison.Ordinal);
        Assert.Contains(state.Data!.ManifestSha256, added.Card.LearnedFrom, StringComparison.Ordinal);
        Assert.True(added.Card.Evaluation.ContainsKey("win_rate"));
        Assert.Contains("held-out-reward", File.ReadAllText(_bench.Paths(state).Report), StringComparison.Ordinal);
        Assert.Equal(state.Verdict, CycleFile.Newest(_bench.Runs)!.Verdict);
        Assert.Null(CycleLock.Holder(_bench.Runs));
    }

    [Fact]
    public async Task The_best_of_the_models_own_replies_can_be_learned()
    {
        using var taught = new CycleBench(taught: true);
        taught.Options = taught.Options with { Method = CycleMethodChoice.BestOfN, ReplyTokens = 36, BestOf = 6, BestOfPrompts = 150 };
        CycleState state = await taught.RunAsync();
        Assert.True(state.Verdict.State == CycleVerdictState.Candidate, state.Verdict.Words);
        Assert.NotEmpty(File.ReadLines(Path.Combine(taught.Paths(state).Policy, "best_and_worst.jsonl")));
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_named_and_the_cycle_goes_on_when_it_can()
    {
        string[] obstacles = ["data", "reward-0", "policy", "evaluation.json", "gates.json", "staged"];
        CycleException first = await Assert.ThrowsAsync<CycleException>(() => _bench.RunAsync(Blocking(obstacles)));
        foreach (string obstacle in obstacles)
        {
            string path = Path.Combine(_bench.Runs, CycleFile.FolderName, CycleFile.Newest(_bench.Runs)!.Id, obstacle);
            CycleState failed = CycleFile.Newest(_bench.Runs)!;
            Assert.Equal(CycleVerdictState.Failed, failed.Verdict.State);
            Assert.Contains(obstacle, failed.Verdict.Words, StringComparison.Ordinal);
            Assert.Single(failed.Stages, stage => stage.State == CycleStageState.Failed);
            Clear(path);
            if (obstacle == "staged")
            {
                Assert.Equal(CycleVerdictState.Candidate, (await _bench.RunAsync()).Verdict.State);
            }
            else
            {
                await Assert.ThrowsAsync<CycleException>(() => _bench.RunAsync());
            }
        }
        Assert.Contains("the same command goes on from there", first.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("^step [0-9]+:")]
    private static partial Regex Measurement();

    private static void Clear(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path);
        }
        File.Delete(path);
    }

    /// <summary>Puts something of the wrong kind where the stages want to write, as soon as the cycle's folder is there.</summary>
    private KillAt Blocking(string[] obstacles) => new(line =>
    {
        foreach (string obstacle in line.StartsWith("Cycle ", StringComparison.Ordinal) ? obstacles : [])
        {
            string path = Path.Combine(_bench.Runs, CycleFile.FolderName, CycleFile.Newest(_bench.Runs)!.Id, obstacle);
            if (obstacle.EndsWith(".json", StringComparison.Ordinal))
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                File.WriteAllText(path, "in the way");
            }
        }
        return false;
    });

    [Fact]
    public async Task Too_few_votes_are_said_and_nothing_is_trained()
    {
        _bench.Pairs = 12;
        CycleState state = await _bench.RunAsync();
        Assert.Equal(CycleVerdictState.NoCandidate, state.Verdict.State);
        Assert.Contains("33 votes to learn from; 50 are needed", state.Verdict.Words, StringComparison.Ordinal);
        Assert.Equal(CycleStageState.Skipped, state.Stage("reward-0").State);
        Assert.False(Directory.Exists(_bench.Paths(state).Of("reward-0")));
    }

    [Fact]
    public async Task A_cycle_learns_from_the_newest_votes_and_is_as_long_however_many_there_are()
    {
        _bench.Options = _bench.Options with { MostVotes = 120, LeastVotes = 1_000 };
        CycleState state = await _bench.RunAsync();
        Assert.Contains("120 votes to learn from; 1000 are needed", state.Verdict.Words, StringComparison.Ordinal);
        Assert.Equal((80, 40), (state.Data!.Thumbs, state.Data.Pairs));
        string[] learned = File.ReadAllLines(_bench.Paths(state).DataFile(CyclePaths.Pairs));
        Assert.Equal([.. Enumerable.Range(0, _bench.Pairs).Where(i => i % 10 != 9).TakeLast(40).Select(i => $" {i}")], learned.Select(row => Regex.Match(row, "( \\d+)\"").Groups[1].Value));
    }

    [Fact]
    public async Task Votes_of_too_few_persons_are_no_majority()
    {
        _bench.Options = _bench.Options with { LeastPersons = 7 };
        Assert.Contains("those of 6 persons; 7 are needed", (await _bench.RunAsync()).Verdict.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Votes_drawn_by_lot_make_no_candidate()
    {
        _bench.Noise = true;
        CycleState state = await _bench.RunAsync();
        Assert.Equal((CycleVerdictState.NoCandidate, CycleMethodName.Skip), (state.Verdict.State, state.Method!.Name));
        Assert.Contains("cannot be told from noise", state.Verdict.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_gate_leaves_no_candidate_and_says_why()
    {
        _bench.Options = _bench.Options with { Gates = CycleBench.Loose with { Divergence = 0.001, Enforced = true } };
        CycleState state = await _bench.RunAsync();
        Assert.Equal(CycleVerdictState.NoCandidate, state.Verdict.State);
        Assert.Single(new ModelRegistry(_bench.Models, TimeProvider.System).List());
    }

    [Fact]
    public async Task Gates_that_are_not_enforced_still_tell()
    {
        _bench.Options = _bench.Options with { Method = CycleMethodChoice.Dpo, Gates = CycleBench.Loose with { Distinct = 10, Enforced = false } };
        CycleState state = await _bench.RunAsync();
        Assert.True(state.Verdict.State == CycleVerdictState.Candidate, state.Verdict.Words);
        Assert.Contains("it failed distinct", state.Verdict.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_at_every_border_and_inside_stages_it_ends_like_an_uninterrupted_run()
    {
        CycleState whole = await _bench.RunAsync();
        using var other = new CycleBench();
        var seen = new HashSet<string>();
        string stage = "";
        bool Once(string line)
        {
            stage = line.StartsWith('[') ? line : stage;
            bool over = line.Contains("candidate done", StringComparison.Ordinal);       // what follows would be the next cycle
            return !over && (line.StartsWith('[') || Measurement().IsMatch(line) || line.StartsWith("  passed", StringComparison.Ordinal)) && seen.Add(stage + line.Split(':')[0]);
        }
        CycleState? ended = null;
        for (int kills = 0; ended is null; kills++)
        {
            Assert.True(kills < 100);
            try
            {
                ended = await other.RunAsync(new KillAt(Once));
            }
            catch (KilledException)
            {
            }
        }
        Assert.True(seen.Count > 24, $"{seen.Count} kills");
        Assert.Equal(whole.Gates, ended.Gates);
        Assert.Equal(whole.Verdict.Words, ended.Verdict.Words);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_bench.Models, "gen-0001", WeightFiles.FileName)), File.ReadAllBytes(Path.Combine(other.Models, "gen-0001", WeightFiles.FileName)));
        Assert.Equal(2, new ModelRegistry(other.Models, TimeProvider.System).List().Count);
        Assert.Single(CycleFile.List(other.Runs));
    }

    [Fact]
    public async Task Rows_that_were_deleted_while_it_stood_still_are_unlearned()
    {
        await Assert.ThrowsAsync<KilledException>(() => _bench.RunAsync(new KillAt(line => line.StartsWith("[5/", StringComparison.Ordinal))));
        _bench.Deleted.Add(20);
        var output = new StringWriter();
        CycleState state = await _bench.RunAsync(output);
        Assert.Contains("5 rows of the snapshot were deleted, taken back or are no longer consented to", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("reward-0 done", output.ToString(), StringComparison.Ordinal);
        Assert.True(state.Verdict.State == CycleVerdictState.Candidate, state.Verdict.Words);
        Assert.DoesNotContain(File.ReadLines(_bench.Paths(state).DataFile(CyclePaths.Pairs)), line => line.Contains(" 20\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_snapshot_that_was_changed_is_not_learned_from()
    {
        await Assert.ThrowsAsync<KilledException>(() => _bench.RunAsync(new KillAt(line => line.StartsWith("[2/", StringComparison.Ordinal))));
        File.AppendAllText(Path.Combine(_bench.Paths(CycleFile.List(_bench.Runs)[0]).Snapshot, "train", "thumbs.jsonl"), "\n");
        CycleException e = await Assert.ThrowsAsync<CycleException>(() => _bench.RunAsync());
        Assert.Contains("is not the file that the snapshot's manifest names", e.Message, StringComparison.Ordinal);
        Assert.Equal(CycleVerdictState.Failed, CycleFile.List(_bench.Runs)[0].Verdict.State);
    }

    [Fact]
    public async Task Other_settings_give_the_old_cycle_up_and_begin_another()
    {
        await Assert.ThrowsAsync<KilledException>(() => _bench.RunAsync(new KillAt(line => line.StartsWith("[2/", StringComparison.Ordinal))));
        _bench.Options = _bench.Options with { PpoSteps = 2 };
        await _bench.RunAsync();
        Assert.Equal(2, CycleFile.List(_bench.Runs).Count);
        Assert.Contains("settings were changed before it was over (Training:Cycle:PpoSteps from 3 to 2)", CycleFile.List(_bench.Runs)[1].Verdict.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_cycle_is_refused_and_told_who_is_at_work()
    {
        using CycleLock held = CycleLock.Take(_bench.Runs, TimeProvider.System);
        CommandException e = await Assert.ThrowsAsync<CommandException>(() => _bench.RunAsync());
        Assert.Contains($"process {Environment.ProcessId}, since ", e.Message, StringComparison.Ordinal);
        Assert.Equal(Environment.ProcessId, CycleLock.Holder(_bench.Runs)!.Process);
        Assert.Empty(CycleFile.List(_bench.Runs));
    }

    [Fact]
    public async Task A_lock_that_a_killed_process_left_is_no_lock()
    {
        CycleLock.Take(_bench.Runs, TimeProvider.System).Dispose();     // the files stay, as after a kill
        _bench.Pairs = 12;
        Assert.Null(CycleLock.Holder(_bench.Runs));
        Assert.Equal(CycleVerdictState.NoCandidate, (await _bench.RunAsync()).Verdict.State);
    }

    [Fact]
    public async Task A_candidate_with_another_tokenizer_is_stopped_at_the_door()
    {
        await Assert.ThrowsAsync<KilledException>(() => _bench.RunAsync(new KillAt(line => line.Contains("policy done", StringComparison.Ordinal))));
        string model = CyclePaths.ModelOf(_bench.Paths(CycleFile.List(_bench.Runs)[0]).Policy), tokenizer = Path.Combine(model, "tokenizer.json");
        File.WriteAllText(tokenizer, File.ReadAllText(tokenizer).Replace("\"ignore_merges\":false", "\"ignore_merges\":true", StringComparison.Ordinal).Replace("\"ignore_merges\": false", "\"ignore_merges\": true", StringComparison.Ordinal));
        CycleState state = await _bench.RunAsync();
        Assert.Equal(CycleVerdictState.NoCandidate, state.Verdict.State);
        GateResult failed = Assert.Single(state.Gates);
        Assert.Equal((GateNames.Text, false), (failed.Name, failed.Passed));
        Assert.Contains("the candidate's tokenizer is", state.Verdict.Words, StringComparison.Ordinal);
    }
}
