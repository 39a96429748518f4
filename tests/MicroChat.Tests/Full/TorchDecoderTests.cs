using System.Runtime.InteropServices;
using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Tests.Decoding;
using MicroChat.Torch;

namespace MicroChat.Tests.Full;

/// <summary>What only the decoders on TorchSharp have to do: do with less memory than they wish for, and compute in 16 bits.</summary>
public sealed class TorchDecoderTests : IDisposable
{
    internal static readonly DecoderConfig Small = new()
    {
        ModelType = "llama", VocabularySize = 37, Width = 24, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 8, FeedForward = 40,
        ContextTokens = 64, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true, InitializerRange = 0.3f,
    };

    private readonly TorchBackend _backend = NewBackend(TorchPrecision.Float32);
    private readonly ParameterBlock _weights = NewWeights();

    public void Dispose()
    {
        _backend.Dispose();
        _weights.Dispose();
    }

    [Theory]
    [InlineData(14)]
    [InlineData(9)]
    public void A_batch_that_does_not_fit_is_halved_and_gives_the_same_scores_and_gradients(int fits)
    {
        using ParameterBlock same = NewWeights();
        using var whole = (TorchTrainableDecoder)_backend.NewTrainable(_weights, frozen: false, recompute: false);
        using var halved = (TorchTrainableDecoder)_backend.NewTrainable(same, frozen: false, recompute: false);
        using ScalarHead head = new(Small), sameHead = new(Small);
        using var crew = new Crew(1);
        head.Learn(crew);
        sameHead.Learn(crew);
        int refused = 0;
        halved.MicroBatches.BeforePass = tokens => RefuseAbove(fits, tokens, ref refused);
        TokenBatch batch = Batch();
        var random = new Random(4);
        float[] dLogProb = Draw(random, batch.Tokens), dEntropy = Draw(random, batch.Tokens), dScalar = Draw(random, batch.Tokens);
        TokenScores wanted = whole.Score(batch, head, entropy: true), found = halved.Score(batch, sameHead, entropy: true);
        DecoderGoldenTests.AssertClose(wanted.LogProb, found.LogProb, 1e-5);
        DecoderGoldenTests.AssertClose(wanted.Entropy, found.Entropy, 1e-5);
        whole.Backward(dLogProb, dEntropy, dScalar);
        halved.Backward(dLogProb, dEntropy, dScalar);
        Assert.True(refused > 0);
        AssertSame(whole, _weights, halved, same);
        Assert.Equal(head.Training!.Gradients[ScalarHead.BiasName][0], sameHead.Training!.Gradients[ScalarHead.BiasName][0], 1e-4);
        whole.ScoreAndBackward(batch, dLogProb);
        halved.ScoreAndBackward(batch, dLogProb);
        AssertSame(whole, _weights, halved, same);
    }

    [Fact]
    public void Memory_that_runs_out_on_the_way_back_leaves_nothing_of_the_failed_try()
    {
        using ParameterBlock same = NewWeights();
        using var whole = (TorchTrainableDecoder)_backend.NewTrainable(_weights, frozen: false, recompute: false);
        using var failing = (TorchTrainableDecoder)_backend.NewTrainable(same, frozen: false, recompute: false);
        TokenBatch batch = Batch();
        float[] dLogProb = Draw(new Random(4), batch.Tokens);
        whole.ScoreAndBackward(batch, dLogProb);
        int failures = 1;
        failing.MicroBatches.BeforeCommit = () =>
        {
            if (failures-- > 0)
            {
                throw new NativeFault("CUDA out of memory.");
            }
        };
        failing.ScoreAndBackward(batch, dLogProb);
        Assert.True(failures < 0);
        AssertSame(whole, _weights, failing, same);
    }

    [Fact]
    public void A_row_that_never_fits_is_an_error_that_says_so_and_any_other_error_passes_through()
    {
        using var decoder = (TorchTrainableDecoder)_backend.NewTrainable(_weights, frozen: false, recompute: false);
        int refused = 0;
        decoder.MicroBatches.BeforePass = tokens => RefuseAbove(8, tokens, ref refused);
        string message = Assert.Throws<InvalidOperationException>(() => decoder.Score(Batch(), null, entropy: false)).Message;
        Assert.Contains("does not fit into the memory of TorchSharp on the CPU", message, StringComparison.Ordinal);
        decoder.MicroBatches.BeforePass = _ => throw new NativeFault("The weights are on fire.");
        Assert.Throws<NativeFault>(() => decoder.Score(Batch(), null, entropy: false));
    }

    [Fact]
    public void A_model_that_is_too_large_for_the_device_is_refused_with_the_numbers()
    {
        TorchPlace place = TorchPlace.Choose("cpu", TorchPrecision.BFloat16);
        TorchMemory plan = TorchMemory.Training(_weights, place, frozen: false, isThere: false);
        long count = _weights.Count;
        Assert.InRange(plan.Needed, count * (2 + 4 + 2 + 4 + 8), (count + 1_000) * (2 + 4 + 2 + 4 + 8));
        Assert.Equal(TorchMemory.Serving(_weights, place).Needed, TorchMemory.Training(_weights, place, frozen: true, isThere: false).Needed);
        string message = Assert.Throws<InvalidOperationException>(() => (plan with { Needed = long.MaxValue }).Require(place)).Message;
        Assert.Contains("master weights", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TorchPrecision.BFloat16, 0.15)]
    [InlineData(TorchPrecision.Float16, 0.02)]
    public void Serving_in_sixteen_bits_stays_near_float32(TorchPrecision precision, double tolerance)
    {
        using TorchBackend backend = NewBackend(precision);
        using IDecoder narrow = backend.NewDecoder(_weights, 64), wide = _backend.NewDecoder(_weights, 64);
        using KeyValueCache one = narrow.NewCache(8), two = wide.NewCache(8);
        Assert.Equal(two.Bytes, 2 * one.Bytes);
        float[] found = new float[37], wanted = new float[37];
        foreach (int[] ids in (int[][])[[3, 1, 4], [1], [5]])
        {
            ForwardOrSkip(() => narrow.Forward(ids, [0, ids.Length], [one]));
            wide.Forward(ids, [0, ids.Length], [two]);
            narrow.ReadLogits(0, found);
            wide.ReadLogits(0, wanted);
            DecoderGoldenTests.AssertClose(wanted, found, tolerance * wanted.Max(MathF.Abs));
        }
    }

    [Fact]
    public void Training_in_bf16_keeps_master_weights_that_move_by_less_than_bf16_can_hold()
    {
        using TorchBackend backend = NewBackend(TorchPrecision.BFloat16);
        using ParameterBlock same = NewWeights();
        using ITrainableDecoder narrow = backend.NewTrainable(same, frozen: false, recompute: false), wide = _backend.NewTrainable(_weights, frozen: false, recompute: false);
        TokenBatch batch = Batch();
        float[] dLogProb = [.. Enumerable.Repeat(-1f, batch.Tokens)], before = same["model.norm.weight"].ToArray();
        for (int step = 0; step < 4; step++)
        {
            narrow.ScoreAndBackward(batch, dLogProb);
            wide.ScoreAndBackward(batch, dLogProb);
            Assert.Equal(1, narrow.Step(1e-5f, new OptimizerOptions()) / wide.Step(1e-5f, new OptimizerOptions()), 0.1);
        }
        narrow.ReadBack();
        wide.ReadBack();
        Assert.NotEqual(before, same["model.norm.weight"].ToArray());
        DecoderGoldenTests.AssertClose(_weights["model.norm.weight"], same["model.norm.weight"], 5e-5);
    }

    [Fact]
    public void Training_in_float16_is_refused()
    {
        using TorchBackend backend = NewBackend(TorchPrecision.Float16);
        Assert.Throws<ArgumentException>(() => backend.NewTrainable(_weights, frozen: false, recompute: false));
    }

    [Fact]
    public void A_cache_of_another_decoder_is_refused()
    {
        using IDecoder decoder = _backend.NewDecoder(_weights, 64), other = _backend.NewDecoder(_weights, 64);
        using var crew = new Crew(1);
        using var managed = new Decoder(_weights, crew);
        using KeyValueCache own = decoder.NewCache(8), others = other.NewCache(8), foreign = managed.NewCache(8);
        Assert.Throws<ArgumentException>(() => decoder.Forward([1], [0, 1], [others]));
        Assert.Throws<ArgumentException>(() => decoder.Forward([1], [0, 1], [foreign]));
        Assert.Throws<ArgumentException>(() => managed.Forward([1], [0, 1], [own]));
        Assert.Throws<ArgumentException>(() => own.CopyFrom(foreign, 0));
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("cuda:999")]
    [InlineData("")]
    public void A_device_that_is_not_there_is_an_error_that_says_what_may_stand_there(string device)
    {
        string message = Assert.Throws<ArgumentException>(() => TorchPlace.Choose(device, TorchPrecision.Auto)).Message;
        Assert.Contains($"Model:Device is \"{device}\"", message, StringComparison.Ordinal);
    }

    private static void ForwardOrSkip(Action forward)
    {
        try
        {
            forward();
        }
        catch (ExternalException failure) when (failure.Message.Contains("not implemented for 'Half'", StringComparison.Ordinal))
        {
            Assert.Skip("This libtorch does not compute in float16 on the processor.");
        }
    }

    internal static TorchBackend NewBackend(TorchPrecision precision) => new(TorchPlace.Choose("cpu", precision));

    internal static ParameterBlock NewWeights()
    {
        var weights = new ParameterBlock(Small);
        WeightInitializer.Initialize(weights, seed: 5);
        return weights;
    }

    internal static TokenBatch Batch()
    {
        int[] ids = [.. Enumerable.Range(0, 28).Select(i => i * 5 % 37)];
        return TokenBatch.NextToken(ids, [0, 5, 12, 21, 28], default);
    }

    private static void RefuseAbove(int fits, int tokens, ref int refused)
    {
        if (tokens > fits)
        {
            refused++;
            throw new NativeFault("CUDA out of memory. Tried to allocate more than there is.");
        }
    }

    private static void AssertSame(TorchTrainableDecoder one, ParameterBlock ones, TorchTrainableDecoder two, ParameterBlock twos)
    {
        using ParameterBlock wanted = one.GradientsOf(ones), found = two.GradientsOf(twos);
        float largest = wanted.Parameters.Max(p => wanted[p].ToArray().Max(MathF.Abs));
        Assert.All(wanted.Parameters, p => DecoderGoldenTests.AssertClose(wanted[p], found[p], 1e-5 * largest));
    }

    internal static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
