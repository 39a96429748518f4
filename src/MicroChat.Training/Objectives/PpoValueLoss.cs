namespace MicroChat.Training.Objectives;

/// <summary>What a value loss saw; the numbers of an update's micro-batches add up.</summary>
/// <param name="Loss">L, with the coefficient.</param>
/// <param name="PlainLoss">L without the coefficient.</param>
/// <param name="ClipFraction">Share of tokens whose clipped error is the larger.</param>
/// <param name="Error">Mean (V − R)². Unit: the score's, squared.</param>
public readonly record struct ValueStatistics(double Loss, double PlainLoss, double ClipFraction, double Error)
{
    /// <summary>Micro-batches of one update together.</summary>
    public static ValueStatistics operator +(ValueStatistics a, ValueStatistics b) =>
        new(a.Loss + b.Loss, a.PlainLoss + b.PlainLoss, a.ClipFraction + b.ClipFraction, a.Error + b.Error);
}

/// <summary>
/// The clipped squared error of the value head: <c>L = c · ½ Σ m max((V − R)², (clip(V, V_old ± ε) − R)²) / N</c>. Source: Ziegler et al. 2019.
/// </summary>
public static class PpoValueLoss
{
    /// <summary>Loss, statistics and slopes of one micro-batch.</summary>
    /// <param name="values">(T) V, of the head now.</param>
    /// <param name="oldValues">(T) V_old, of the head at the rollout.</param>
    /// <param name="returns">(T) R.</param>
    /// <param name="mask">(T) the actions.</param>
    /// <param name="options">Clip and coefficient.</param>
    /// <param name="count">N: actions of the whole update.</param>
    /// <param name="dValues">(T) out: dL/dV.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static ValueStatistics Evaluate(
        ReadOnlySpan<double> values, ReadOnlySpan<double> oldValues, ReadOnlySpan<double> returns, ReadOnlySpan<bool> mask,
        PpoOptions options, long count, Span<double> dValues)
    {
        int T = values.Length;
        MaskedRows.RequireTokens(oldValues.Length, T, nameof(oldValues));
        MaskedRows.RequireTokens(returns.Length, T, nameof(returns));
        MaskedRows.RequireTokens(mask.Length, T, nameof(mask));
        MaskedRows.RequireTokens(dValues.Length, T, nameof(dValues));
        MaskedRows.RequireCount(count, MaskedRows.Count(mask));
        double clip = options.ValueClip ?? double.PositiveInfinity, share = 1.0 / Math.Max(1, count);
        dValues.Clear();
        ValueStatistics sum = default;
        for (int t = 0; t < T; t++)
        {
            if (!mask[t])
            {
                continue;
            }
            double away = values[t] - returns[t], bounded = Math.Clamp(values[t], oldValues[t] - clip, oldValues[t] + clip) - returns[t];
            double error = away * away, boundedError = bounded * bounded, loss = share * Math.Max(error, boundedError) / 2;
            bool holds = boundedError > error;
            dValues[t] = holds ? 0 : options.ValueCoefficient * share * away;
            sum += new ValueStatistics(options.ValueCoefficient * loss, loss, holds ? share : 0, share * error);
        }
        return sum;
    }

    /// <summary>1 − mean (V − R)² / variance of R: 1 is perfect, 0 no better than the mean. NaN when the returns are all the same.</summary>
    public static double ExplainedVariance(ReadOnlySpan<double> values, ReadOnlySpan<double> returns, ReadOnlySpan<bool> mask)
    {
        MaskedRows.RequireTokens(values.Length, returns.Length, nameof(values));
        double variance = Whitening.Moments(returns, mask, unbiased: false).Variance, error = 0;
        for (int t = 0; t < mask.Length; t++)
        {
            double away = mask[t] ? values[t] - returns[t] : 0;
            error += away * away;
        }
        return variance > 0 ? 1 - (error / MaskedRows.Count(mask) / variance) : double.NaN;
    }
}
