namespace MicroChat.Training.Objectives;

/// <summary>Mean and spread of the counted values, and values scaled by them.</summary>
public static class Whitening
{
    private const double Epsilon = 1e-8;

    /// <summary>Mean and variance over the counted values, in two passes so that a large mean costs no digits.</summary>
    /// <param name="x">(T)</param>
    /// <param name="mask">(T)</param>
    /// <param name="unbiased">Divide the variance by n − 1 and not by n; of a single value it is 0 either way.</param>
    /// <returns>0 and 0 when nothing counts.</returns>
    public static (double Mean, double Variance) Moments(ReadOnlySpan<double> x, ReadOnlySpan<bool> mask, bool unbiased)
    {
        MaskedRows.RequireTokens(mask.Length, x.Length, nameof(mask));
        int count = MaskedRows.Count(mask);
        if (count == 0)
        {
            return (0, 0);
        }
        double sum = 0, squares = 0;
        for (int t = 0; t < x.Length; t++)
        {
            sum += mask[t] ? x[t] : 0;
        }
        double mean = sum / count;
        for (int t = 0; t < x.Length; t++)
        {
            double away = mask[t] ? x[t] - mean : 0;
            squares += away * away;
        }
        return (mean, squares / Math.Max(1, unbiased ? count - 1 : count));
    }

    /// <summary>x ← (x − mean) / √(variance + 1e-8) where the mask is true, 0 elsewhere.</summary>
    /// <param name="x">(T) in place.</param>
    /// <param name="mask">(T)</param>
    /// <param name="unbiased">Variance by n − 1.</param>
    /// <param name="keepMean">Adds the mean again, so that only the scale changes (rewards).</param>
    public static void Apply(Span<double> x, ReadOnlySpan<bool> mask, bool unbiased, bool keepMean)
    {
        (double mean, double variance) = Moments(x, mask, unbiased);
        double scale = 1 / Math.Sqrt(variance + Epsilon);
        for (int t = 0; t < x.Length; t++)
        {
            x[t] = mask[t] ? ((x[t] - mean) * scale) + (keepMean ? mean : 0) : 0;
        }
    }
}
