using System.Text.RegularExpressions;
using MicroChat.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Reports;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Training;

public sealed class PolicyRunTests : IDisposable
{
    private readonly PreferenceTinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dpo_begins_at_ln_2_and_raises_the_margin_of_the_chosen_replies(bool adapter)
    {
        StageResult result = Dpo.Run(DpoOf("dpo", adapter) with { Training = Long(adapter) }, PreferenceTinyRun.Context(TextWriter.Null), default);
        MetricsRow[] rows = Rows("dpo");
        Assert.Equal(Math.Log(2), Values(rows, Metrics.Loss)[0], 1e-6);
        Assert.Equal(0, Values(rows, Metrics.RewardMargin)[0], 1e-6);
        Assert.True(Values(rows, Metrics.RewardMargin)[^1] > 0.5, $"{Values(rows, Metrics.RewardMargin)[^1]}");
        Assert.True(Values(rows, Metrics.Accuracy)[^1] > 0.9);
        Assert.True(File.Exists(Path.Combine(result.Model!, "model.safetensors")));
        Assert.Contains("Samples before and after", File.ReadAllText(result.Report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ThumbLoss.Kto)]
    [InlineData(ThumbLoss.KtoZero)]
    [InlineData(ThumbLoss.Bco)]
    public void Thumbs_raise_the_reward_of_liked_replies_over_that_of_disliked_ones(ThumbLoss loss)
    {
        KtoOptions options = KtoOf("kto", true) with { Loss = loss, Training = Long(adapter: true) };
        Kto.Run(options, PreferenceTinyRun.Context(TextWriter.Null), default);
        double[] margins = Values(Rows("kto"), Metrics.RewardMargin);
        Assert.Equal(0, margins[0], 1e-6);
        Assert.True(margins[^1] > 0.2, $"{margins[^1]}");
    }

    [Fact]
    public void A_rare_kind_of_thumb_weighs_more()
    {
        File.WriteAllLines(_tiny.Thumbs, File.ReadAllLines(_tiny.Thumbs).Where((_, i) => i % 2 == 0 || i % 8 == 1));
        var output = new StringWriter();
        Kto.Run(KtoOf("kto", true), PreferenceTinyRun.Context(output), default);
        Match counts = Regex.Match(output.ToString(), @"(\d+) liked replies weigh ([0-9.]+) each, (\d+) disliked ones ([0-9.]+)");
        double[] found = [.. counts.Groups.Values.Skip(1).Select(group => double.Parse(group.Value.TrimEnd(',')))];
        Assert.True(found[0] > 3 * found[2], counts.Value);
        Assert.Equal(1, found[3]);
        Assert.Equal(found[2] / found[0], found[1], 1e-3);
    }

    [Fact]
    public void Pairs_count_as_thumbs() =>
        Assert.True(Kto.Run(KtoOf("kto", true) with { Data = [_tiny.Pairs] }, PreferenceTinyRun.Context(TextWriter.Null), default).Complete);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_resumed_policy_equals_an_uninterrupted_one_to_the_bit(bool adapter)
    {
        AssertResumes(
            (run, output, stop) => Dpo.Run(DpoOf("dpo-" + run, adapter), PreferenceTinyRun.Context(output), stop),
            (run, output, stop) => Kto.Run(KtoOf("kto-" + run, adapter) with { Loss = ThumbLoss.Bco }, PreferenceTinyRun.Context(output), stop));
    }

    [Fact]
    public void Supervised_text_in_every_update_is_not_unlearned_and_its_place_is_kept()
    {
        var mix = new SupervisedMixOptions { Recipe = _tiny.Recipe, DataFolder = _tiny.DataFolder, TokensPerStep = 128 };
        AssertResumes((run, output, stop) => Kto.Run(KtoOf("kto-" + run, true) with { Supervised = mix, Loss = ThumbLoss.Bco }, PreferenceTinyRun.Context(output), stop));
        double Last(string run, SupervisedMixOptions text)
        {
            Kto.Run(KtoOf(run, true) with { Supervised = text, Training = Long(adapter: true) }, PreferenceTinyRun.Context(TextWriter.Null), default);
            return Values(Rows(run), MixedTask.TextLoss)[^5..].Average();
        }
        Assert.InRange(Last("kept", mix with { Coefficient = 10 }), 0, Last("forgotten", mix with { Coefficient = 1e-6 }) - 0.05);
        Assert.Contains("Coefficient is 0", Assert.Throws<TrainingException>(() => Kto.Run(KtoOf("none", true) with { Supervised = mix with { Coefficient = 0 } }, PreferenceTinyRun.Context(TextWriter.Null), default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Micro_batches_do_not_change_what_is_learned()
    {
        KtoOptions ups = KtoOf("small", true) with { Balanced = false, Kto = new KahnemanTverskyOptions { DownWeight = 0.01 } }; // likely replies: a reference point above 0
        Kto.Run(ups, PreferenceTinyRun.Context(TextWriter.Null), default);
        Kto.Run(ups with { OutFolder = _tiny.Out("large"), Training = ups.Training with { MicroBatchTokens = 4_096 } }, PreferenceTinyRun.Context(TextWriter.Null), default);
        Kto.Run(ups with { OutFolder = _tiny.Out("zero"), Loss = ThumbLoss.KtoZero }, PreferenceTinyRun.Context(TextWriter.Null), default);
        double[] small = Values(Rows("small"), Metrics.Loss), large = Values(Rows("large"), Metrics.Loss), zero = Values(Rows("zero"), Metrics.Loss);
        Assert.All(small.Zip(large), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.True(Math.Abs(small[^1] - zero[^1]) > 1e-3, $"{small[^1]} with a reference point, {zero[^1]} without");
    }

    [Fact]
    public void Wrong_options_and_wrong_data_are_refused_before_anything_is_written()
    {
        DpoOptions options = DpoOf("bad", true);
        var faults = Assert.Throws<TrainingException>(() => Dpo.Run(
            options with { Loss = new DirectPreferenceOptions { Beta = -1 }, Training = options.Training with { LearningRate = 0 } }, PreferenceTinyRun.Context(TextWriter.Null), default));
        Assert.Contains("Beta is -1", faults.Message, StringComparison.Ordinal);
        Assert.Contains("LearningRate is 0", faults.Message, StringComparison.Ordinal);
        var thumbs = Assert.Throws<TrainingException>(() => Dpo.Run(options with { Data = [_tiny.Thumbs] }, PreferenceTinyRun.Context(TextWriter.Null), default));
        Assert.Contains("train kto", thumbs.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tiny.Out("bad")));
    }

    [Fact]
    public void Data_that_teach_nothing_are_refused_by_every_stage_and_nothing_is_written()
    {
        string[] thumbs = File.ReadAllLines(_tiny.Thumbs), pairs = File.ReadAllLines(_tiny.Pairs);
        var context = PreferenceTinyRun.Context(TextWriter.Null);
        string Kto() => Assert.Throws<TrainingException>(() => MicroChat.Training.Stages.Kto.Run(KtoOf("refused", true), context, default)).Message;
        string Dpo() => Assert.Throws<TrainingException>(() => MicroChat.Training.Stages.Dpo.Run(DpoOf("refused", true), context, default)).Message;
        File.WriteAllLines(_tiny.Thumbs, thumbs[..10]);
        File.WriteAllLines(_tiny.Pairs, pairs[..10]);
        Assert.Contains("10 thumbs can be used; it must be at least 50", Kto(), StringComparison.Ordinal);
        Assert.Contains("10 comparisons can be used; it must be at least 50", Dpo(), StringComparison.Ordinal);
        File.WriteAllLines(_tiny.Thumbs, thumbs.Where((_, i) => i % 2 == 1));
        Assert.Contains("0 thumbs are up and 160 down", Kto(), StringComparison.Ordinal);
        File.WriteAllLines(_tiny.Pairs, pairs.Concat(pairs.Select(row => row.Replace("chosen", "other", StringComparison.Ordinal).Replace("rejected", "chosen", StringComparison.Ordinal).Replace("other", "rejected", StringComparison.Ordinal))));
        Assert.Contains("0 comparisons can be used; it must be at least 50, or nothing that is learned can be told from chance. 0 of 160 kept", Dpo(), StringComparison.Ordinal);
        Assert.Contains("160 undecided", Dpo(), StringComparison.Ordinal);
        File.WriteAllLines(_tiny.Pairs, Enumerable.Range(0, 80).Select(i => $$"""{"prompt":"a {{i}}","chosen":"same","rejected":"same"}"""));
        Assert.Contains("pairs.jsonl: 80 rows read, 0 items taken, 80 rows skipped", Dpo(), StringComparison.Ordinal);
        Assert.Contains("equal to \"chosen\"", Dpo(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tiny.Out("refused")));
    }

    [Fact]
    public void Rows_that_cannot_be_learned_from_are_counted_by_their_reason()
    {
        string longer = string.Concat(Enumerable.Repeat("the cat sat on a red mat and ", 30));
        File.AppendAllLines(_tiny.Pairs,
        [
            $$"""{"prompt":"{{longer}}","chosen":"a cat","rejected":"a dog"}""", """{"prompt":"a","chosen":"same","rejected":"same"}""", """{"prompt":"a","chosen":"","rejected":"x"}""",
            """{"prompt":"both","chosen":"a cat","rejected":"a dog"}""", """{"prompt":"both","chosen":"a dog","rejected":"a cat"}""",
        ]);
        File.AppendAllLines(_tiny.Thumbs, [$$"""{"prompt":"{{longer}}","completion":"a cat","label":true}""", """{"prompt":"a","completion":"","label":true}""", """{"prompt":"both","completion":"a cat","label":true}""", """{"prompt":"both","completion":"a cat","label":false}"""]);
        var output = new StringWriter();
        Assert.True(Dpo.Run(DpoOf("dpo", true), PreferenceTinyRun.Context(output), default).Complete);
        Assert.Contains("pairs.jsonl: 165 rows read, 163 items taken, 2 rows skipped", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 pairs of replies are judged both ways", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("160 of 162 kept; left out: 1 too long, 0 refused by the chat template, 0 with replies of the same tokens, 1 undecided", output.ToString(), StringComparison.Ordinal);
        Assert.True(Kto.Run(KtoOf("kto", true), PreferenceTinyRun.Context(output), default).Complete);
        Assert.Contains("322 of 323 kept; left out: 1 too long", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 replies with thumbs both up and down", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_data_in_the_folder_of_a_run_are_refused()
    {
        DpoOptions options = DpoOf("run", true);
        Dpo.Run(options, PreferenceTinyRun.Context(TextWriter.Null), default);
        File.WriteAllLines(_tiny.Pairs, File.ReadAllLines(_tiny.Pairs)[..120]);
        var other = Assert.Throws<TrainingException>(() => Dpo.Run(options, PreferenceTinyRun.Context(TextWriter.Null), default));
        Assert.Contains("can only go on with the same data", other.Message, StringComparison.Ordinal);
    }

    private static double[] Values(MetricsRow[] rows, string metric) => [.. rows.Where(row => row.Values.ContainsKey(metric)).Select(row => row.Values[metric])];

    private static void AssertResumes(params Func<string, TextWriter, CancellationToken, StageResult>[] stages)
    {
        foreach (Func<string, TextWriter, CancellationToken, StageResult> stage in stages)
        {
            StageResult whole = stage("whole", TextWriter.Null, default);
            using var stop = new StopAfter(3);
            Assert.False(stage("parts", stop, stop.Token).Complete);
            StageResult parts = stage("parts", TextWriter.Null, default);
            Assert.True(parts.Complete);
            PreferenceFolders.AssertSame(whole.Model!, parts.Model!);
        }
    }

    private static PreferenceTrainingOptions Long(bool adapter) => PreferenceTinyRun.Training(adapter ? 2e-2 : 5e-3, 3, adapter);

    private MetricsRow[] Rows(string run) => [.. MetricsLog.Read(Path.Combine(_tiny.Out(run), MetricsLog.FileName))];

    private DpoOptions DpoOf(string run, bool adapter) => new()
    {
        Model = _tiny.Model, Data = [_tiny.Pairs], OutFolder = _tiny.Out(run), Rows = PreferenceTinyRun.Rows, Training = PreferenceTinyRun.Training(adapter ? 2e-2 : 5e-3, 1, adapter),
    };

    private KtoOptions KtoOf(string run, bool adapter) => new()
    {
        Model = _tiny.Model, Data = [_tiny.Thumbs], OutFolder = _tiny.Out(run), Rows = PreferenceTinyRun.Rows, Training = PreferenceTinyRun.Training(adapter ? 2e-2 : 5e-3, 1, adapter),
    };
}
