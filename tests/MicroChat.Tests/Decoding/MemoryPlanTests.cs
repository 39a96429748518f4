using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

/// <summary>Runs alone: the count of native memory is that of the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NativeMemoryTests
{
    public const string Name = "native memory";
}

[Collection(NativeMemoryTests.Name)]
public sealed class MemoryPlanTests
{
    private const int BatchTokens = 512, Sequences = 3, Slots = 64;

    private static readonly DecoderConfig Config = new()
    {
        ModelType = "llama", VocabularySize = 4_096, Width = 128, Layers = 4, Heads = 4, KeyValueHeads = 2, HeadSize = 32, FeedForward = 384,
        ContextTokens = 512, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true,
    };

    private static readonly LoraOptions Options = new() { Rank = 16 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Adapters_on_a_frozen_base_take_what_was_planned(bool recompute)
    {
        var plan = new MemoryPlan();
        plan.AddDecoder("base", Config, learns: false);
        plan.AddAdapter("policy", Config, Options, learns: true);
        plan.AddAdapter("reward", Config, Options, learns: false);
        plan.AddHead("value", Config, learns: true);
        plan.AddActivations(Config, BatchTokens, recompute);
        plan.AddAdapterScratch(Config, Options, BatchTokens);
        plan.AddGeneration(Config, Sequences, Slots, stepTokens: 8);

        using var crew = new Crew(1);
        WarmUp(crew);
        long before = NativeMemoryUse.Bytes;
        using var weights = new ParameterBlock(Config);
        using LoraAdapter policy = LoraAdapter.Create(Config, Options, 1), reward = LoraAdapter.Create(Config, Options, 2);
        using var value = new ScalarHead(Config);
        using var workspace = new TrainingWorkspace(recompute);
        using var decoder = new TrainableDecoder(weights, crew, frozen: true, workspace) { Adapter = policy };
        policy.Learn(crew);
        value.Learn(crew);
        TokenBatch batch = Batch();
        float[] ones = [.. Enumerable.Repeat(1f, batch.Tokens)];
        decoder.Score(batch, value, entropy: true);
        decoder.Backward(ones, ones, ones);
        decoder.Step(1e-3f, new OptimizerOptions());
        using var serving = new Decoder(weights, crew, stepTokens: 8);
        KeyValueCache[] caches = [.. Enumerable.Range(0, Sequences).Select(_ => serving.NewCache(Slots))];
        serving.Forward([1, 2, 3, 4, 5, 6, 7, 8], [0, 3, 6, 8], caches);
        AssertNear(plan.Bytes, NativeMemoryUse.Bytes - before);
        Array.ForEach(caches, cache => cache.Dispose());
    }

    [Theory]
    [InlineData(MatrixRule.AdamW)]
    [InlineData(MatrixRule.Muon)]
    public void Full_training_takes_what_was_planned(MatrixRule rule)
    {
        var plan = new MemoryPlan();
        plan.AddDecoder("policy", Config, learns: true);
        plan.AddActivations(Config, BatchTokens, recompute: false);
        if (rule == MatrixRule.Muon)
        {
            plan.AddMuon(Config);
        }
        using var crew = new Crew(1);
        WarmUp(crew);
        long before = NativeMemoryUse.Bytes;
        using var weights = new ParameterBlock(Config);
        WeightInitializer.Initialize(weights, seed: 1);
        using var decoder = new TrainableDecoder(weights, crew);
        TokenBatch batch = Batch();
        decoder.ScoreAndBackward(batch, [.. Enumerable.Repeat(-1f, batch.Tokens)]);
        decoder.Step(1e-3f, new OptimizerOptions { MatrixRule = rule });
        AssertNear(plan.Bytes, NativeMemoryUse.Bytes - before);
    }

    [Fact]
    public void A_plan_says_what_it_needs_and_refuses_what_does_not_fit()
    {
        var plan = new MemoryPlan();
        plan.AddDecoder("base", Config, learns: true);
        plan.AddActivations(Config, BatchTokens, recompute: false);
        Assert.StartsWith("Memory: needs ", plan.Describe(1L << 32), StringComparison.Ordinal);
        Assert.Contains("has 4.00 GiB", plan.Describe(1L << 32), StringComparison.Ordinal);
        Assert.Contains("optimiser's moments", plan.Describe(0), StringComparison.Ordinal);
        plan.Require(plan.Bytes);
        Assert.Contains("recomputed", Assert.Throws<InvalidOperationException>(() => plan.Require(plan.Bytes - 1)).Message, StringComparison.Ordinal);
        Assert.InRange(MemoryPlan.AvailableBytes(), 1L << 20, long.MaxValue);
    }

    /// <summary>
    /// The kernels' scratch of this thread, which the plan leaves out, grows to what the model needs; and what other tests left
    /// to the finalisers is freed now, not while it is measured.
    /// </summary>
    private static void WarmUp(Crew crew)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var weights = new ParameterBlock(Config);
        using var decoder = new TrainableDecoder(weights, crew);
        TokenBatch batch = Batch();
        decoder.ScoreAndBackward(batch, new float[batch.Tokens]);
        decoder.Step(1e-3f, new OptimizerOptions { MatrixRule = MatrixRule.Muon });
    }

    private static void AssertNear(long planned, long taken) => Assert.True(Math.Abs(planned - taken) <= 0.02 * taken, $"planned {planned}, taken {taken}");

    private static TokenBatch Batch()
    {
        var random = new Random(1);
        return TokenBatch.NextToken([.. Enumerable.Range(0, BatchTokens).Select(_ => random.Next(Config.VocabularySize))], [0, BatchTokens / 2, BatchTokens], default);
    }
}
