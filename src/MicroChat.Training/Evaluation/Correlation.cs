namespace MicroChat.Training.Evaluation;

/// <summary>How two measures of the same things go together.</summary>
public static class Correlation
{
    /// <summary>Pearson's; NaN when one of them is constant.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        SameLength.Require(x.Length, y.Length);
        double mx = Mean(x), my = Mean(y), xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - mx, dy = y[i] - my;
            (xx, yy, xy) = (xx + (dx * dx), yy + (dy * dy), xy + (dx * dy));
        }
        return xx > 0 && yy > 0 ? xy / (Math.Sqrt(xx) * Math.Sqrt(yy)) : double.NaN;
    }

    /// <summary>Spearman's: Pearson's of the ranks, equal values sharing the mean of theirs.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(MidRanks(x), MidRanks(y));

    /// <summary>Probability that a positive scores above a negative, equal scores counting a half: the area under the ROC curve. NaN with one class only.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double AreaUnderCurve(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        SameLength.Require(scores.Length, positive.Length);
        double[] ranks = MidRanks(scores);
        double sum = 0, positives = positive.Count(true), negatives = positive.Length - positives;
        for (int i = 0; i < ranks.Length; i++)
        {
            sum += positive[i] ? ranks[i] : 0;
        }
        return positives > 0 && negatives > 0 ? (sum - (positives * (positives + 1) / 2)) / (positives * negatives) : double.NaN;
    }

    /// <summary>Ranks from 1; equal values get the mean of theirs.</summary>
    private static double[] MidRanks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray(), ranks = new double[values.Length];
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(sorted, order);
        for (int from = 0, to; from < sorted.Length; from = to)
        {
            for (to = from + 1; to < sorted.Length && sorted[to] == sorted[from];)
            {
                to++;
            }
            for (int i = from; i < to; i++)
            {
                ranks[order[i]] = (from + 1 + to) / 2.0;
            }
        }
        return ranks;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }
        return sum / values.Length;
    }
}
