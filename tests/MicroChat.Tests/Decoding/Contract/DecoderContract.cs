using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding.Contract;

/// <summary>
/// What every backend must do alike, whatever computes: the managed decoders are the first implementation, and what the others are compared
/// with where no reference implementation's numbers are at hand.
/// </summary>
public abstract class DecoderContract : IDisposable
{
    protected static readonly DecoderConfig Small = new()
    {
        ModelType = "llama", VocabularySize = 37, Width = 24, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadSize = 8, FeedForward = 40,
        ContextTokens = 64, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true, InitializerRange = 0.3f,
    };

    private IComputeBackend? _backend;

    /// <summary>The backend under test.</summary>
    protected IComputeBackend Backend => _backend ??= NewBackend();

    /// <summary>Threads of the managed decoders.</summary>
    protected Crew Crew { get; } = new(2);

    /// <summary>Largest error of a log-probability or logit against the reference. Unit: nats.</summary>
    protected virtual double Tolerance => 1e-4;

    /// <summary>Largest error of a gradient, as a share of the largest one.</summary>
    protected virtual double GradientTolerance => 2e-5;

    /// <summary>Makes the backend.</summary>
    protected abstract IComputeBackend NewBackend();

    /// <summary>A copy of the sums of gradients of a base or an adapter; the caller disposes it.</summary>
    protected abstract ParameterBlock GradientsOf(ITrainableDecoder decoder, ParameterBlock weights);

    /// <summary>Forgets the gradients of a base or an adapter.</summary>
    protected abstract void ClearGradients(ITrainableDecoder decoder, ParameterBlock weights);

    public void Dispose()
    {
        _backend?.Dispose();
        Crew.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Shapes that differ in what they have: tied or not, biases, grouped heads, frequencies.</summary>
    public static TheoryData<string> Shapes => ["tied", "untied", "biases", "one key head", "as many key heads", "dynamic"];

    protected static DecoderConfig ShapeOf(string name) => name switch
    {
        "untied" => Small with { TieEmbeddings = false },
        "biases" => Small with { TieEmbeddings = false, AttentionBias = true, FeedForwardBias = true },
        "one key head" => Small with { KeyValueHeads = 1 },
        "as many key heads" => Small with { KeyValueHeads = 4 },
        "dynamic" => Small with { ContextTokens = 8, RopeScaling = new RopeScaling { Kind = "dynamic", Factor = 2 } },
        _ => Small,
    };

    protected static ParameterBlock NewWeights(DecoderConfig config, int seed = 5)
    {
        var weights = new ParameterBlock(config);
        WeightInitializer.Initialize(weights, seed);
        var random = new Random(seed);
        foreach (Parameter bias in weights.Parameters.Where(p => p.Name.EndsWith("bias", StringComparison.Ordinal)))
        {
            Draw(random, (int)bias.Length).CopyTo(weights[bias]);
        }
        return weights;
    }

    protected static ParameterBlock CopyOf(ParameterBlock weights)
    {
        ParameterBlock copy = weights.NewLike();
        foreach (Parameter parameter in weights.Parameters)
        {
            weights[parameter].CopyTo(copy[parameter]);
        }
        return copy;
    }

    protected static TokenBatch DrawBatch(Random random, int vocabulary, params int[] lengths)
    {
        var starts = new List<int> { 0 };
        foreach (int length in lengths)
        {
            starts.Add(starts[^1] + length);
        }
        int[] ids = [.. Enumerable.Range(0, starts[^1]).Select(_ => random.Next(vocabulary))];
        return TokenBatch.NextToken(ids, [.. starts], default);
    }

    protected static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];

    protected static double Largest(ParameterBlock block)
    {
        double largest = 0;
        foreach (Parameter parameter in block.Parameters)
        {
            foreach (float value in block[parameter])
            {
                largest = Math.Max(largest, Math.Abs(value));
            }
        }
        return largest;
    }

    /// <summary>Every number of two blocks agrees within a share of the largest.</summary>
    protected static void AssertSame(ParameterBlock wanted, ParameterBlock found, double share)
    {
        double tolerance = share * Math.Max(Largest(wanted), 1e-6);
        Assert.All(wanted.Parameters, p => DecoderGoldenTests.AssertClose(wanted[p], found[p], tolerance));
    }
}
