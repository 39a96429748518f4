namespace MicroChat.Training.Evaluation;

/// <summary>How far samples are from the policy they are used for.</summary>
/// <param name="Mean">Mean weight e^(ℓ_now − ℓ_then); 1 on average for fresh samples.</param>
/// <param name="TruncatedMean">Mean of the weights cut at the cap.</param>
/// <param name="EffectiveSamples">(Σ w)² / Σ w²: as many fresh samples would say as much (Kish 1965).</param>
/// <param name="EffectiveShare">The same as a share of all samples.</param>
public readonly record struct ImportanceWeights(double Mean, double TruncatedMean, double EffectiveSamples, double EffectiveShare)
{
    /// <summary>Weighs samples by their log-ratios; the largest is taken out, so that none overflows the effective number.</summary>
    /// <param name="logRatios">ℓ_now − ℓ_then.</param>
    /// <param name="cap">Where weights are cut; 2 is usual.</param>
    public static ImportanceWeights Of(ReadOnlySpan<double> logRatios, double cap)
    {
        double largest = double.NegativeInfinity, sum = 0, squares = 0, truncated = 0, n = logRatios.Length;
        foreach (double logRatio in logRatios)
        {
            largest = Math.Max(largest, logRatio);
        }
        foreach (double logRatio in logRatios)
        {
            double scaled = Math.Exp(logRatio - largest);
            sum += scaled;
            squares += scaled * scaled;
            truncated += Math.Min(cap, Math.Exp(logRatio));
        }
        double effective = sum * sum / squares;
        return new ImportanceWeights(sum * Math.Exp(largest) / n, truncated / n, effective, effective / n);
    }
}

/// <summary>The simplest optimiser against a reward model: sample n, keep the best.</summary>
public static class BestOfN
{
    /// <summary>Divergence of the best of n from a single sample: <c>ln n − (n − 1)/n</c>. Unit: nats. Source: Stiennon et al. 2020, appendix G.3.</summary>
    public static double Divergence(int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        return Math.Log(n) - ((n - 1.0) / n);
    }
}
