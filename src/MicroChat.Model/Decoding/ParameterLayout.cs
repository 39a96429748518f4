namespace MicroChat.Model.Decoding;

/// <summary>One tensor of a model: its name in the checkpoint, its shape, and where it lies in the block of all parameters.</summary>
/// <param name="Name">Name as in the checkpoint.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Offset">First element in the block.</param>
public sealed record Parameter(string Name, IReadOnlyList<long> Shape, long Offset)
{
    /// <summary>Number of elements.</summary>
    public long Length { get; } = Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Whether weight decay applies: to matrices, not to gains and biases.</summary>
    public bool IsMatrix => Shape.Count == 2;

    /// <summary>Whether the tensor belongs to a block rather than to the embedding, the final norm or the output.</summary>
    public bool IsInsideBlock { get; } = Name.Contains(".layers.", StringComparison.Ordinal);
}

/// <summary>Where the parts of one block lie; −1: the part does not exist. Unit: elements.</summary>
internal readonly record struct LayerOffsets(
    long AttentionNorm, long Qkv, long QkvBias, long Output, long OutputBias,
    long FeedForwardNorm, long GateUp, long GateUpBias, long Down, long DownBias);

/// <summary>
/// The one list of a decoder's parameters. What is multiplied together lies together: q, k and v are consecutive rows of one matrix,
/// gate and up of another, so that a block needs four matrix products.
/// </summary>
internal sealed class ParameterLayout
{
    /// <summary>The embedding, (V,C).</summary>
    public const string EmbeddingName = "model.embed_tokens.weight";

    /// <summary>The gain of the norm before the output, (C).</summary>
    public const string FinalNormName = "model.norm.weight";

    /// <summary>The output matrix, (V,C); absent where the embedding takes its place.</summary>
    public const string HeadName = "lm_head.weight";

    private const long LineFloats = 16; // groups start on cache lines
    private readonly List<Parameter> _parameters = [];
    private readonly Dictionary<string, Parameter> _byName;

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
        Length = Align(Length);
        Parameters = [.. _parameters];
        _byName = _parameters.ToDictionary(p => p.Name, StringComparer.Ordinal);
    }

    /// <summary>All parameters in the order of the block.</summary>
    public Parameter[] Parameters { get; }

    public LayerOffsets[] Layers { get; }

    public long Embedding { get; }

    public long FinalNorm { get; }

    /// <summary>The output matrix; the embedding's own place when tied.</summary>
    public long Head { get; }

    /// <summary>Elements of the block, gaps included.</summary>
    public long Length { get; private set; }

    public Parameter this[string name] => _byName[name];

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

    /// <summary>Adds tensors end to end, without gaps; columns 0 means vectors.</summary>
    private long AddGroup(int columns, params ReadOnlySpan<(string Name, int Rows)> members)
    {
        long start = Length = Align(Length);
        foreach ((string name, int rows) in members)
        {
            Append(name, columns == 0 ? [rows] : [rows, columns]);
        }
        return start;
    }

    private long Add(string name, params long[] shape)
    {
        Length = Align(Length);
        return Append(name, shape);
    }

    private long Append(string name, long[] shape)
    {
        var parameter = new Parameter(name, shape, Length);
        _parameters.Add(parameter);
        Length += parameter.Length;
        return parameter.Offset;
    }

    private static long Align(long length) => (length + LineFloats - 1) / LineFloats * LineFloats;
}
