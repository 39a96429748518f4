namespace MicroChat.Training.Evaluation;

/// <summary>What the distance of two answers means.</summary>
public enum AnswerScale
{
    /// <summary>Answers are equal or not.</summary>
    Nominal,

    /// <summary>Answers have an order; the distance is how many ratings lie between them.</summary>
    Ordinal,

    /// <summary>Answers are numbers; the distance is their difference.</summary>
    Interval,
}

/// <summary>
/// Agreement of any number of raters with gaps: α = 1 − observed / expected disagreement, from the coincidences of values within the things that
/// were rated at least twice. 1 is agreement, 0 chance. Source: Krippendorff 2004, "Content Analysis", ch. 11.
/// </summary>
public static class KrippendorffAlpha
{
    /// <summary>Measures.</summary>
    /// <param name="votes">All votes.</param>
    /// <param name="items">Number of things.</param>
    /// <param name="raters">Number of people.</param>
    /// <param name="answers">Number of different answers; on the interval scale an answer's number is its value.</param>
    /// <param name="scale">What the distance of two answers means.</param>
    /// <returns>α; NaN when fewer than two values can be compared or all are equal.</returns>
    /// <exception cref="ArgumentException">A vote is out of range.</exception>
    public static double Of(ReadOnlySpan<Vote> votes, int items, int raters, int answers, AnswerScale scale)
    {
        Vote.Require(votes, items, raters, answers);
        double[,] coincidences = Coincidences(Vote.Count(votes, items, answers));
        double[] values = new double[answers];                                             // ratings per answer, among those that can be compared
        foreach (int i in Enumerable.Range(0, answers))
        {
            values[i] = Enumerable.Range(0, answers).Sum(j => coincidences[i, j]);
        }
        double observed = 0, expected = 0, n = values.Sum();
        for (int i = 0; i < answers; i++)
        {
            for (int j = 0; j < answers; j++)
            {
                double distance = Distance(i, j, values, scale);
                observed += coincidences[i, j] * distance;
                expected += values[i] * values[j] * distance / (n - 1);
            }
        }
        return expected > 0 ? 1 - (observed / expected) : double.NaN;
    }

    /// <summary>(answers,answers): how often two ratings of one thing are this pair; a thing with m ratings counts m times in all.</summary>
    private static double[,] Coincidences(int[,] counts)
    {
        int items = counts.GetLength(0), answers = counts.GetLength(1);
        double[,] pairs = new double[answers, answers];
        for (int item = 0; item < items; item++)
        {
            int ratings = Enumerable.Range(0, answers).Sum(a => counts[item, a]);
            for (int i = 0; i < answers && ratings > 1; i++)
            {
                for (int j = 0; j < answers; j++)
                {
                    pairs[i, j] += counts[item, i] * (double)(counts[item, j] - (i == j ? 1 : 0)) / (ratings - 1);
                }
            }
        }
        return pairs;
    }

    /// <summary>Squared distance of two answers.</summary>
    private static double Distance(int i, int j, double[] values, AnswerScale scale)
    {
        if (i == j)
        {
            return 0;
        }
        if (scale == AnswerScale.Ordinal)
        {
            double between = -(values[i] + values[j]) / 2;
            for (int k = Math.Min(i, j); k <= Math.Max(i, j); k++)
            {
                between += values[k];
            }
            return between * between;
        }
        return scale == AnswerScale.Interval ? (double)(i - j) * (i - j) : 1;
    }
}
