namespace MicroChat.Model.Decoding;

/// <summary>The shape of a decoder and the constants of its arithmetic; everything that config.json decides. Units: tokens, channels.</summary>
public sealed record DecoderConfig
{
    /// <summary>The family's name in config.json: "llama" …</summary>
    public required string ModelType { get; init; }

    /// <summary>V: rows of the embedding.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>C: channels of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>H: query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Hkv: key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>D: channels of a head. Need not be Width / Heads.</summary>
    public required int HeadSize { get; init; }

    /// <summary>F: channels inside the feed-forward branch.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Longest sequence that the model was trained for. Unit: tokens.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>Added to the mean square under the norm's root.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>How the rotary frequencies are stretched; null: they are not.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Whether the output matrix is the embedding.</summary>
    public bool TieEmbeddings { get; init; }

    /// <summary>Whether q, k, v and o have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether gate, up and down have biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>First token of a sequence; null: none.</summary>
    public int? BeginTokenId { get; init; }

    /// <summary>Tokens that end a reply; may be empty.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>Filler token; null: none. Batches here are ragged, so nothing is ever padded.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public float InitializerRange { get; init; } = 0.02f;

    /// <summary>Whether another decoder's tensors and activations have the same sizes; special tokens and constants may differ.</summary>
    internal bool HasShapeOf(DecoderConfig other) =>
        (VocabularySize, Width, Layers, Heads, KeyValueHeads, HeadSize, FeedForward)
        == (other.VocabularySize, other.Width, other.Layers, other.Heads, other.KeyValueHeads, other.HeadSize, other.FeedForward);
}

/// <summary>The parameters of config.json's rope_scaling or rope_parameters; what a kind does not use is null.</summary>
public sealed record RopeScaling
{
    /// <summary>"linear", "dynamic", "llama3", "yarn", "longrope".</summary>
    public required string Kind { get; init; }

    /// <summary>How many times longer the context becomes.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Context before stretching; null: <see cref="DecoderConfig.ContextTokens"/>. Unit: tokens.</summary>
    public int? OriginalContextTokens { get; init; }

    /// <summary>llama3: wavelengths above original / this are divided by the factor.</summary>
    public double? LowFrequencyFactor { get; init; }

    /// <summary>llama3: wavelengths below original / this are kept.</summary>
    public double? HighFrequencyFactor { get; init; }

    /// <summary>yarn: multiplies cos and sin; null: by the family's rule.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>yarn: rotations at which the ramp begins; null: 32.</summary>
    public double? BetaFast { get; init; }

    /// <summary>yarn: rotations at which the ramp ends; null: 1.</summary>
    public double? BetaSlow { get; init; }

    /// <summary>yarn: quotient of magnitudes; null: not used.</summary>
    public double? MagnitudeScale { get; init; }

    /// <summary>yarn: divisor of the quotient of magnitudes; null: not used.</summary>
    public double? MagnitudeScaleAllDims { get; init; }

    /// <summary>yarn: whether the ramp's bounds are rounded to whole dimensions.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>longrope: each frequency's divisor while the sequence is within the original context, (D/2).</summary>
    public IReadOnlyList<double>? ShortFactors { get; init; }

    /// <summary>longrope: each frequency's divisor for longer sequences, (D/2).</summary>
    public IReadOnlyList<double>? LongFactors { get; init; }
}
