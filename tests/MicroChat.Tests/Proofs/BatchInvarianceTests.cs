using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Tests.Objectives;
using MicroChat.Tests.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Proofs;

/// <summary>The same eight items as one batch, two, eight, in another order, with more threads, beside a row that counts nothing: the same loss and gradient.</summary>
public sealed class BatchInvarianceTests : IDisposable
{
    private const int Items = 8;
    private const double LossTolerance = 1e-6, GradientTolerance = 1e-5;

    private static readonly DecoderConfig s_config = new()
    {
        ModelType = "llama", VocabularySize = 31, Width = 16, Layers = 2, Heads = 2, KeyValueHeads = 1, HeadSize = 8, FeedForward = 24,
        ContextTokens = 64, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true, InitializerRange = 0.3f,
    };

    private static readonly int[][][] s_cuts =
    [
        [[0, 1, 2, 3], [4, 5, 6, 7]], [[0], [1], [2], [3], [4], [5], [6], [7]], [[7, 2, 5, 0, 1, 6, 3, 4]], [[3, 1], [6], [0, 7, 5, 2, 4]],
    ];

    private readonly ParameterBlock _weights = new(s_config);
    private readonly EncodedReply[] _rows;
    private readonly EncodedGroup[] _groups;

    public BatchInvarianceTests()
    {
        WeightInitializer.Initialize(_weights, seed: 7);
        var random = new Random(5);
        EncodedReply Row() => new([.. Enumerable.Range(0, random.Next(3, 14)).Select(_ => random.Next(s_config.VocabularySize))], random.Next(1, 3));
        _rows = [.. Enumerable.Range(0, 2 * Items).Select(_ => Row())];
        _groups = [.. Enumerable.Range(0, Items).Select(i => new EncodedGroup((ulong)i, [Row(), Row(), Row()], [new Judgement(0, 1, 1, 0), new Judgement(2, 1, 0.7, 0.3), new Judgement(0, 2, 1, 0)]))];
    }

    [Theory]
    [InlineData("sft")]
    [InlineData("reward")]
    [InlineData("thumbs")]
    [InlineData("dpo")]
    [InlineData("kto")]
    [InlineData("ppo")]
    public void Loss_and_gradient_do_not_depend_on_the_batch(string objective)
    {
        (double loss, float[] gradient) = Evaluate(objective, [[.. Enumerable.Range(0, Items)]], threads: 1, extra: false);
        foreach (int[][] cut in s_cuts)
        {
            AssertSame(loss, gradient, Evaluate(objective, cut, threads: 1, extra: false));
            AssertSame(loss, gradient, Evaluate(objective, cut, threads: 2, extra: false));
        }
        AssertSame(loss, gradient, Evaluate(objective, s_cuts[0], threads: 1, extra: true));
    }

    /// <summary>Through the tasks of the stages, which cut by tokens.</summary>
    [Fact]
    public void Dpo_and_kto_do_not_depend_on_micro_batches()
    {
        using var tiny = new PreferenceTinyRun(pairs: 1);
        DpoPair[] pairs = [.. Enumerable.Range(0, Items).Select(i => new DpoPair(_rows[2 * i], _rows[(2 * i) + 1]) { Weight = 0.5 + (i % 2) })];
        KtoItem[] thumbs = [.. _rows.Select((row, i) => new KtoItem(row, i % 3 == 0) { Weight = 1 + (i % 2) })];
        var dpo = new DpoOptions { Model = tiny.Model, Data = [], OutFolder = "" };
        var kto = new KtoOptions { Model = tiny.Model, Data = [], OutFolder = "", Kto = new KahnemanTverskyOptions { DownWeight = 0.4 } };
        AssertCutsAgree(tiny.Model, scored: false, Items, (model, tokens) => new DpoTask(model, pairs, [], dpo with { Training = Training(tokens) }));
        AssertCutsAgree(tiny.Model, scored: false, 2 * Items, (model, tokens) => new KtoTask(model, thumbs, [], kto with { Training = Training(tokens) }, 64));
    }

    [Fact]
    public void A_reward_model_does_not_depend_on_micro_batches()
    {
        using var tiny = new PreferenceTinyRun(pairs: 1);
        EncodedThumb[] thumbs = [.. _rows.Select((row, i) => new EncodedThumb((ulong)i, row, i % 3 == 0 ? 1 : 0, 1 + (i % 2), 1 + (i % 2)))];
        var rows = new PreferenceRows(_groups, [], thumbs, [], ["", "a", "b"], []);
        var options = new RewardOptions { Model = tiny.Model, Data = [], OutFolder = "" };
        AssertCutsAgree(tiny.Model, scored: true, 3 * Items, (model, tokens) => new RewardTask(model, rows, options with { Training = Training(tokens) }));
    }

    public void Dispose() => _weights.Dispose();

    private static PreferenceTrainingOptions Training(int tokens) => new() { LearningRate = 1e-3, MicroBatchTokens = tokens, Adapter = null };

    private static void AssertCutsAgree(string folder, bool scored, int items, Func<TunedModel, int, IPreferenceTask> task)
    {
        (double Loss, float[] Gradient)[] found = [.. new[] { 4_096, 60, 1 }.Select(tokens =>
        {
            using var crew = new Crew(1);
            using var model = new TunedModel(new TuningPlan(folder, Checkpoint: null, Adapter: null, scored, Recompute: false, Seed: 1), crew);
            double loss = task(model, tokens).Accumulate([.. Enumerable.Range(0, items)]).Values[MicroChat.Training.Reports.Metrics.Loss];
            return (loss, Flat(model.Weights, ((TrainableDecoder)model.Decoder).Gradients));
        })];
        AssertSame(found[0].Loss, found[0].Gradient, found[1]);
        AssertSame(found[0].Loss, found[0].Gradient, found[2]);
    }

    private static void AssertSame(double loss, float[] gradient, (double Loss, float[] Gradient) found)
    {
        double largest = gradient.Max(Math.Abs);
        Assert.True(largest > 1e-6, "the gradient is 0: nothing is compared");
        Assert.Equal(loss, found.Loss, LossTolerance);
        Assert.All(gradient.Zip(found.Gradient), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= GradientTolerance * largest, $"{pair.First} and {pair.Second}, largest {largest}"));
    }

    private static float[] Flat(ParameterBlock layout, ParameterBlock gradients) => [.. layout.Parameters.SelectMany(parameter => gradients[parameter].ToArray())];

    private (double Loss, float[] Gradient) Evaluate(string objective, int[][] cut, int threads, bool extra)
    {
        using var crew = new Crew(threads);
        using var decoder = new TrainableDecoder(_weights, crew);
        using var head = new ScalarHead(s_config);
        Precision.Narrow(Close.Draw(new Random(3), s_config.Width, 0.5)).CopyTo(head.Weight);
        double loss = cut.Sum(items => Part(objective, items, decoder, head, extra));
        return (loss, Flat(_weights, decoder.Gradients));
    }

    private double Part(string objective, int[] items, TrainableDecoder decoder, ScalarHead head, bool extra) => objective switch
    {
        "reward" => Reward(items, decoder, head),
        "thumbs" => Thumbs(items, decoder, head),
        "dpo" => Policy(Pairs(items), decoder, (batch, logProb, reference, d) =>
            DirectPreference.Evaluate(logProb, reference, batch.Actions, batch.Tokens.RowStarts, new DirectPreferenceOptions(), Items, d).Loss),
        "kto" => Policy(Rows(items, extra: false), decoder, (batch, logProb, reference, d) => KahnemanTversky.Evaluate(
            logProb, reference, batch.Actions, batch.Tokens.RowStarts, [.. items.Select(item => item % 3 == 0)], 0.2, new KahnemanTverskyOptions { UpWeight = 0.5 }, Items, d).Loss),
        "ppo" => Ppo(items, decoder, head, extra),
        _ => Policy(Rows(items, extra), decoder, (batch, logProb, _, d) => MaskedLikelihood.Evaluate(logProb, batch.Actions, Actions, d)),
    };

    private long Actions => Enumerable.Range(0, Items).Sum(item => (long)_rows[item].ReplyTokens);

    /// <summary>The rows, and where it is asked for one that is all prompt, so that nothing of it counts.</summary>
    private EncodedReply[] Rows(int[] items, bool extra) => [.. items.Select(item => _rows[item]), .. extra ? [new EncodedReply([4, 9, 2, 7], 4)] : Array.Empty<EncodedReply>()];

    private EncodedReply[] Pairs(int[] items) => [.. items.SelectMany(item => new[] { _rows[2 * item], _rows[(2 * item) + 1] })];

    private static double Policy(EncodedReply[] rows, TrainableDecoder decoder, Func<ReplyBatch, double[], double[], double[], double> evaluate)
    {
        var batch = new ReplyBatch(rows);
        double[] logProb = Precision.Widen(decoder.Score(batch.Tokens, null, entropy: false).LogProb), d = new double[logProb.Length];
        double loss = evaluate(batch, logProb, Reference(rows), d);
        decoder.Backward(Precision.Narrow(d), [], []);
        return loss;
    }

    /// <summary>Log-probabilities that depend on the row alone.</summary>
    private static double[] Reference(EncodedReply[] rows) => [.. rows.SelectMany(row => Close.Draw(new Random(row.Ids.Sum()), row.Ids.Length))];

    private double Reward(int[] items, TrainableDecoder decoder, ScalarHead head)
    {
        RewardBatch batch = RewardBatch.Of([.. items.Select(item => _groups[item])], Items);
        double[] scores = batch.Rows.Scores(decoder.Score(batch.Rows.Tokens, head, entropy: false).Scalar), d = new double[scores.Length];
        double loss = BradleyTerry.Evaluate(scores, batch.Pairs, new BradleyTerryOptions { Centring = 0.01 }, d).Loss;
        decoder.Backward([], [], batch.Rows.ScalarGradient(d));
        return loss;
    }

    private double Thumbs(int[] items, TrainableDecoder decoder, ScalarHead head)
    {
        var batch = new ReplyBatch(Rows(items, extra: false));
        double[] scores = batch.Scores(decoder.Score(batch.Tokens, head, entropy: false).Scalar), d = new double[scores.Length];
        Thumb[] thumbs = [.. items.Select((item, i) => new Thumb(i, item % 2, item % 3 == 0 ? 1 : 0) { Weight = 1 + item })];
        double loss = RatedReplies.Evaluate(scores, thumbs, [1.5, -0.4], [0.2, 0.1], Items * (Items + 1) / 2, d, new double[2], new double[2]).Loss;
        decoder.Backward([], [], batch.ScalarGradient(d));
        return loss;
    }

    private double Ppo(int[] items, TrainableDecoder decoder, ScalarHead head, bool extra)
    {
        EncodedReply[] rows = Rows(items, extra);
        var batch = new ReplyBatch(rows);
        TokenScores scores = decoder.Score(batch.Tokens, head, entropy: true);
        double[] logProb = Precision.Widen(scores.LogProb), values = Precision.Widen(scores.Scalar), entropy = Precision.Widen(scores.Entropy), noise = Reference(rows);
        int T = logProb.Length;
        var minibatch = new PpoMinibatch(
            batch.Tokens.RowStarts, batch.Actions, [.. logProb.Zip(noise, (l, n) => l + (0.1 * n))], [.. values.Zip(noise, (v, n) => v - (0.1 * n))], noise, [.. noise.Select(n => -n)]);
        double[] dLogProb = new double[T], dValues = new double[T], dEntropy = new double[T];
        double loss = PpoLoss.Evaluate(minibatch, logProb, values, entropy, new PpoOptions { EntropyCoefficient = 0.05 }, Actions,
            new PpoGradients { LogProb = dLogProb, Values = dValues, Entropy = dEntropy }).Total;
        decoder.Backward(Precision.Narrow(dLogProb), Precision.Narrow(dEntropy), Precision.Narrow(dValues));
        return loss;
    }
}
