namespace MicroChat.Proofs.OverOptimisation;

/// <summary>What is in the middle: one seed out of the ordinary does not move it.</summary>
internal static class Median
{
    /// <summary>Of a number of every item.</summary>
    public static double Of<T>(IEnumerable<T> items, Func<T, double> number) => Quantile(items, number, 0.5);

    /// <summary>The number that so large a share of the items is not above, between two of them in proportion.</summary>
    public static double Quantile<T>(IEnumerable<T> items, Func<T, double> number, double share)
    {
        double[] sorted = [.. items.Select(number).Order()];
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
