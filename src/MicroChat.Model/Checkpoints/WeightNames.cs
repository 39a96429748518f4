using MicroChat.Model.Decoding;

namespace MicroChat.Model.Checkpoints;

/// <summary>A tensor that a config calls for.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Shape">Its sizes; matrices are (out, in).</param>
public sealed record WeightName(string Name, IReadOnlyList<long> Shape);

/// <summary>Names and shapes of a decoder's weights as the family's checkpoints have them.</summary>
public static class WeightNames
{
    /// <summary>The embedding, (V,C).</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>The gain of the norm before the head, (C).</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>The output matrix, (V,C); absent where the embedding takes its place.</summary>
    public const string Head = "lm_head.weight";

    /// <summary>A tensor of one block: <c>Layer(3, "self_attn.q_proj.weight")</c>.</summary>
    public static string Layer(int layer, string rest) => $"model.layers.{layer}.{rest}";

    /// <summary>Every tensor of the model in the order of the forward pass.</summary>
    public static IReadOnlyList<WeightName> Of(DecoderConfig config)
    {
        long C = config.Width;
        var names = new List<WeightName> { new(Embedding, [config.VocabularySize, C]) };
        for (int layer = 0; layer < config.Layers; layer++)
        {
            AddLayer(names, config, layer);
        }
        names.Add(new WeightName(FinalNorm, [C]));
        if (!config.TieEmbeddings)
        {
            names.Add(new WeightName(Head, [config.VocabularySize, C]));
        }
        return names;
    }

    /// <summary>Whether old files carry such a tensor although nothing needs it: precomputed frequencies, or a copy of a tied head.</summary>
    internal static bool IsIgnorable(string name, DecoderConfig config) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TieEmbeddings && name == Head);

    private static void AddLayer(List<WeightName> names, DecoderConfig config, int layer)
    {
        long C = config.Width, F = config.FeedForward;
        long queries = (long)config.Heads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        names.Add(new WeightName(Layer(layer, "input_layernorm.weight"), [C]));
        AddMatrix(names, Layer(layer, "self_attn.q_proj"), queries, C, config.AttentionBias);
        AddMatrix(names, Layer(layer, "self_attn.k_proj"), keys, C, config.AttentionBias);
        AddMatrix(names, Layer(layer, "self_attn.v_proj"), keys, C, config.AttentionBias);
        AddMatrix(names, Layer(layer, "self_attn.o_proj"), C, queries, config.AttentionBias);
        names.Add(new WeightName(Layer(layer, "post_attention_layernorm.weight"), [C]));
        AddMatrix(names, Layer(layer, "mlp.gate_proj"), F, C, config.FeedForwardBias);
        AddMatrix(names, Layer(layer, "mlp.up_proj"), F, C, config.FeedForwardBias);
        AddMatrix(names, Layer(layer, "mlp.down_proj"), C, F, config.FeedForwardBias);
    }

    private static void AddMatrix(List<WeightName> names, string name, long rows, long columns, bool hasBias)
    {
        names.Add(new WeightName(name + ".weight", [rows, columns]));
        if (hasBias)
        {
            names.Add(new WeightName(name + ".bias", [rows]));
        }
    }
}
