using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

public sealed class LoraTests : IDisposable
{
    private static readonly DecoderConfig Config = new()
    {
        ModelType = "llama", VocabularySize = 37, Width = 24, Layers = 3, Heads = 3, KeyValueHeads = 1, HeadSize = 8, FeedForward = 40,
        ContextTokens = 64, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true, InitializerRange = 0.3f,
    };

    private readonly Crew _crew = new(2);
    private readonly ParameterBlock _weights = new(Config);
    private readonly TrainingWorkspace _workspace = new();

    public LoraTests() => WeightInitializer.Initialize(_weights, seed: 5);

    [Theory]
    [InlineData(false, 1f)]
    [InlineData(true, 1f)]
    [InlineData(false, 0.7f)]
    public void Gradients_of_adapter_and_head_equal_finite_differences(bool recompute, float temperature)
    {
        using var workspace = new TrainingWorkspace(recompute);
        using LoraAdapter adapter = Drawn(3, new LoraOptions { Rank = 3, Alpha = 5 });
        using ScalarHead head = DrawnHead(4);
        using var decoder = new TrainableDecoder(_weights, _crew, frozen: true, workspace) { Adapter = adapter, Temperature = temperature };
        Trainable[] learning = [adapter.Learn(_crew), head.Learn(_crew)];
        var random = new Random(11);
        TokenBatch batch = DrawBatch(random, 9, 1, 5);
        float[] dLogProb = Draw(random, batch.Tokens), dEntropy = Draw(random, batch.Tokens), dScalar = Draw(random, batch.Tokens);
        decoder.Score(batch, head, entropy: true);
        decoder.Backward(dLogProb, dEntropy, dScalar);
        foreach (Trainable part in learning)
        {
            AssertFiniteDifferences(part, random, () =>
            {
                TokenScores scores = decoder.Score(batch, head, entropy: true);
                double sum = 0;
                for (int t = 0; t < batch.Tokens; t++)
                {
                    sum += ((double)dLogProb[t] * scores.LogProb[t]) + ((double)dEntropy[t] * scores.Entropy[t]) + ((double)dScalar[t] * scores.Scalar[t]);
                }
                return sum;
            });
        }
    }

    [Fact]
    public void Recomputed_blocks_give_the_same_bits()
    {
        float[][] kept = Gradients(recompute: false), again = Gradients(recompute: true);
        Assert.Equal(kept, again);
    }

    [Fact]
    public void A_fresh_adapter_changes_nothing_and_off_is_the_base_to_the_bit()
    {
        using LoraAdapter fresh = LoraAdapter.Create(Config, new LoraOptions(), seed: 1), trained = Drawn(2, new LoraOptions());
        using var decoder = new TrainableDecoder(_weights, _crew, frozen: true, _workspace);
        TokenBatch batch = DrawBatch(new Random(3), 12, 7);
        float[] wanted = decoder.Score(batch, null, entropy: false).LogProb.ToArray();
        decoder.Adapter = fresh;
        Assert.Equal(wanted, decoder.Score(batch, null, entropy: false).LogProb.ToArray());
        decoder.Adapter = trained;
        Assert.NotEqual(wanted, decoder.Score(batch, null, entropy: false).LogProb.ToArray());
        decoder.Adapter = null;
        Assert.Equal(wanted, decoder.Score(batch, null, entropy: false).LogProb.ToArray());
    }

    [Fact]
    public void Merged_weights_score_as_base_and_adapter_do()
    {
        using LoraAdapter adapter = Drawn(2, new LoraOptions { Rank = 4, RankStabilized = true, Targets = ["q_proj", "down_proj", "layers.1.mlp.up_proj"] });
        using var decoder = new TrainableDecoder(_weights, _crew, frozen: true, _workspace) { Adapter = adapter };
        TokenBatch batch = DrawBatch(new Random(3), 12, 40, 7);
        float[] wanted = decoder.Score(batch, null, entropy: false).LogProb.ToArray();
        decoder.Adapter = null;
        adapter.MergeInto(_weights, _crew);
        DecoderGoldenTests.AssertClose(wanted, decoder.Score(batch, null, entropy: false).LogProb, 2e-5);
    }

    [Fact]
    public void An_embedding_adapter_is_not_merged_where_the_embedding_is_the_output_too()
    {
        using var adapter = new LoraAdapter(Config, [new LoraModule("model.embed_tokens", 2, 4, RankStabilized: false)]);
        float[] before = All(_weights);
        Assert.Contains("untie", Assert.Throws<InvalidOperationException>(() => adapter.MergeInto(_weights, _crew)).Message, StringComparison.Ordinal);
        Assert.Equal(before, All(_weights));
    }

    [Fact]
    public void A_step_moves_only_what_learns_and_was_reached()
    {
        using LoraAdapter policy = Drawn(2, new LoraOptions()), value = Drawn(3, new LoraOptions()), reward = Drawn(4, new LoraOptions());
        using ScalarHead valueHead = DrawnHead(5), rewardHead = DrawnHead(6);
        policy.Learn(_crew);
        value.Learn(_crew);
        valueHead.Learn(_crew);
        using var decoder = new TrainableDecoder(_weights, _crew, frozen: true, _workspace);
        TokenBatch batch = DrawBatch(new Random(3), 12, 7);
        float[] ones = [.. Enumerable.Repeat(1f, batch.Tokens)], before = All(_weights), policyBefore = All(policy.Weights), rewardBefore = All(reward.Weights);

        decoder.Adapter = reward;
        decoder.Score(batch, rewardHead, entropy: false);
        decoder.Adapter = value;
        decoder.Score(batch, valueHead, entropy: false);
        decoder.Backward(default, default, ones);
        float[] valueBefore = All(value.Weights), headBefore = All(valueHead.Weights);
        Assert.True(decoder.Step(0.1f, new OptimizerOptions()) > 0);

        Assert.Equal(before, All(_weights));
        Assert.Equal(policyBefore, All(policy.Weights));
        Assert.Equal(rewardBefore, All(reward.Weights));
        Assert.NotEqual(valueBefore, All(value.Weights));
        Assert.NotEqual(headBefore, All(valueHead.Weights));
        Assert.Equal(0, policy.Training!.Optimizer.Steps);
        Assert.Equal(1, value.Training!.Optimizer.Steps);
    }

    [Fact]
    public void A_frozen_base_has_no_gradients_and_a_learning_one_takes_no_adapter()
    {
        using LoraAdapter adapter = Drawn(2, new LoraOptions());
        using var frozen = new TrainableDecoder(_weights, _crew, frozen: true, _workspace);
        using var learning = new TrainableDecoder(_weights, _crew);
        Assert.Contains("frozen", Assert.Throws<InvalidOperationException>(() => frozen.Gradients).Message, StringComparison.Ordinal);
        Assert.Contains("frozen: true", Assert.Throws<InvalidOperationException>(() => learning.Adapter = adapter).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_is_refused_after_another_decoder_used_the_workspace()
    {
        using var first = new TrainableDecoder(_weights, _crew, frozen: true, _workspace);
        using var second = new TrainableDecoder(_weights, _crew, frozen: true, _workspace);
        TokenBatch batch = DrawBatch(new Random(3), 12);
        Assert.Throws<InvalidOperationException>(() => first.Backward(default, default, default));
        first.Score(batch, null, entropy: false);
        second.Score(batch, null, entropy: false);
        Assert.Throws<InvalidOperationException>(() => first.Backward(new float[12], default, default));
        second.Backward(new float[12], default, default);
        Assert.Throws<ArgumentException>(() => second.Backward(new float[11], default, default));
    }

    [Fact]
    public void Roles_with_weights_of_their_own_share_a_workspace_without_allocating()
    {
        using var other = new ParameterBlock(Config with { EndTokenIds = [3] });
        using var policy = new TrainableDecoder(_weights, _crew, frozen: false, _workspace);
        using var reference = new TrainableDecoder(other, _crew, frozen: true, _workspace);
        TokenBatch batch = DrawBatch(new Random(3), 12);
        policy.Score(batch, null, entropy: false);
        TrainingActivations first = _workspace.Activations!;
        reference.Score(batch, null, entropy: false);
        policy.Score(batch, null, entropy: false);
        Assert.Same(first, _workspace.Activations);
    }

    [Fact]
    public void An_adapter_of_another_shape_is_refused()
    {
        using var other = LoraAdapter.Create(Config with { Width = 32 }, new LoraOptions(), seed: 1);
        using var decoder = new TrainableDecoder(_weights, _crew, frozen: true, _workspace);
        Assert.Contains("32", Assert.Throws<ArgumentException>(() => decoder.Adapter = other).Message, StringComparison.Ordinal);
        Assert.Contains("no_proj", Assert.Throws<ArgumentException>(() => LoraAdapter.Create(Config, new LoraOptions { Targets = ["no_proj"] }, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LoraAdapter.Create(Config, new LoraOptions { Rank = 0 }, 1));
        Assert.Throws<ArgumentException>(() => LoraAdapter.Create(Config, new LoraOptions { Alpha = double.NaN }, 1));
    }

    [Fact]
    public void Base_and_adapters_in_one_step_give_each_sequence_the_bits_that_it_gets_alone()
    {
        using LoraAdapter live = Drawn(2, new LoraOptions()), canary = Drawn(3, new LoraOptions { Rank = 5, Targets = ["v_proj", "gate_proj", "down_proj"] });
        LoraAdapter?[] adapters = [null, canary, canary, null, live];
        int[][] rows = [[1, 2, 3], [1, 2, 3], [9], [4, 5], [1, 2, 3]];
        using var decoder = new Decoder(_weights, _crew);
        float[][] together = Logits(decoder, rows, adapters);
        for (int b = 0; b < rows.Length; b++)
        {
            Assert.Equal(Logits(decoder, [rows[b]], [adapters[b]])[0], together[b]);
        }
        Assert.NotEqual(together[0], together[1]);
        Assert.NotEqual(together[1], together[4]);
    }

    [Fact]
    public void A_cache_keeps_its_adapter_until_it_is_empty()
    {
        using LoraAdapter adapter = Drawn(2, new LoraOptions());
        using var decoder = new Decoder(_weights, _crew);
        using KeyValueCache cache = decoder.NewCache(4);
        decoder.Forward([1], [0, 1], [cache]);
        Assert.Contains("truncate", Assert.Throws<InvalidOperationException>(() => cache.Adapter = adapter).Message, StringComparison.Ordinal);
        using KeyValueCache other = decoder.NewCache(4);
        other.Adapter = adapter;
        Assert.Throws<ArgumentException>(() => other.CopyFrom(cache, 1));
        cache.Truncate(0);
        cache.Adapter = adapter;
    }

    [Fact]
    public void Serving_and_training_agree_with_an_adapter()
    {
        using LoraAdapter adapter = Drawn(2, new LoraOptions());
        int[] ids = [5, 9, 30, 2, 2, 17];
        using var decoder = new Decoder(_weights, _crew);
        float[] logits = Logits(decoder, [ids[..^1]], [adapter])[0];
        double sum = logits.Sum(l => Math.Exp(l - logits.Max()));
        using var trainer = new TrainableDecoder(_weights, _crew, frozen: true, _workspace) { Adapter = adapter };
        TokenScores scores = trainer.Score(TokenBatch.NextToken(ids, [0, ids.Length], default), null, entropy: false);
        Assert.Equal(logits[ids[^1]] - logits.Max() - Math.Log(sum), scores.LogProb[^2], 1e-4);
    }

    [Fact]
    public void Training_an_adapter_and_serving_it_allocate_nothing_once_warm()
    {
        using LoraAdapter adapter = Drawn(2, new LoraOptions());
        using ScalarHead head = DrawnHead(3);
        adapter.Learn(_crew);
        head.Learn(_crew);
        using var decoder = new TrainableDecoder(_weights, _crew, frozen: true, _workspace) { Adapter = adapter };
        using var serving = new Decoder(_weights, _crew);
        using KeyValueCache cache = serving.NewCache(16);
        cache.Adapter = adapter;
        TokenBatch batch = DrawBatch(new Random(3), 12, 7);
        float[] ones = [.. Enumerable.Repeat(1f, batch.Tokens)];
        int[] ids = [1], borders = [0, 1];
        KeyValueCache[] caches = [cache];
        var options = new OptimizerOptions();
        long allocated = 0;
        for (int step = 0; step < 6; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            decoder.Score(batch, head, entropy: true);
            decoder.Backward(ones, ones, ones);
            decoder.Step(1e-3f, options);
            serving.Forward(ids, borders, caches);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_score_does_not_depend_on_the_rows_beside_it()
    {
        using ScalarHead head = DrawnHead(3);
        using var decoder = new TrainableDecoder(_weights, _crew, frozen: true, _workspace);
        int[] row = [3, 1, 4, 1, 5, 9, 2, 6];
        float alone = decoder.Score(TokenBatch.NextToken(row, [0, 8], default), head, entropy: false).Scalar[7];
        float beside = decoder.Score(TokenBatch.NextToken([7, 7, .. row], [0, 2, 10], default), head, entropy: false).Scalar[9];
        Assert.Equal(alone, beside);
        float moved = alone + 2;
        head.Bias += 2;
        Assert.Equal(moved, decoder.Score(TokenBatch.NextToken(row, [0, 8], default), head, entropy: false).Scalar[7], 1e-5f);
    }

    [Fact]
    public void A_reward_head_begins_with_the_published_deviation_and_a_value_head_at_zero()
    {
        DecoderConfig wide = Config with { Width = 4_000 };
        using var reward = new ScalarHead(wide);
        using var value = new ScalarHead(wide);
        reward.InitializeReward(7);
        double deviation = Math.Sqrt(reward.Weight.ToArray().Average(w => (double)w * w));
        Assert.Equal(1 / Math.Sqrt(4_001), deviation, 1e-3);
        Assert.All(value.Weight.ToArray(), w => Assert.Equal(0, w));
        value.CopyFrom(reward);
        Assert.Equal(reward.Weight.ToArray(), value.Weight.ToArray());
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _weights.Dispose();
        _crew.Dispose();
    }

    private float[][] Gradients(bool recompute)
    {
        using var workspace = new TrainingWorkspace(recompute);
        using var decoder = new TrainableDecoder(_weights, _crew, frozen: false, workspace);
        TokenBatch batch = DrawBatch(new Random(3), 12, 7);
        decoder.ScoreAndBackward(batch, Draw(new Random(4), batch.Tokens));
        return [.. _weights.Parameters.Select(p => decoder.Gradients[p].ToArray())];
    }

    private static void AssertFiniteDifferences(Trainable part, Random random, Func<double> objective)
    {
        double largest = part.Weights.Parameters.Max(p => part.Gradients[p].ToArray().Max(MathF.Abs));
        foreach (Parameter parameter in part.Weights.Parameters)
        {
            for (int probe = 0; probe < 3; probe++)
            {
                int i = random.Next((int)parameter.Length);
                const float Step = 2e-3f;
                float before = part.Weights[parameter][i];
                part.Weights[parameter][i] = before + Step;
                double above = objective();
                part.Weights[parameter][i] = before - Step;
                double below = objective();
                part.Weights[parameter][i] = before;
                double difference = (above - below) / (2 * Step), gradient = part.Gradients[parameter][i];
                Assert.True(Math.Abs(difference - gradient) <= 2e-3 * largest, $"{parameter.Name}[{i}]: finite difference {difference}, gradient {gradient}, largest {largest}");
            }
        }
    }

    private static float[][] Logits(Decoder decoder, int[][] rows, LoraAdapter?[] adapters)
    {
        KeyValueCache[] caches = [.. rows.Select(_ => decoder.NewCache(8))];
        var starts = new List<int> { 0 };
        for (int b = 0; b < rows.Length; b++)
        {
            caches[b].Adapter = adapters[b];
            starts.Add(starts[^1] + rows[b].Length);
        }
        decoder.Forward(rows.SelectMany(r => r).ToArray(), starts.ToArray(), caches);
        float[][] logits = [.. rows.Select(_ => new float[Config.VocabularySize])];
        for (int b = 0; b < rows.Length; b++)
        {
            decoder.ReadLogits(b, logits[b]);
            caches[b].Dispose();
        }
        return logits;
    }

    /// <summary>An adapter whose B is not zero, as after training.</summary>
    private static LoraAdapter Drawn(int seed, LoraOptions options)
    {
        LoraAdapter adapter = LoraAdapter.Create(Config, options, seed);
        var random = new Random(seed);
        foreach (Parameter parameter in adapter.Weights.Parameters.Where(p => p.Name.Contains("lora_B", StringComparison.Ordinal)))
        {
            Array.ConvertAll(Draw(random, (int)parameter.Length), b => 0.2f * b).CopyTo(adapter.Weights[parameter]);
        }
        return adapter;
    }

    private static ScalarHead DrawnHead(int seed)
    {
        var head = new ScalarHead(Config);
        head.InitializeReward(seed);
        head.Bias = 0.3f;
        return head;
    }

    private static float[] All(ParameterBlock block) => [.. block.Parameters.SelectMany(p => block[p].ToArray())];

    private static TokenBatch DrawBatch(Random random, params int[] lengths)
    {
        var starts = new List<int> { 0 };
        foreach (int length in lengths)
        {
            starts.Add(starts[^1] + length);
        }
        int[] ids = [.. Enumerable.Range(0, starts[^1]).Select(_ => random.Next(Config.VocabularySize))];
        return TokenBatch.NextToken(ids, [.. starts], default);
    }

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
