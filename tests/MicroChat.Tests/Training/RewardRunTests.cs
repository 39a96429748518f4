using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;
using MicroChat.Training;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Reports;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Training;

public sealed class RewardRunTests : IDisposable
{
    private readonly PreferenceTinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reward_model_learns_the_planted_preference_and_the_controls_stay_at_chance(bool adapter)
    {
        var output = new StringWriter();
        StageResult result = Reward.Run(Options("reward", adapter) with { Seeds = 2 }, PreferenceTinyRun.Context(output), default);
        Assert.True(result.Complete);
        ReportTable table = RunManifest.Load(_tiny.Out("reward"))!.Tables[0];
        double[] accuracy = [.. table.Rows.Select(row => Share(row[1]))];
        Assert.Equal(["reward model", "seed 2", "shuffled labels"], table.Rows.Select(row => row[0]));
        Assert.True(accuracy[0] > 0.9 && accuracy[1] > 0.9, output.ToString());
        Assert.True(accuracy[2] < accuracy[0] - 0.15, output.ToString());
        Assert.InRange(Share(table.Rows[0][3]), 0.4, 0.6);
        Assert.Contains("Calibration", File.ReadAllText(result.Report), StringComparison.Ordinal);
        Assert.Contains("Memory: needs", output.ToString(), StringComparison.Ordinal);

        using var crew = new Crew(1);
        using RewardModel model = RewardModel.Load(result.Model!, Fingerprint(result.Model!), crew);
        Assert.Equal(adapter, Directory.Exists(Path.Combine(result.Model!, "adapter")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stopped_and_resumed_run_equals_an_uninterrupted_one_to_the_bit(bool adapter)
    {
        RewardOptions whole = Options("whole", adapter) with { Data = [_tiny.Pairs, _tiny.Thumbs], LeastThumbsForRaters = 10, ShuffledControl = false };
        StageResult expected = Reward.Run(whole, PreferenceTinyRun.Context(TextWriter.Null), default);
        RewardOptions parts = whole with { OutFolder = _tiny.Out("parts") };
        using var stop = new StopAfter(3);
        Assert.False(Reward.Run(parts, PreferenceTinyRun.Context(stop), stop.Token).Complete);
        StageResult resumed = Reward.Run(parts, PreferenceTinyRun.Context(TextWriter.Null), default);
        Assert.True(resumed.Complete);
        PreferenceFolders.AssertSame(expected.Model!, resumed.Model!);
    }

    [Fact]
    public void The_two_halves_share_no_prompt_and_both_learn()
    {
        double[] accuracy = [.. new[] { TrainingHalf.A, TrainingHalf.B }.Select(half =>
        {
            string folder = $"half-{half}";
            RewardOptions options = Options(folder, adapter: true) with { ShuffledControl = false, Rows = PreferenceTinyRun.Rows with { Half = half } };
            var output = new StringWriter();
            Reward.Run(options with { Training = options.Training with { Epochs = 14 } }, PreferenceTinyRun.Context(output), default);
            return Share(RunManifest.Load(_tiny.Out(folder))!.Tables[0].Rows[0][1]);
        })];
        Assert.All(accuracy, share => Assert.True(share > 0.75, $"{share}"));
    }

    [Fact]
    public void Data_that_teach_nothing_are_refused_and_nothing_is_written()
    {
        string[] rows = File.ReadAllLines(_tiny.Pairs);
        File.WriteAllLines(_tiny.Pairs, rows[..10]);
        var few = Assert.Throws<TrainingException>(() => Reward.Run(Options("few", true), PreferenceTinyRun.Context(TextWriter.Null), default));
        Assert.Contains("10 comparisons can be used", few.Message, StringComparison.Ordinal);
        File.WriteAllLines(_tiny.Thumbs, File.ReadAllLines(_tiny.Thumbs).Where((_, i) => i % 2 == 0));
        var alike = Assert.Throws<TrainingException>(() => Reward.Run(Options("alike", true) with { Data = [_tiny.Thumbs] }, PreferenceTinyRun.Context(TextWriter.Null), default));
        Assert.Contains("0 down", alike.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tiny.Out("few")) || Directory.Exists(_tiny.Out("alike")));
    }

    [Fact]
    public void Bad_rows_are_counted_and_named()
    {
        File.AppendAllText(_tiny.Pairs, """{"prompt":"a","chosen":"same","rejected":"same"}""" + "\n" + """{"prompt":"a","chosen":"","rejected":"x"}""" + "\n");
        var output = new StringWriter();
        Reward.Run(Options("bad", true) with { ShuffledControl = false }, PreferenceTinyRun.Context(output), default);
        Assert.Contains("2 rows skipped", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("equal to \"chosen\"", output.ToString(), StringComparison.Ordinal);
    }

    private static TextFingerprint Fingerprint(string model) => TextFingerprint.Of(Tokenizer.Load(model), ChatTemplate.Load(model));

    private RewardOptions Options(string run, bool adapter) => new()
    {
        Model = _tiny.Model, Data = [_tiny.Pairs], OutFolder = _tiny.Out(run), Rows = PreferenceTinyRun.Rows, Training = PreferenceTinyRun.Training(adapter ? 2e-2 : 5e-3, 6, adapter),
    };

    private static double Share(string cell) => double.Parse(cell.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Compares what runs left behind.</summary>
internal static class PreferenceFolders
{
    public static void AssertSame(string wanted, string found)
    {
        string[] files = [.. Directory.GetFiles(wanted, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(wanted, file)).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(wanted, file)), File.ReadAllBytes(Path.Combine(found, file))));
    }
}
