using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding.Contract;

/// <summary>The contract of <see cref="ITrainableDecoder"/>.</summary>
public abstract class TrainingContract : DecoderContract
{
    /// <summary>An epsilon that keeps a gradient which is nearly 0, and so nearly noise, from moving its weight as far as any other.</summary>
    private static readonly OptimizerOptions Options = new() { Epsilon = 1e-4f };

    public static IEnumerable<TheoryDataRow<string, string>> Models() => GoldenModel.Rows();

    [Theory, MemberData(nameof(Models))]
    [Trait("Category", Golden.Category)]
    public void Scores_and_gradients_of_a_model_equal_the_reference_implementation(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new GoldenModel(folder);
        using ITrainableDecoder decoder = Backend.NewTrainable(model.Weights, frozen: false, recompute: false);
        TokenBatch batch = model.Batch();
        for (int i = 0; i < 3; i++)
        {
            int[] ids = batch.Ids[batch.RowStarts[i]..batch.RowStarts[i + 1]];
            DecoderGoldenTests.AssertClose(
                model.Floats($"logp.{i}"), decoder.Score(TokenBatch.NextToken(ids, [0, ids.Length], default), null, entropy: false).LogProb[..^1], Tolerance);
        }
        if (!model.Has("head"))
        {
            return; // a storage variant: the same gradients are checked in the folder that it varies
        }
        using var head = new ScalarHead(model.Config);
        Trainable learning = head.Learn(Crew);
        model.Floats("head").CopyTo(head.Weight);
        (float[] dLogProb, float[] dScalar) = DecoderGoldenTests.Coefficients(model, batch);
        decoder.Score(batch, head, entropy: false);
        decoder.Backward(dLogProb, default, dScalar);
        using ParameterBlock gradients = GradientsOf(decoder, model.Weights);
        double largest = model.Weights.Parameters.Max(p => model.Floats("grad." + p.Name).Max(MathF.Abs));
        Assert.All(model.Weights.Parameters, p => DecoderGoldenTests.AssertClose(model.Floats("grad." + p.Name), gradients[p], GradientTolerance * largest));
        float[] wanted = model.Floats("grad.head");
        DecoderGoldenTests.AssertClose(wanted, learning.Gradients[ScalarHead.WeightName], GradientTolerance * Math.Max(largest, wanted.Max(MathF.Abs)));
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Scores_and_gradients_equal_the_managed_decoder_for_every_shape(string shape)
    {
        DecoderConfig config = ShapeOf(shape);
        using ParameterBlock weights = NewWeights(config), same = NewWeights(config);
        using ITrainableDecoder decoder = Backend.NewTrainable(weights, frozen: false, recompute: false);
        using var reference = new TrainableDecoder(same, Crew);
        decoder.Temperature = reference.Temperature = 0.7f;
        var random = new Random(11);
        using ScalarHead head = new(config), sameHead = new(config);
        Draw(random, config.Width).CopyTo(head.Weight);
        (head.Bias, sameHead.Bias) = (0.5f, 0.5f);
        head.Weight.CopyTo(sameHead.Weight);
        head.Learn(Crew);
        sameHead.Learn(Crew);
        TokenBatch batch = DrawBatch(random, config.VocabularySize, 9, 1, 14);
        float[] dLogProb = Draw(random, batch.Tokens), dEntropy = Draw(random, batch.Tokens), dScalar = Draw(random, batch.Tokens);
        TokenScores wanted = reference.Score(batch, sameHead, entropy: true), found = decoder.Score(batch, head, entropy: true);
        DecoderGoldenTests.AssertClose(wanted.LogProb, found.LogProb, Tolerance);
        DecoderGoldenTests.AssertClose(wanted.Entropy, found.Entropy, Tolerance);
        DecoderGoldenTests.AssertClose(wanted.Scalar, found.Scalar, Tolerance);
        reference.Backward(dLogProb, dEntropy, dScalar);
        decoder.Backward(dLogProb, dEntropy, dScalar);
        using ParameterBlock gradients = GradientsOf(decoder, weights);
        AssertSame(reference.Gradients, gradients, GradientTolerance);
        AssertSame(sameHead.Training!.Gradients, head.Training!.Gradients, GradientTolerance);
    }

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(0.2f, 0f)]
    [InlineData(0.1f, 1e-2f)]
    public void The_fused_pass_with_penalties_equals_the_managed_decoder(float smoothing, float zLoss)
    {
        using ParameterBlock weights = NewWeights(Small), same = NewWeights(Small);
        using ITrainableDecoder decoder = Backend.NewTrainable(weights, frozen: false, recompute: false);
        using var reference = new TrainableDecoder(same, Crew);
        decoder.Penalties = reference.Penalties = new OutputPenalties(smoothing, zLoss);
        TokenBatch batch = DrawBatch(new Random(3), Small.VocabularySize, 12, 7);
        float[] dLogProb = Draw(new Random(4), batch.Tokens);
        DecoderGoldenTests.AssertClose(reference.ScoreAndBackward(batch, dLogProb).LogProb, decoder.ScoreAndBackward(batch, dLogProb).LogProb, Tolerance);
        using ParameterBlock gradients = GradientsOf(decoder, weights);
        AssertSame(reference.Gradients, gradients, GradientTolerance);
    }

    [Fact]
    public void Blocks_that_are_computed_again_give_the_same_gradients()
    {
        using ParameterBlock weights = NewWeights(Small), same = NewWeights(Small);
        using ITrainableDecoder kept = Backend.NewTrainable(weights, frozen: false, recompute: false);
        using ITrainableDecoder again = Backend.NewTrainable(same, frozen: false, recompute: true);
        TokenBatch batch = DrawBatch(new Random(3), Small.VocabularySize, 12, 7, 12);
        float[] dLogProb = Draw(new Random(4), batch.Tokens);
        kept.ScoreAndBackward(batch, dLogProb);
        again.ScoreAndBackward(batch, dLogProb);
        using ParameterBlock wanted = GradientsOf(kept, weights), found = GradientsOf(again, same);
        AssertSame(wanted, found, 1e-6);
    }

    [Fact]
    public void Gradients_of_several_passes_add_up_and_a_row_without_targets_adds_nothing()
    {
        using ParameterBlock weights = NewWeights(Small);
        using ITrainableDecoder decoder = Backend.NewTrainable(weights, frozen: false, recompute: false);
        TokenBatch first = DrawBatch(new Random(3), Small.VocabularySize, 12), second = DrawBatch(new Random(4), Small.VocabularySize, 7);
        int[] starts = [0, 12, 19, 23];
        var both = new TokenBatch([.. first.Ids, .. second.Ids, 1, 2, 3, 4], starts, [.. first.Targets, .. second.Targets, -1, -1, -1, -1]);
        decoder.ScoreAndBackward(both, Ones(23));
        using ParameterBlock wanted = GradientsOf(decoder, weights);
        ClearGradients(decoder, weights);
        decoder.ScoreAndBackward(first, Ones(12));
        decoder.ScoreAndBackward(second, Ones(7));
        using ParameterBlock found = GradientsOf(decoder, weights);
        AssertSame(wanted, found, GradientTolerance);
    }

    [Theory]
    [InlineData(MatrixRule.AdamW)]
    [InlineData(MatrixRule.Muon)]
    public void Three_updates_of_all_weights_and_a_head_equal_the_managed_decoder(MatrixRule rule)
    {
        OptimizerOptions options = Options with { MatrixRule = rule };
        using ParameterBlock weights = NewWeights(Small), same = NewWeights(Small);
        using ITrainableDecoder decoder = Backend.NewTrainable(weights, frozen: false, recompute: false);
        using var reference = new TrainableDecoder(same, Crew);
        using ScalarHead head = new(Small), sameHead = new(Small);
        head.Learn(Crew);
        sameHead.Learn(Crew);
        for (int step = 0; step < 3; step++)
        {
            Assert.Equal(1, Update(reference, sameHead, step, options) / Update(decoder, head, step, options), 1e-4);
        }
        Assert.Equal(3, decoder.Steps);
        decoder.ReadBack();
        AssertSame(same, weights, rule == MatrixRule.Muon ? 1e-3 : 1e-4);
        AssertSame(reference.Optimizer.First, decoder.Optimizer.First, 1e-3);
        AssertSame(sameHead.Weights, head.Weights, 1e-3);
        Assert.Equal(3, decoder.Optimizer.Steps);
    }

    [Fact]
    public void A_run_that_was_read_back_and_loaded_again_goes_on_as_if_nothing_had_been()
    {
        using ParameterBlock straight = NewWeights(Small), interrupted = NewWeights(Small);
        using ITrainableDecoder whole = Backend.NewTrainable(straight, frozen: false, recompute: false);
        Train(whole, 0, 5);
        whole.ReadBack();
        using ParameterBlock resumed = interrupted.NewLike();
        using ITrainableDecoder second = Backend.NewTrainable(resumed, frozen: false, recompute: false);
        using (ITrainableDecoder first = Backend.NewTrainable(interrupted, frozen: false, recompute: false))
        {
            Train(first, 0, 3);
            first.ReadBack();
            Copy(interrupted, resumed);
            Copy(first.Optimizer.First, second.Optimizer.First);
            Copy(first.Optimizer.Second, second.Optimizer.Second);
            second.Optimizer.Steps = first.Optimizer.Steps;
        }
        second.Reload();
        Train(second, 3, 2);
        second.ReadBack();
        AssertSame(straight, resumed, 1e-6);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_updates_nothing_and_is_gone()
    {
        using ParameterBlock weights = NewWeights(Small), before = NewWeights(Small);
        using ITrainableDecoder decoder = Backend.NewTrainable(weights, frozen: false, recompute: false);
        TokenBatch batch = DrawBatch(new Random(3), Small.VocabularySize, 6);
        decoder.ScoreAndBackward(batch, [float.NaN, 0, 0, 0, 0, 0]);
        Assert.True(double.IsNaN(decoder.Step(0.1f, Options)));
        decoder.ReadBack();
        AssertSame(before, weights, 0);
        Assert.Equal(0, decoder.Steps);
        decoder.ScoreAndBackward(batch, Ones(6));
        Assert.True(double.IsFinite(decoder.Step(0.1f, Options)));
    }

    [Fact]
    public void A_decoder_says_what_it_cannot_do()
    {
        using ParameterBlock weights = NewWeights(Small);
        using ITrainableDecoder learning = Backend.NewTrainable(weights, frozen: false, recompute: false), frozen = Backend.NewTrainable(weights, frozen: true, recompute: false);
        using LoraAdapter adapter = LoraAdapter.Create(Small, new LoraOptions(), seed: 1);
        Assert.Throws<InvalidOperationException>(() => learning.Adapter = adapter);
        Assert.Throws<InvalidOperationException>(() => frozen.Optimizer);
        Assert.Throws<InvalidOperationException>(() => frozen.Backward([1f], default, default));
        Assert.Throws<ArgumentException>(() => frozen.Temperature = 0);
        Assert.Throws<ArgumentException>(() => frozen.Penalties = new OutputPenalties(1, 0));
        TokenBatch batch = DrawBatch(new Random(3), Small.VocabularySize, 6);
        Assert.Throws<ArgumentException>(() => frozen.ScoreAndBackward(batch, [1f]));
        frozen.Score(batch, null, entropy: false);
        Assert.Throws<InvalidOperationException>(() => frozen.Backward(default, default, Ones(6)));
    }

    protected static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];

    private static double Update(ITrainableDecoder decoder, ScalarHead head, int seed, OptimizerOptions options)
    {
        var random = new Random(seed);
        TokenBatch batch = DrawBatch(random, Small.VocabularySize, 12, 7);
        decoder.Score(batch, head, entropy: false);
        decoder.Backward(Draw(random, batch.Tokens), default, Draw(random, batch.Tokens));
        return decoder.Step(1e-2f, options);
    }

    private static void Train(ITrainableDecoder decoder, int from, int steps)
    {
        for (int step = from; step < from + steps; step++)
        {
            var random = new Random(step);
            TokenBatch batch = DrawBatch(random, Small.VocabularySize, 12, 7);
            decoder.ScoreAndBackward(batch, Draw(random, batch.Tokens));
            decoder.Step(1e-2f, Options);
        }
    }

    private static void Copy(ParameterBlock source, ParameterBlock target)
    {
        foreach (Parameter parameter in source.Parameters)
        {
            source[parameter].CopyTo(target[parameter]);
        }
    }
}
