using MicroChat.Model.Decoding;

namespace MicroChat.Benchmarks;

/// <summary>The shapes that peers were measured with; weights are random.</summary>
internal static class ModelShapes
{
    private static readonly DecoderConfig Small = new()
    {
        ModelType = "llama", VocabularySize = 8_192, Width = 384, Layers = 8, Heads = 6, KeyValueHeads = 6, HeadSize = 64, FeedForward = 1_024,
        ContextTokens = 1_024, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true,
    };

    /// <summary>"small", "embedded" (the model in models/) or "135M" (SmolLM2-135M's shape).</summary>
    public static DecoderConfig Get(string name) => name switch
    {
        "small" => Small,
        "embedded" => Small with { Layers = 6, KeyValueHeads = 2 },
        "135M" => Small with { VocabularySize = 49_152, Width = 576, Layers = 30, Heads = 9, KeyValueHeads = 3, FeedForward = 1_536, ContextTokens = 2_048, RopeTheta = 100_000 },
        _ => throw new ArgumentException($"\"{name}\" is no shape; say small, embedded or 135M."),
    };

    /// <summary>Multiplications and additions of a training step per token, attention at half its square (Kaplan et al. 2020, §2.1: three passes).</summary>
    public static double TrainingFlops(DecoderConfig config, int rowTokens)
    {
        using var layout = new ParameterBlock(config);
        double matrices = layout.Parameters.Where(p => p.IsMatrix && p.IsInsideBlock).Sum(p => (double)p.Length) + ((double)config.VocabularySize * config.Width);
        double attention = 2.0 * config.Layers * config.Heads * config.HeadSize * rowTokens / 2;
        return 6 * (matrices + attention);
    }
}
