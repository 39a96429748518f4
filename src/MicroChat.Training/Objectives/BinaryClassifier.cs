using MicroChat.Kernels;

namespace MicroChat.Training.Objectives;

/// <summary>A mean over everything that was ever added; its two numbers are its whole state.</summary>
/// <param name="Count">How many.</param>
/// <param name="Mean">Their mean; 0 for none.</param>
public readonly record struct RunningMean(long Count, double Mean)
{
    /// <summary>The mean with more values.</summary>
    public RunningMean With(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }
        long count = Count + values.Length;
        return count == 0 ? this : new RunningMean(count, ((Mean * Count) + sum) / count);
    }
}

/// <summary>
/// BCO: a reply's implicit reward <c>r = β Σ m (ℓ − ℓ_ref)</c> as a classifier of thumbs: up <c>−log σ(r − δ)</c>, down <c>−log σ(δ − r)</c>, mean over the replies.
/// δ, without gradient, is the running mean of all rewards, those of the current update included. Source: Jung et al. 2024.
/// </summary>
public static class BinaryClassifier
{
    /// <summary>Loss, statistics and slopes of one micro-batch of replies that all weigh 1.</summary>
    /// <inheritdoc cref="Evaluate(ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{bool}, ReadOnlySpan{int}, ReadOnlySpan{bool}, ReadOnlySpan{double}, double, double, long, Span{double})"/>
    public static RatingStatistics Evaluate(
        ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts, ReadOnlySpan<bool> up,
        double beta, double shift, long count, Span<double> dLogProb) =>
        Evaluate(logProb, reference, mask, rowStarts, up, [], beta, shift, count, dLogProb);

    /// <summary>Loss, statistics and slopes of one micro-batch. Arguments as in <see cref="KahnemanTversky"/>.</summary>
    /// <param name="logProb">(T)</param>
    /// <param name="reference">(T)</param>
    /// <param name="mask">(T)</param>
    /// <param name="rowStarts">(B + 1)</param>
    /// <param name="up">(B)</param>
    /// <param name="weights">(B), or empty: 1 each.</param>
    /// <param name="beta">β.</param>
    /// <param name="shift">δ.</param>
    /// <param name="count">Replies of the whole update.</param>
    /// <param name="dLogProb">(T) out: dL/dℓ.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static RatingStatistics Evaluate(
        ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts, ReadOnlySpan<bool> up,
        ReadOnlySpan<double> weights, double beta, double shift, long count, Span<double> dLogProb)
    {
        double[] ratios = KahnemanTversky.LogRatios(logProb, reference, mask, rowStarts);
        Shape.Require(up.Length == ratios.Length, up.Length, $"the number of rows, {ratios.Length}");
        Shape.Require(weights.IsEmpty || weights.Length == ratios.Length, weights.Length, $"0, or the number of rows, {ratios.Length}");
        MaskedRows.RequireTokens(dLogProb.Length, logProb.Length, nameof(dLogProb));
        MaskedRows.RequireCount(count, ratios.Length);
        RatingStatistics sum = default;
        for (int b = 0; b < ratios.Length; b++)
        {
            double share = (weights.IsEmpty ? 1 : weights[b]) / count, sign = up[b] ? 1 : -1, reward = beta * ratios[b], z = sign * (reward - shift);
            double loss = -share * Logistic.LogSigmoid(z);
            MaskedRows.Fill(mask, rowStarts[b], rowStarts[b + 1], -sign * share * beta * Logistic.Sigmoid(-z), dLogProb);
            sum += up[b]
                ? new RatingStatistics(loss, share * reward, 0, share, 0)
                : new RatingStatistics(loss, 0, share * reward, 0, share);
        }
        return sum;
    }
}
