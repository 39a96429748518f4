namespace MicroChat.Model.Sampling;

/// <summary>Finds where a cumulative sum in descending order of keys reaches a target, without sorting: expected linear work.</summary>
/// <remarks>Quickselect (Hoare 1961) that counts weight instead of elements.</remarks>
internal static class MassSelect
{
    /// <summary>
    /// The largest key k with Σ weights of keys ≥ k at least <paramref name="target"/>; the smallest key when the target is
    /// never reached. Both spans are permuted.
    /// </summary>
    /// <param name="keys">Keys, not NaN; at least one.</param>
    /// <param name="weights">Weight of each key, 0 or more.</param>
    /// <param name="target">Sum to reach.</param>
    /// <param name="massAbove">Σ weights of the keys above the one returned.</param>
    public static double Select(Span<double> keys, Span<double> weights, double target, out double massAbove)
    {
        massAbove = 0;
        while (true)
        {
            double pivot = Median(keys[0], keys[keys.Length / 2], keys[^1]);
            (int above, int aboveOrEqual) = Partition(keys, weights, pivot);
            double massOver = Sum(weights[..above]);
            double massEqual = Sum(weights[above..aboveOrEqual]);
            if (above > 0 && massAbove + massOver >= target)
            {
                keys = keys[..above];
                weights = weights[..above];
            }
            else if (massAbove + massOver + massEqual >= target || aboveOrEqual == keys.Length)
            {
                massAbove += massOver;
                return pivot;
            }
            else
            {
                massAbove += massOver + massEqual;
                keys = keys[aboveOrEqual..];
                weights = weights[aboveOrEqual..];
            }
        }
    }

    /// <summary>Reorders to [above the pivot | equal | below]; returns the ends of the first two parts.</summary>
    private static (int Above, int AboveOrEqual) Partition(Span<double> keys, Span<double> weights, double pivot)
    {
        int above = 0, below = keys.Length;
        for (int i = 0; i < below;)
        {
            double key = keys[i];
            if (key > pivot)
            {
                Swap(keys, weights, i++, above++);
            }
            else if (key < pivot)
            {
                Swap(keys, weights, i, --below);
            }
            else
            {
                i++;
            }
        }
        return (above, below);
    }

    private static void Swap(Span<double> keys, Span<double> weights, int i, int j)
    {
        (keys[i], keys[j]) = (keys[j], keys[i]);
        (weights[i], weights[j]) = (weights[j], weights[i]);
    }

    private static double Median(double a, double b, double c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }
        return sum;
    }
}
