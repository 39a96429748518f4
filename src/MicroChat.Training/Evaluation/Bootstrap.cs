namespace MicroChat.Training.Evaluation;

/// <summary>How sure a mean is, by drawing the same number of its values again and again. Source: Efron 1979.</summary>
public static class Bootstrap
{
    /// <summary>The means of resamples with given places.</summary>
    /// <param name="values">(n)</param>
    /// <param name="places">(R,n) row by row.</param>
    /// <returns>(R)</returns>
    /// <exception cref="ArgumentException">The number of places is no multiple of n.</exception>
    public static double[] Means(ReadOnlySpan<double> values, ReadOnlySpan<int> places)
    {
        if (values.IsEmpty || places.Length % values.Length != 0)
        {
            throw new ArgumentException($"There are {places.Length} places for {values.Length} values; wanted a multiple of the number of values, which is at least 1.");
        }
        double[] means = new double[places.Length / values.Length];
        for (int r = 0; r < means.Length; r++)
        {
            double sum = 0;
            foreach (int place in places.Slice(r * values.Length, values.Length))
            {
                sum += values[place];
            }
            means[r] = sum / values.Length;
        }
        return means;
    }

    /// <summary>The 95 % percentile interval of a mean.</summary>
    /// <param name="values">(n) one number per independent unit: per prompt, not per token.</param>
    /// <param name="resamples">Draws; 1,000 and more.</param>
    /// <param name="random">Where the draws come from: the same seed gives the same interval.</param>
    /// <returns>NaN for no values.</returns>
    public static Interval MeanInterval(ReadOnlySpan<double> values, int resamples, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        if (values.IsEmpty)
        {
            return new Interval(double.NaN, double.NaN);
        }
        int[] places = new int[values.Length];
        double[] means = new double[resamples];
        for (int r = 0; r < resamples; r++)
        {
            foreach (ref int place in places.AsSpan())
            {
                place = random.Next(values.Length);
            }
            means[r] = Means(values, places)[0];
        }
        return PercentileInterval(means);
    }

    /// <summary>From the 2.5th to the 97.5th percentile of resampled statistics.</summary>
    public static Interval PercentileInterval(ReadOnlySpan<double> statistics)
    {
        double[] sorted = statistics.ToArray();
        Array.Sort(sorted);
        return new Interval(Percentile(sorted, 0.025), Percentile(sorted, 0.975));
    }

    /// <summary>Standard deviation of resampled statistics, by R − 1; NaN for fewer than two.</summary>
    public static double StandardError(ReadOnlySpan<double> statistics)
    {
        double sum = 0, squares = 0;
        foreach (double value in statistics)
        {
            sum += value;
        }
        double mean = sum / statistics.Length;
        foreach (double value in statistics)
        {
            squares += (value - mean) * (value - mean);
        }
        return statistics.Length < 2 ? double.NaN : Math.Sqrt(squares / (statistics.Length - 1));
    }

    /// <summary>Between the two values around place (n − 1) q.</summary>
    private static double Percentile(double[] sorted, double q)
    {
        double place = (sorted.Length - 1) * q;
        int below = (int)place;
        return below + 1 >= sorted.Length ? sorted[^1] : sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
    }
}
