namespace MicroChat.Torch;

/// <summary>Where the scores of a batch go, (T) each; empty: not wanted.</summary>
internal readonly ref struct ScoreTargets(Span<float> logProb, Span<float> entropy, Span<float> scalar)
{
    public Span<float> LogProb { get; } = logProb;

    public Span<float> Entropy { get; } = entropy;

    public Span<float> Scalar { get; } = scalar;

    /// <summary>Those of some of the tokens.</summary>
    public ScoreTargets Part(int from, int count) => new(
        LogProb.Slice(from, count), Entropy.IsEmpty ? default : Entropy.Slice(from, count), Scalar.IsEmpty ? default : Scalar.Slice(from, count));
}

/// <summary>Gradients of the scores of one group of rows, and where its log-probabilities go.</summary>
/// <param name="LogProb">(T) or empty.</param>
/// <param name="Entropy">(T) or empty.</param>
/// <param name="Scalar">(T) or empty.</param>
/// <param name="Penalised">Whether penalties of the output hold.</param>
/// <param name="Scores">(T) receives log p(target); empty: not wanted.</param>
internal readonly ref struct ScoreGradients(
    ReadOnlySpan<float> LogProb, ReadOnlySpan<float> Entropy, ReadOnlySpan<float> Scalar, bool Penalised, Span<float> Scores)
{
    public ReadOnlySpan<float> LogProb { get; } = LogProb;

    public ReadOnlySpan<float> Entropy { get; } = Entropy;

    public ReadOnlySpan<float> Scalar { get; } = Scalar;

    public bool Penalised { get; } = Penalised;

    public Span<float> Scores { get; } = Scores;

    /// <summary>Those of some of the tokens.</summary>
    public ScoreGradients Part(int from, int count) => new(
        LogProb.IsEmpty ? default : LogProb.Slice(from, count), Entropy.IsEmpty ? default : Entropy.Slice(from, count),
        Scalar.IsEmpty ? default : Scalar.Slice(from, count), Penalised, Scores.IsEmpty ? default : Scores.Slice(from, count));
}
