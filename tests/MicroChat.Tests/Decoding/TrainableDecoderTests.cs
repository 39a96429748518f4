using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

public sealed class TrainableDecoderTests
{
    private static readonly DecoderConfig Small = new()
    {
        ModelType = "llama", VocabularySize = 37, Width = 24, Layers = 2, Heads = 3, KeyValueHeads = 1, HeadSize = 8, FeedForward = 40,
        ContextTokens = 64, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true, InitializerRange = 0.3f,
    };

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Gradients_of_all_three_scores_equal_finite_differences(bool tied, bool biases)
    {
        DecoderConfig config = Small with { TieEmbeddings = tied, AttentionBias = biases, FeedForwardBias = biases };
        using var crew = new Crew(2);
        using var weights = new ParameterBlock(config);
        WeightInitializer.Initialize(weights, seed: 5);
        using var decoder = new TrainableDecoder(weights, crew);
        var random = new Random(11);
        TokenBatch batch = DrawBatch(random, config.VocabularySize, 9, 1, 5);
        float[] dLogProb = Draw(random, batch.Tokens), dEntropy = Draw(random, batch.Tokens), dScalar = Draw(random, batch.Tokens);
        using var head = new ScalarHead(config);
        Draw(random, config.Width).CopyTo(head.Weight);

        decoder.Score(batch, head, entropy: true);
        decoder.Backward(dLogProb, dEntropy, dScalar);
        double largest = weights.Parameters.Max(p => Largest(decoder.Gradients[p]));

        foreach (Parameter parameter in weights.Parameters)
        {
            for (int probe = 0; probe < 4; probe++)
            {
                int i = random.Next((int)parameter.Length);
                const float Step = 5e-3f;
                float before = weights[parameter][i];
                weights[parameter][i] = before + Step;
                double above = Objective(decoder, batch, head, dLogProb, dEntropy, dScalar);
                weights[parameter][i] = before - Step;
                double below = Objective(decoder, batch, head, dLogProb, dEntropy, dScalar);
                weights[parameter][i] = before;
                double difference = (above - below) / (2 * Step);
                Assert.True(
                    Math.Abs(difference - decoder.Gradients[parameter][i]) <= 2e-3 * largest,
                    $"{parameter.Name}[{i}]: finite difference {difference}, gradient {decoder.Gradients[parameter][i]}, largest {largest}");
            }
        }
    }

    [Fact]
    public void The_fused_pass_gives_the_gradients_of_score_and_backward()
    {
        using var crew = new Crew(2);
        using var weights = new ParameterBlock(Small);
        WeightInitializer.Initialize(weights, seed: 5);
        using var decoder = new TrainableDecoder(weights, crew);
        var random = new Random(3);
        TokenBatch batch = DrawBatch(random, Small.VocabularySize, 12, 7);
        float[] dLogProb = Draw(random, batch.Tokens);
        decoder.Score(batch, null, entropy: false);
        decoder.Backward(dLogProb, default, default);
        float[][] wanted = [.. weights.Parameters.Select(p => decoder.Gradients[p].ToArray())];
        decoder.Gradients.Clear();
        decoder.ScoreAndBackward(batch, dLogProb);
        Assert.All(weights.Parameters.Index(), p => Assert.Equal(wanted[p.Index], decoder.Gradients[p.Item].ToArray()));
    }

    [Fact]
    public void Penalties_change_the_gradient_as_their_formula_says_and_no_log_probability()
    {
        using var crew = new Crew(1);
        using var weights = new ParameterBlock(Small);
        WeightInitializer.Initialize(weights, seed: 5);
        using var decoder = new TrainableDecoder(weights, crew);
        TokenBatch batch = DrawBatch(new Random(3), Small.VocabularySize, 12, 7);
        float[] dLogProb = Draw(new Random(4), batch.Tokens), plain = decoder.ScoreAndBackward(batch, dLogProb).LogProb.ToArray();
        float[][] without = [.. weights.Parameters.Select(p => decoder.Gradients[p].ToArray())];
        decoder.Gradients.Clear();
        decoder.Penalties = new OutputPenalties(0.25f, 0);
        Assert.Equal(plain, decoder.ScoreAndBackward(batch, dLogProb).LogProb.ToArray());
        float[][] smoothed = [.. weights.Parameters.Select(p => decoder.Gradients[p].ToArray())];
        decoder.Gradients.Clear();
        decoder.Penalties = new OutputPenalties(0.5f, 0);
        decoder.ScoreAndBackward(batch, dLogProb);
        foreach ((int i, Parameter parameter) in weights.Parameters.Index())
        {
            Assert.NotEqual(without[i], smoothed[i]);
            DecoderGoldenTests.AssertClose([.. smoothed[i].Zip(without[i], (one, none) => (2 * one) - none)], decoder.Gradients[parameter], 1e-4); // linear in the smoothing
        }
        Assert.Throws<ArgumentException>(() => decoder.Penalties = new OutputPenalties(1, 0));
        Assert.Throws<ArgumentException>(() => decoder.Penalties = new OutputPenalties(0, float.NaN));
    }

    [Fact]
    public void A_row_without_targets_changes_no_gradient()
    {
        using var crew = new Crew(2);
        using var weights = new ParameterBlock(Small);
        WeightInitializer.Initialize(weights, seed: 5);
        using var decoder = new TrainableDecoder(weights, crew);
        int[] ids = [1, 2, 3, 4, 5, 6, 7];
        decoder.ScoreAndBackward(TokenBatch.NextToken(ids, [0, 7], default), [-1, -1, -1, -1, -1, -1, -1]);
        float[][] wanted = [.. weights.Parameters.Select(p => decoder.Gradients[p].ToArray())];
        decoder.Gradients.Clear();
        bool[] counts = [.. Enumerable.Repeat(true, 7), false, false, false];
        TokenBatch masked = TokenBatch.NextToken([.. ids, 9, 10, 11], [0, 7, 10], counts);
        decoder.ScoreAndBackward(masked, [.. Enumerable.Repeat(-1f, 10)]);
        Assert.All(weights.Parameters.Index(), p => DecoderGoldenTests.AssertClose(wanted[p.Index], decoder.Gradients[p.Item], 1e-5));
    }

    [Fact]
    public void Two_runs_of_the_same_steps_are_equal_to_the_bit()
    {
        float[] first = TrainThreeSteps(), second = TrainThreeSteps();
        Assert.Equal(first, second);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_updates_nothing()
    {
        using var crew = new Crew(1);
        using var weights = new ParameterBlock(Small);
        WeightInitializer.Initialize(weights, seed: 5);
        using var decoder = new TrainableDecoder(weights, crew);
        float[] before = weights["model.embed_tokens.weight"].ToArray();
        decoder.Gradients["model.norm.weight"][3] = float.NaN;
        Assert.True(double.IsNaN(decoder.Step(0.1f, new OptimizerOptions())));
        Assert.Equal(before, weights["model.embed_tokens.weight"].ToArray());
        Assert.Equal(0, decoder.Steps);
        Assert.Equal(0, decoder.Gradients["model.norm.weight"][3]);
    }

    [Fact]
    public void A_training_step_allocates_nothing_once_its_size_was_seen()
    {
        using var crew = new Crew(2);
        using var weights = new ParameterBlock(Small);
        WeightInitializer.Initialize(weights, seed: 5);
        using var decoder = new TrainableDecoder(weights, crew);
        TokenBatch batch = DrawBatch(new Random(3), Small.VocabularySize, 12, 7);
        float[] dLogProb = Draw(new Random(4), batch.Tokens);
        var options = new OptimizerOptions();
        long allocated = 0;
        for (int step = 0; step < 5; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            decoder.ScoreAndBackward(batch, dLogProb);
            decoder.Step(1e-3f, options);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, allocated);
    }

    private static float[] TrainThreeSteps()
    {
        using var crew = new Crew(2);
        using var weights = new ParameterBlock(Small);
        WeightInitializer.Initialize(weights, seed: 5);
        using var decoder = new TrainableDecoder(weights, crew);
        var random = new Random(3);
        for (int step = 0; step < 3; step++)
        {
            TokenBatch batch = DrawBatch(random, Small.VocabularySize, 12, 7);
            decoder.ScoreAndBackward(batch, Draw(random, batch.Tokens));
            decoder.Step(1e-2f, new OptimizerOptions());
        }
        return [.. weights.Parameters.SelectMany(p => weights[p].ToArray())];
    }

    private static double Objective(TrainableDecoder decoder, TokenBatch batch, ScalarHead head, float[] dLogProb, float[] dEntropy, float[] dScalar)
    {
        TokenScores scores = decoder.Score(batch, head, entropy: true);
        double sum = 0;
        for (int t = 0; t < batch.Tokens; t++)
        {
            sum += ((double)dLogProb[t] * scores.LogProb[t]) + ((double)dEntropy[t] * scores.Entropy[t]) + ((double)dScalar[t] * scores.Scalar[t]);
        }
        return sum;
    }

    private static double Largest(ReadOnlySpan<float> values)
    {
        double largest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }
        return largest;
    }

    private static TokenBatch DrawBatch(Random random, int vocabulary, params int[] lengths)
    {
        var starts = new List<int> { 0 };
        foreach (int length in lengths)
        {
            starts.Add(starts[^1] + length);
        }
        int[] ids = [.. Enumerable.Range(0, starts[^1]).Select(_ => random.Next(vocabulary))];
        return TokenBatch.NextToken(ids, [.. starts], default);
    }

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
}
