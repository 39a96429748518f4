namespace MicroChat.Proofs.OverOptimisation;

/// <summary>What is in the middle: one seed out of the ordinary does not move it.</summary>
internal static class Median
{
    /// <summary>Of a number of every item.</summary>
    public static double Of<T>(IEnumerable<T> items, Func<T, double> number)
    {
        double[] sorted = [.. items.Select(number).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
