namespace MicroChat.Model.Decoding;

/// <summary>Where the parts of one block lie; −1: the part does not exist. Unit: elements.</summary>
internal readonly record struct LayerOffsets(
    long AttentionNorm, long Qkv, long QkvBias, long Output, long OutputBias,
    long FeedForwardNorm, long GateUp, long GateUpBias, long Down, long DownBias);

/// <summary>
/// The one list of a decoder's parameters. What is multiplied together lies together: q, k and v are consecutive rows of one matrix,
/// gate and up of another, so that a block needs four matrix products.
/// </summary>
internal sealed class ParameterLayout : TensorLayout
{
    /// <summary>The embedding, (V,C).</summary>
    public const string EmbeddingName = "model.embed_tokens.weight";

    /// <summary>The gain of the norm before the output, (C).</summary>
    public const string FinalNormName = "model.norm.weight";

    /// <summary>The output matrix, (V,C); absent where the embedding takes its place.</summary>
    public const string HeadName = "lm_head.weight";

    public ParameterLayout(DecoderConfig config)
    {
        int C = config.Width, V = config.VocabularySize;
        Embedding = Add(EmbeddingName, V, C);
        Layers = new LayerOffsets[config.Layers];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            Layers[layer] = AddLayer(config, $"model.layers.{layer}.");
        }
        FinalNorm = Add(FinalNormName, C);
        Head = config.TieEmbeddings ? Embedding : Add(HeadName, V, C);
        Complete();
    }

    public LayerOffsets[] Layers { get; }

    public long Embedding { get; }

    public long FinalNorm { get; }

    /// <summary>The output matrix; the embedding's own place when tied.</summary>
    public long Head { get; }

    /// <summary>A matrix's name without what tells it from its bias: the module's name.</summary>
    public static string ModuleOf(Parameter matrix) => matrix.Name[..^".weight".Length];

    /// <summary>Names of the linear layers inside the blocks, in order.</summary>
    public IEnumerable<string> LinearModules() => Parameters.Where(p => p.IsMatrix && p.IsInsideBlock).Select(ModuleOf);

    /// <summary>Names of everything that can have an adapter: the linear layers, then embedding and output.</summary>
    public IEnumerable<string> AdaptableModules() => [.. LinearModules(), EmbeddingName[..^".weight".Length], HeadName[..^".weight".Length]];

    /// <summary>The matrices that one fused product of a block consists of: consecutive rows.</summary>
    public Parameter[] MatricesOf(int layer, BlockLinear linear)
    {
        LayerOffsets at = Layers[layer];
        (long from, long to) = linear switch
        {
            BlockLinear.Qkv => (at.Qkv, at.Output),
            BlockLinear.Output => (at.Output, at.FeedForwardNorm),
            BlockLinear.GateUp => (at.GateUp, at.Down),
            _ => (at.Down, at.Down + 1),
        };
        return [.. Parameters.Where(p => p.IsMatrix && p.Offset >= from && p.Offset < to)];
    }

    private LayerOffsets AddLayer(DecoderConfig config, string prefix)
    {
        int C = config.Width, F = config.FeedForward;
        int q = config.Heads * config.HeadSize, kv = config.KeyValueHeads * config.HeadSize;
        string attention = prefix + "self_attn.", mlp = prefix + "mlp.";
        return new LayerOffsets(
            AttentionNorm: Add(prefix + "input_layernorm.weight", C),
            Qkv: AddGroup(C, (attention + "q_proj.weight", q), (attention + "k_proj.weight", kv), (attention + "v_proj.weight", kv)),
            QkvBias: config.AttentionBias ? AddGroup(0, (attention + "q_proj.bias", q), (attention + "k_proj.bias", kv), (attention + "v_proj.bias", kv)) : -1,
            Output: Add(attention + "o_proj.weight", C, q),
            OutputBias: config.AttentionBias ? Add(attention + "o_proj.bias", C) : -1,
            FeedForwardNorm: Add(prefix + "post_attention_layernorm.weight", C),
            GateUp: AddGroup(C, (mlp + "gate_proj.weight", F), (mlp + "up_proj.weight", F)),
            GateUpBias: config.FeedForwardBias ? AddGroup(0, (mlp + "gate_proj.bias", F), (mlp + "up_proj.bias", F)) : -1,
            Down: Add(mlp + "down_proj.weight", C, F),
            DownBias: config.FeedForwardBias ? Add(mlp + "down_proj.bias", C) : -1);
    }
}
