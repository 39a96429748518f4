namespace MicroChat.Model.Decoding;

/// <summary>Which rule moves the matrices inside the blocks; everything else always moves by AdamW.</summary>
public enum MatrixRule
{
    /// <summary>AdamW (Loshchilov &amp; Hutter 2019, arXiv:1711.05101).</summary>
    AdamW,

    /// <summary>Muon: orthogonalised momentum (Jordan et al. 2024), scaled to AdamW's usual step size (Liu et al. 2025, arXiv:2502.16982).</summary>
    Muon,
}

/// <summary>How a step changes the weights.</summary>
public sealed record OptimizerOptions
{
    /// <summary>Rule for the matrices of the blocks.</summary>
    public MatrixRule MatrixRule { get; init; }

    /// <summary>AdamW: decay of the first moment.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>AdamW: decay of the second moment.</summary>
    public float Beta2 { get; init; } = 0.95f;

    /// <summary>AdamW: added after the bias-corrected root.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Muon: decay of the momentum.</summary>
    public float Momentum { get; init; } = 0.95f;

    /// <summary>Decoupled decay of matrices, per unit of learning rate.</summary>
    public float WeightDecay { get; init; } = 0.1f;

    /// <summary>Largest global gradient norm; 0: no clip.</summary>
    public float MaxGradientNorm { get; init; } = 1f;
}
