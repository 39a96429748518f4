namespace MicroChat.Training.Evaluation;

/// <summary>Which pairs of replies are about as long, so that length can't decide between them.</summary>
public static class LengthMatch
{
    /// <summary>True where the lengths differ by no more than a share of the longer one.</summary>
    /// <param name="first">Tokens.</param>
    /// <param name="second">Tokens.</param>
    /// <param name="tolerance">The share, 0 to 1.</param>
    /// <exception cref="ArgumentException">The numbers of lengths differ.</exception>
    public static bool[] Mask(ReadOnlySpan<int> first, ReadOnlySpan<int> second, double tolerance)
    {
        SameLength.Require(first.Length, second.Length);
        bool[] mask = new bool[first.Length];
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = Math.Abs((long)first[i] - second[i]) <= tolerance * Math.Max(first[i], second[i]);
        }
        return mask;
    }

    /// <summary>The values where the mask is true.</summary>
    internal static double[] Where(ReadOnlySpan<double> values, ReadOnlySpan<bool> mask)
    {
        var kept = new List<double>();
        for (int i = 0; i < values.Length; i++)
        {
            if (mask[i])
            {
                kept.Add(values[i]);
            }
        }
        return [.. kept];
    }
}

/// <summary>Arrays that belong together have as many entries as each other.</summary>
internal static class SameLength
{
    public static void Require(int first, int second)
    {
        if (first != second)
        {
            throw new ArgumentException($"The first array has {first} entries and the second {second}; they must have the same number, one per prompt.");
        }
    }
}
