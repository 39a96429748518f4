namespace MicroChat.Training.Objectives;

/// <summary>How the divergence from the reference is estimated from the sampled token alone, with Δ = ℓ − ℓ_ref.</summary>
public enum KlEstimator
{
    /// <summary>Δ: unbiased, may be negative. The one for rewards.</summary>
    K1,

    /// <summary>Δ²/2: biased; as a loss it has the right slope on-policy.</summary>
    K2,

    /// <summary>e^−Δ − 1 + Δ: unbiased, never negative; in rewards and as a loss its slope is biased.</summary>
    K3,
}

/// <summary>Estimates of KL(policy ‖ reference) per token. Source: Schulman 2020, "Approximating KL divergence".</summary>
public static class KlEstimate
{
    /// <summary>Largest −Δ whose exponential is taken: beyond it k3 would be infinite.</summary>
    private const double LargestExponent = 700;

    /// <summary>The estimate for one token. Unit: nats.</summary>
    public static double Of(double logProb, double reference, KlEstimator estimator)
    {
        double delta = logProb - reference;
        return estimator switch
        {
            KlEstimator.K1 => delta,
            KlEstimator.K2 => delta * delta / 2,
            _ => Logistic.ExpMinusOneMinus(Math.Min(-delta, LargestExponent)),
        };
    }

    /// <summary>The masked mean as a loss of its own: <c>L = Σ m k / N</c>.</summary>
    /// <param name="logProb">(T) ℓ.</param>
    /// <param name="reference">(T) ℓ_ref.</param>
    /// <param name="mask">(T)</param>
    /// <param name="estimator">k1 has no slope on average: use k2 here.</param>
    /// <param name="count">N: counted tokens of the whole update.</param>
    /// <param name="dLogProb">(T) out: dL/dℓ.</param>
    /// <returns>L; those of an update's micro-batches add up.</returns>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static double Evaluate(
        ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, KlEstimator estimator, long count, Span<double> dLogProb)
    {
        MaskedRows.RequireTokens(reference.Length, logProb.Length, nameof(reference));
        MaskedRows.RequireTokens(mask.Length, logProb.Length, nameof(mask));
        MaskedRows.RequireTokens(dLogProb.Length, logProb.Length, nameof(dLogProb));
        MaskedRows.RequireCount(count, MaskedRows.Count(mask));
        double sum = 0;
        for (int t = 0; t < mask.Length; t++)
        {
            dLogProb[t] = 0;
            if (mask[t])
            {
                sum += Of(logProb[t], reference[t], estimator);
                dLogProb[t] = Slope(logProb[t] - reference[t], estimator) / count;
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    private static double Slope(double delta, KlEstimator estimator) => estimator switch
    {
        KlEstimator.K1 => 1,
        KlEstimator.K2 => delta,
        _ => -delta > LargestExponent ? 0 : 1 - Math.Exp(-delta),
    };
}
