namespace MicroChat.Model.Decoding;

/// <summary>
/// A fresh low-rank adapter (Hu et al. 2021, arXiv:2106.09685): every chosen linear layer W becomes W + scale·B·A. There is no dropout: the
/// ratio of new to old probabilities must be 1 before the first update, and the adapter's own rank regularises.
/// </summary>
public sealed record LoraOptions
{
    /// <summary>Every linear layer of the blocks.</summary>
    public static IReadOnlyList<string> AllLinear { get; } = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    /// <summary>r: rows of A, columns of B.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The delta is multiplied by Alpha / Rank, or Alpha / √Rank when <see cref="RankStabilized"/>.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Whether the scale divides by √Rank (Kalajdzievski 2023, arXiv:2312.03732).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Last parts of the names of the layers that get an adapter.</summary>
    public IReadOnlyList<string> Targets { get; init; } = AllLinear;
}

/// <summary>One linear layer with an adapter.</summary>
/// <param name="Name">The layer's name without ".weight": model.layers.0.self_attn.q_proj.</param>
/// <param name="Rank">r.</param>
/// <param name="Alpha">Numerator of the scale.</param>
/// <param name="RankStabilized">Whether the scale divides by √r rather than r.</param>
public sealed record LoraModule(string Name, int Rank, double Alpha, bool RankStabilized)
{
    /// <summary>What the product B·A is multiplied by.</summary>
    public float Scale => (float)(Alpha / (RankStabilized ? Math.Sqrt(Rank) : Rank));
}
