using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training;
using MicroChat.Training.Reports;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Training;

public sealed class LanguageModelRunTests
{
    [Fact]
    public void A_stopped_and_resumed_run_equals_an_uninterrupted_one_to_the_bit()
    {
        using var tiny = new TinyRun();
        StageResult whole = Pretrain.Run(tiny.Pretraining("whole", 9), TinyRun.Context(TextWriter.Null), default);
        Assert.True(whole.Complete);

        // Stopped twice, once between checkpoints, as Ctrl-C does; then once more as a crash: the newest checkpoint is lost.
        foreach (int after in new[] { 3, 6 })
        {
            using var stop = new StopAfter(after);
            Assert.False(Pretrain.Run(tiny.Pretraining("parts", 9), TinyRun.Context(stop), stop.Token).Complete);
        }
        Directory.Delete(TrainingCheckpoint.Newest(Path.Combine(tiny.Folder, "parts", "checkpoints"))!, recursive: true);
        StageResult parts = Pretrain.Run(tiny.Pretraining("parts", 9), TinyRun.Context(TextWriter.Null), default);
        Assert.True(parts.Complete);

        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors", "trainer_state.json", "tokenizer.json", "config.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Model!, file)), File.ReadAllBytes(Path.Combine(parts.Model!, file)));
        }
        Assert.Equal(Losses(tiny, "whole"), Losses(tiny, "parts"));
    }

    [Fact]
    public void Training_lowers_the_loss_and_leaves_a_report_and_a_model_that_loads()
    {
        using var tiny = new TinyRun();
        StageResult pretrained = Pretrain.Run(tiny.Pretraining("run", 24), TinyRun.Context(TextWriter.Null), default);
        double[] losses = Losses(tiny, "run");
        Assert.Equal(24, losses.Length);
        Assert.True(losses[^4..].Average() < 0.8 * losses[..2].Average(), $"from {losses[0]} to {losses[^1]}");
        string report = File.ReadAllText(pretrained.Report);
        Assert.Contains("microchat test", report, StringComparison.Ordinal);
        Assert.Contains("story.txt", report, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(tiny.Folder, "run", "events")));

        string generation = Path.Combine(pretrained.Model!, "generation_config.json");
        File.WriteAllText(generation, File.ReadAllText(generation).Replace("{", "{\"temperature\": 0.25,", StringComparison.Ordinal));
        StageResult tuned = Sft.Run(tiny.FineTuning(pretrained.Model!, "sft", 6), TinyRun.Context(TextWriter.Null), default);
        DecoderConfig config = DecoderConfigReader.Read(tuned.Model!);
        using ParameterBlock weights = WeightFiles.Load(tuned.Model!, config);
        Assert.Equal(2, config.EndTokenIds.Count);
        Assert.Equal(0.25, GenerationConfig.Read(tuned.Model!).Temperature);
        Assert.All(weights.Parameters, p => Assert.DoesNotContain(weights[p].ToArray(), value => !float.IsFinite(value)));
    }

    [Fact]
    public void Every_counted_token_of_an_update_weighs_the_same_whatever_batch_it_came_in()
    {
        using var tiny = new TinyRun();
        // One long row with few targets beside short rows with many: a mean of batch means would differ.
        TokenBatch first = TokenBatch.NextToken([1, 2, 3, 4, 5, 6, 7, 8], [0, 8], [true, true, false, false, false, false, false, false]);
        TokenBatch second = TokenBatch.NextToken([9, 10, 11, 12, 13], [0, 5], default);
        TokenBatch both = TokenBatch.NextToken(
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], [0, 8, 13],
            [true, true, false, false, false, false, false, false, true, true, true, true, true]);
        float[] split = StepOnce(tiny, [first, second]), joined = StepOnce(tiny, [both]);
        MicroChat.Tests.Decoding.DecoderGoldenTests.AssertClose(joined, split, 1e-5);
    }

    [Fact]
    public void A_card_tells_of_every_run_that_made_the_model()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny.Recipe, """
            {"sources":[{"file":"story.txt","weight":2,"heldOutRows":4,"licence":"CC BY 4.0","attribution":"A | B"},
            {"file":"talk.jsonl","weight":1,"heldOutRows":4}]}
            """);
        StageResult pretrained = Pretrain.Run(tiny.Pretraining("run", 4), TinyRun.Context(TextWriter.Null), default);
        Pretrain.Run(tiny.Pretraining("run", 6), TinyRun.Context(TextWriter.Null), default);
        StageResult tuned = Sft.Run(tiny.FineTuning(pretrained.Model!, "sft", 2), TinyRun.Context(TextWriter.Null), default);
        string run = TrainingCheckpoint.RunOf(tuned.Model!)!, folder = Path.Combine(tiny.Folder, "model");
        RunReportData made = RunManifest.Load(run)!;
        Assert.Equal((2, 4), (made.Steps, made.Parent!.Steps));      // the checkpoint that was taken, not where the run went afterwards
        ModelCardPage.Write(folder, "tiny", DecoderConfigReader.Read(tuned.Model!), 1_234, made, run);
        string card = File.ReadAllText(Path.Combine(folder, "README.md"));
        string[] wanted =
        [
            "# tiny", "1,234 parameters", $"{made.Tokens + made.Parent.Tokens:N0} tokens", "in 2 runs", "Supervised fine-tuning", "Pretraining", "| Hello! |",
            "CC BY 4.0 | A \\| B |", "(loss-1.svg)", "(loss-2.svg)", "bits per byte",
        ];
        Assert.All(wanted, text => Assert.Contains(text, card, StringComparison.Ordinal));
        Assert.True(card.IndexOf("## Pretraining", StringComparison.Ordinal) < card.IndexOf("## Supervised", StringComparison.Ordinal));
        Assert.StartsWith("<svg xmlns", File.ReadAllText(Path.Combine(folder, "loss-1.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_recipe_lists_everything_that_is_wrong()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny.Recipe, """{"sources":[{"file":"missing.txt","weight":1},{"file":"story.txt","weight":0}]}""");
        var failure = Assert.Throws<TrainingException>(() => Pretrain.Run(tiny.Pretraining("run", 1), TinyRun.Context(TextWriter.Null), default));
        Assert.Contains("missing.txt is not in", failure.Message, StringComparison.Ordinal);
        Assert.Contains("story has weight 0", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_row_is_named_by_file_line_and_field()
    {
        using var tiny = new TinyRun();
        File.AppendAllText(tiny.Data("talk.jsonl"), """{"source":"test","messages":[{"role":"user"}]}""" + "\n");
        Exception failure = Assert.ThrowsAny<Exception>(() => Pretrain.Run(tiny.Pretraining("run", 1), TinyRun.Context(TextWriter.Null), default));
        Assert.Contains("talk.jsonl", failure.Message, StringComparison.Ordinal);
        Assert.Contains("81", failure.Message, StringComparison.Ordinal);
        Assert.Contains("content", failure.Message, StringComparison.Ordinal);
        Assert.All(
            Directory.GetDirectories(Path.Combine(tiny.Folder, "run", "shards"), "talk*"),
            folder => Assert.EndsWith(".unfinished", folder, StringComparison.Ordinal));
    }

    private static double[] Losses(TinyRun tiny, string run) =>
        [.. MetricsLog.Read(Path.Combine(tiny.Folder, run, "metrics.jsonl")).Where(row => row.Values.ContainsKey(Metrics.Loss)).Select(row => row.Values[Metrics.Loss])];

    private static float[] StepOnce(TinyRun tiny, TokenBatch[] batches)
    {
        DecoderConfig config = tiny.Pretraining("unused", 1).Shape with { VocabularySize = 20 };
        using var crew = new Crew(2);
        using var weights = new ParameterBlock(config);
        WeightInitializer.Initialize(weights, seed: 1);
        using var decoder = new TrainableDecoder(weights, crew);
        var options = new LanguageModelOptions
        {
            Steps = 1, MicroBatchesPerStep = batches.Length, Schedule = new LearningRateSchedule { Peak = 1e-2, Shape = DecayShape.Constant },
            Optimizer = new OptimizerOptions { MaxGradientNorm = 0 },
        };
        new LanguageModelTrainer(decoder, new Given(batches), options).RunStep();
        return [.. weights.Parameters.SelectMany(p => weights[p].ToArray())];
    }

    private sealed class Given(TokenBatch[] batches) : ITrainingSource
    {
        private int _next;

        public TokenBatch Next() => batches[_next++];

        public string SavePlace() => $"{_next}";

        public void RestorePlace(string place) => _next = int.Parse(place);
    }
}
