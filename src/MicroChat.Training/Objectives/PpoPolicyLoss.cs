namespace MicroChat.Training.Objectives;

/// <summary>What a policy loss saw; every number is a sum over the micro-batch divided by the update's count, so those of its micro-batches add up.</summary>
/// <param name="Loss">L.</param>
/// <param name="ApproxKl">Mean of half the squared log-ratio: how far the policy is from the one that sampled. Unit: nats per token.</param>
/// <param name="ApproxKl3">Mean of ratio − 1 − log ratio. Unit: nats per token.</param>
/// <param name="ClipFraction">Share of tokens whose clipped term is the larger loss.</param>
/// <param name="OutsideFraction">Share of tokens whose ratio is outside the clip range, whatever the advantage's sign.</param>
/// <param name="Ratio">Mean ratio; 1 at the first pass.</param>
/// <param name="RatioDeviation">Mean |ratio − 1|.</param>
public readonly record struct PolicyStatistics(
    double Loss, double ApproxKl, double ApproxKl3, double ClipFraction, double OutsideFraction, double Ratio, double RatioDeviation)
{
    /// <summary>Micro-batches of one update together.</summary>
    public static PolicyStatistics operator +(PolicyStatistics a, PolicyStatistics b) => new(
        a.Loss + b.Loss, a.ApproxKl + b.ApproxKl, a.ApproxKl3 + b.ApproxKl3, a.ClipFraction + b.ClipFraction,
        a.OutsideFraction + b.OutsideFraction, a.Ratio + b.Ratio, a.RatioDeviation + b.RatioDeviation);
}

/// <summary>
/// The clipped surrogate: <c>ρ = e^{ℓ − ℓ_old}</c>, <c>L = Σ m max(−Aρ, −A clip(ρ, 1 − lo, 1 + hi)) / N</c>, with dual clip at most −A c where A &lt; 0.
/// Sources: Schulman et al. 2017, eq. 7; Ye et al. 2020, eq. 5.
/// </summary>
public static class PpoPolicyLoss
{
    /// <summary>Loss, statistics and slopes of one micro-batch.</summary>
    /// <param name="logProb">(T) ℓ, of the policy now.</param>
    /// <param name="oldLogProb">(T) ℓ_old, of the policy that sampled.</param>
    /// <param name="advantages">(T)</param>
    /// <param name="mask">(T) the actions.</param>
    /// <param name="options">Clips.</param>
    /// <param name="count">N: actions of the whole update.</param>
    /// <param name="dLogProb">(T) out: dL/dℓ; 0 outside the mask and where the clip holds.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static PolicyStatistics Evaluate(
        ReadOnlySpan<double> logProb, ReadOnlySpan<double> oldLogProb, ReadOnlySpan<double> advantages, ReadOnlySpan<bool> mask,
        PpoOptions options, long count, Span<double> dLogProb)
    {
        int T = logProb.Length;
        MaskedRows.RequireTokens(oldLogProb.Length, T, nameof(oldLogProb));
        MaskedRows.RequireTokens(advantages.Length, T, nameof(advantages));
        MaskedRows.RequireTokens(mask.Length, T, nameof(mask));
        MaskedRows.RequireTokens(dLogProb.Length, T, nameof(dLogProb));
        MaskedRows.RequireCount(count, MaskedRows.Count(mask));
        dLogProb.Clear();
        PolicyStatistics sum = default;
        for (int t = 0; t < T; t++)
        {
            if (mask[t])
            {
                sum += Token(logProb[t] - oldLogProb[t], advantages[t], options, 1.0 / count, out dLogProb[t]);
            }
        }
        return sum;
    }

    private static PolicyStatistics Token(double logRatio, double advantage, PpoOptions options, double share, out double slope)
    {
        double low = 1 - options.ClipLow, high = 1 + options.ClipHigh;
        double bounded = Math.Clamp(logRatio, -options.LogRatioClamp, options.LogRatioClamp), ratio = Math.Exp(bounded);
        double plain = -advantage * ratio, clipped = -advantage * Math.Clamp(ratio, low, high), loss = Math.Max(plain, clipped);
        bool given = advantage < 0 && ratio > options.DualClip;
        if (given)
        {
            loss = -advantage * options.DualClip!.Value;
        }
        slope = clipped > plain || given || bounded != logRatio ? 0 : plain * share;
        return new PolicyStatistics(
            share * loss, share * bounded * bounded / 2, share * Logistic.ExpMinusOneMinus(bounded), clipped > plain ? share : 0,
            ratio < low || ratio > high ? share : 0, share * ratio, share * Math.Abs(ratio - 1));
    }
}
