using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Tests.Training;
using MicroChat.Training;
using MicroChat.Training.Data;
using MicroChat.Training.Reports;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Rollouts;

public sealed class PpoStageTests : IDisposable
{
    private static readonly string[] Standard =
    [
        Metrics.ObjectiveKl, Metrics.ObjectiveKlCoefficient, Metrics.ObjectiveEntropy, Metrics.ObjectiveScores, Metrics.ObjectiveNonScoreReward, Metrics.ObjectiveRlhfReward,
        Metrics.PolicyApproxKl, Metrics.PolicyClipFraction, Metrics.PolicyEntropy, Metrics.PolicyRatio, Metrics.PolicyLoss, Metrics.ValueLoss, Metrics.ValueClipFraction,
        Metrics.ValueError, Metrics.ValueExplainedVariance, Metrics.EndRate, Metrics.ReplyTokens, Metrics.DistinctBigrams, Metrics.Repetition, Metrics.LearningRate,
        Metrics.GradientNorm, PpoMetrics.HeldOutScores, PpoMetrics.PretrainingLoss, PpoMetrics.RolloutShare, PpoMetrics.UpdateTokensPerSecond,
    ];

    private readonly PpoTinyRun _tiny = new();

    [Fact]
    public void A_run_leaves_a_model_an_adapter_standard_metrics_events_samples_and_a_report()
    {
        var output = new StringWriter();
        StageResult result = PpoTinyRun.Run(_tiny.Options("ppo", 2, new LoraOptions { Rank = 2 }), output, CancellationToken.None);
        Assert.True(result.Complete);
        using (ParameterBlock model = WeightFiles.Load(result.Model!, DecoderConfigReader.Read(result.Model!)))
        {
            using LoraAdapter adapter = AdapterFiles.Load(Path.Combine(result.Model!, "adapter"), model.Config);
        }
        MetricsRow row = MetricsLog.Read(Path.Combine(_tiny.Folder("ppo"), MetricsLog.FileName)).First();
        Assert.Empty(Standard.Except(row.Values.Keys));
        Assert.True(File.Exists(Path.Combine(_tiny.Folder("ppo"), "samples.jsonl")));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_tiny.Folder("ppo"), "events")));
        string page = File.ReadAllText(result.Report);
        Assert.Contains("Reward against divergence", page);
        Assert.Contains("Samples before and after", page);
        ReportTable[] tables = [.. RunManifest.Load(_tiny.Folder("ppo"))!.Tables];
        Assert.Equal(["held", "held", "held", "not measured"], tables.Single(table => table.Title == "Guards").Rows.Select(row => row[^1]));
        IReadOnlyList<string> made = tables.Single(table => table.Title == "Models").Rows[0];
        Assert.Equal((_tiny.Model, true, true), (made[1], made[2].Contains("4 steps", StringComparison.Ordinal), made[3].Contains("SHA-256", StringComparison.Ordinal)));
        Assert.Contains("3 of 4 prompts kept", output.ToString());
        Assert.Contains("Memory: needs ", output.ToString());
    }

    /// <summary>Weights, value head, moments, β, place among prompts and pretraining text: everything is in the files that are compared.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_that_was_stopped_and_goes_on_ends_with_the_same_bits(bool usesAdapter)
    {
        LoraOptions? adapter = usesAdapter ? new LoraOptions { Rank = 2 } : null;
        string whole = _tiny.Run(_tiny.Options("whole", 4, adapter)).Model!;
        using var stop = new CancellationTokenSource();
        Assert.False(PpoTinyRun.Run(_tiny.Options("parts", 4, adapter), new StopAt("step 1:", stop), stop.Token).Complete);
        StageResult result = _tiny.Run(_tiny.Options("parts", 4, adapter));
        Assert.True(result.Complete);
        Assert.False(File.ReadAllBytes(Path.Combine(_tiny.Model, WeightFiles.FileName)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(whole, WeightFiles.FileName))), "nothing was learned");
        PreferenceFolders.AssertSame(whole, result.Model!);
        MetricsRow[] a = Rows("whole"), b = Rows("parts");
        Assert.Equal(a.Select(r => r.Values[Metrics.ObjectiveKlCoefficient]), b.Select(r => r.Values[Metrics.ObjectiveKlCoefficient]));
        Assert.Equal(a.Select(r => r.Values[PpoMetrics.HeldOutScores]), b.Select(r => r.Values[PpoMetrics.HeldOutScores]));
        Assert.NotEqual(a[0].Values[Metrics.ObjectiveKlCoefficient], a[^1].Values[Metrics.ObjectiveKlCoefficient]);
    }

    /// <summary>As when the process is killed: what was done after the last checkpoint is lost, and done again.</summary>
    [Fact]
    public void A_run_that_died_between_checkpoints_ends_with_the_same_bits()
    {
        string whole = _tiny.Run(_tiny.Options("whole", 4, new LoraOptions { Rank = 2 })).Model!;
        PpoStageOptions options = _tiny.Options("dead", 4, new LoraOptions { Rank = 2 });
        Assert.Throws<InvalidOperationException>(() => PpoTinyRun.Run(options, new DieAt("step 3:"), CancellationToken.None));
        string half = TrainingCheckpoint.Folder(TrainingCheckpoint.Checkpoints(options.OutFolder), 3);
        Directory.CreateDirectory(half); // a checkpoint that was being written
        File.Copy(Path.Combine(whole, WeightFiles.FileName), Path.Combine(half, WeightFiles.FileName));
        PreferenceFolders.AssertSame(whole, _tiny.Run(options).Model!);
    }

    [Fact]
    public void A_divergence_above_its_budget_stops_the_run_and_keeps_the_last_good_checkpoint()
    {
        PpoStageOptions options = _tiny.Options("budget", 30, new LoraOptions { Rank = 2 });
        options = options with
        {
            Training = options.Training with
            {
                CheckpointEvery = 1,
                SampleEvery = 0,
                Schedule = new LearningRateSchedule { Peak = 1e-2, Shape = DecayShape.Constant },
                RepliesPerStep = 16,
                Guards = options.Training.Guards with { KlBudget = 0.3 },
                Objective = options.Training.Objective with { Kl = new() { Initial = 0 } },
            },
        };
        TrainingException stopped = Assert.Throws<TrainingException>(() => _tiny.Run(options));
        Assert.Contains("the budget is 0.30", stopped.Message);
        string good = TrainingCheckpoint.Newest(TrainingCheckpoint.Checkpoints(options.OutFolder))!;
        Assert.Contains(good, stopped.Message);
        MetricsRow last = Rows("budget")[^1];
        Assert.True(last.Values[Metrics.ObjectiveKl] > 0.3);
        Assert.Equal(TrainingCheckpoint.Folder(TrainingCheckpoint.Checkpoints(options.OutFolder), last.Step - 2), good);
        Assert.True(File.Exists(Path.Combine(options.OutFolder, "stopped_step.json")));
        string page = File.ReadAllText(Path.Combine(options.OutFolder, "report.html"));
        Assert.Contains("<b>Stopped.</b> The divergence from the reference is", page);
        Assert.Contains("stopped the run", page);
        Assert.Equal([good], RunManifest.Load(options.OutFolder)!.Checkpoints.Select(checkpoint => checkpoint.Path).TakeLast(1));
    }

    [Fact]
    public void A_reward_model_that_gives_no_numbers_stops_the_run_with_a_sentence()
    {
        _tiny.WholeReward("broken", head => head.Weight.Fill(3e38f)); // a score overflows
        TrainingException stopped = Assert.Throws<TrainingException>(() => _tiny.Run(_tiny.Options("broken-run", 2, null) with { Reward = _tiny.Folder("broken") }));
        Assert.Contains("that is no number (score ", stopped.Message);
        Assert.Contains("use the model that the run began with", stopped.Message);
        Assert.Contains("stopped the run", File.ReadAllText(Path.Combine(_tiny.Folder("broken-run"), "report.html")));
    }

    [Theory]
    [InlineData("""{"prompt":"the cat","chosen":"sat","rejected":"ran"}""")]
    [InlineData("""{"prompt":"the cat","replies":[{"content":"sat","rank":0},{"content":"ran","rank":1}]}""")]
    [InlineData("""{"prompt":"the cat","completion":"sat","label":true}""")]
    [InlineData("""{"messages":[{"role":"user","content":"the cat"},{"role":"assistant","content":"sat"}]}""")]
    public void Prompts_are_taken_from_files_of_every_kind(string row)
    {
        var output = new StringWriter();
        File.WriteAllLines(_tiny.Prompts, [row, row]);
        PpoTinyRun.Run(_tiny.Options("kinds", 1, null), output, CancellationToken.None);
        Assert.Contains("1 of 2 prompts kept; left out: 0 too long, 0 refused by the chat template, 1 that came before", output.ToString());
    }

    [Fact]
    public void Prompts_that_leave_no_room_or_do_not_fit_are_refused_before_anything_is_written()
    {
        PpoStageOptions options = _tiny.Options("long", 1, null);
        File.WriteAllLines(_tiny.Prompts, [$$"""{"prompt":"{{string.Concat(Enumerable.Repeat("the cat ", 60))}}"}"""]);
        Assert.Contains("0 of 1 prompts kept; left out: 1 too long", Assert.Throws<TrainingException>(() => _tiny.Run(options)).Message);
        File.WriteAllLines(_tiny.Prompts, ["{\"prompt\":\"the cat\"}", "{\"prompt\":\"\"}"]);
        Assert.Contains("line 2", Assert.Throws<DatasetException>(() => _tiny.Run(options)).Message);
        options = options with { Training = options.Training with { Rollouts = options.Training.Rollouts with { Sampling = options.Training.Rollouts.Sampling with { MaxReplyTokens = 100_000 } } } };
        Assert.Contains("a prompt must fit before the reply", Assert.Throws<TrainingException>(() => _tiny.Run(options)).Message);
        Assert.False(Directory.Exists(_tiny.Folder("long")));
    }

    [Fact]
    public void A_reward_model_of_another_tokenizer_or_template_is_refused_and_one_that_does_not_say_too()
    {
        string file = Path.Combine(_tiny.Folder("reward"), TextFingerprint.FileName);
        TextFingerprint own = _tiny.Fingerprint();
        (own with { Template = new string('0', 64) }).Write(_tiny.Folder("reward"));
        Assert.Contains("chat template", Assert.Throws<CheckpointException>(() => _tiny.Run(_tiny.Options("a", 1, null))).Message);
        (own with { Tokenizer = new string('0', 64) }).Write(_tiny.Folder("reward"));
        Assert.Contains("tokenizer", Assert.Throws<CheckpointException>(() => _tiny.Run(_tiny.Options("b", 1, null))).Message);
        File.Delete(file);
        Assert.Contains(TextFingerprint.FileName, Assert.Throws<CheckpointException>(() => _tiny.Run(_tiny.Options("c", 1, null))).Message);
    }

    public void Dispose() => _tiny.Dispose();

    private MetricsRow[] Rows(string run) => [.. MetricsLog.Read(Path.Combine(_tiny.Folder(run), MetricsLog.FileName)).Where(row => row.Values.ContainsKey(Metrics.ObjectiveKl))];
}
