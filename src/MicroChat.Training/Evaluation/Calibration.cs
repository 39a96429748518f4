namespace MicroChat.Training.Evaluation;

/// <summary>A bin of predictions.</summary>
/// <param name="Count">Predictions in it.</param>
/// <param name="MeanProbability">What was predicted; NaN for none.</param>
/// <param name="Share">What came; NaN for none.</param>
public readonly record struct ReliabilityBin(int Count, double MeanProbability, double Share);

/// <summary>Whether predicted probabilities come true as often as they say.</summary>
/// <param name="Bins">Ten bins of equal width.</param>
/// <param name="ExpectedError">Σ n_k/n |mean probability − share|: ECE (Naeini et al. 2015).</param>
/// <param name="LargestError">The largest of the bins: MCE.</param>
/// <param name="Brier">Mean (p − y)².</param>
/// <param name="LogLoss">Mean −log of the probability of what came, p within 1e-7 of 0 and 1. Unit: nats.</param>
public sealed record Calibration(IReadOnlyList<ReliabilityBin> Bins, double ExpectedError, double LargestError, double Brier, double LogLoss)
{
    private const int BinCount = 10;
    private const double Edge = 1e-7;

    /// <summary>Measures predictions.</summary>
    /// <param name="probabilities">Each from 0 to 1.</param>
    /// <param name="came">Whether it came true.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a probability is none.</exception>
    public static Calibration Of(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> came)
    {
        SameLength.Require(probabilities.Length, came.Length);
        int[] counts = new int[BinCount];
        double[] sums = new double[BinCount], positives = new double[BinCount];
        double brier = 0, logLoss = 0;
        for (int i = 0; i < came.Length; i++)
        {
            double p = probabilities[i], y = came[i] ? 1 : 0;
            if (!(p is >= 0 and <= 1))
            {
                throw new ArgumentException($"Prediction {i} is {p}; it must be a probability from 0 to 1.", nameof(probabilities));
            }
            int bin = Math.Min(BinCount - 1, (int)(p * BinCount));
            counts[bin]++;
            sums[bin] += p;
            positives[bin] += y;
            brier += (p - y) * (p - y);
            double bounded = Math.Clamp(p, Edge, 1 - Edge);
            logLoss -= came[i] ? Math.Log(bounded) : Math.Log(1 - bounded);
        }
        ReliabilityBin[] bins = [.. counts.Select((n, k) => new ReliabilityBin(n, sums[k] / n, positives[k] / n))];
        double[] errors = [.. bins.Select(bin => bin.Count == 0 ? 0 : Math.Abs(bin.MeanProbability - bin.Share))];
        double n = came.Length;
        return new Calibration(bins, bins.Zip(errors, (bin, error) => bin.Count / n * error).Sum(), errors.Max(), brier / n, logLoss / n);
    }
}
