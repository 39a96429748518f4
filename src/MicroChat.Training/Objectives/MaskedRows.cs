using MicroChat.Kernels;

namespace MicroChat.Training.Objectives;

/// <summary>
/// Rows of different length end to end, some of whose positions count. What stands at the other positions is never read,
/// so it may be anything, NaN included.
/// </summary>
internal static class MaskedRows
{
    /// <summary>Positions that count.</summary>
    public static int Count(ReadOnlySpan<bool> mask) => mask.Count(true);

    /// <summary>Checks the borders of rows: (B + 1) numbers that rise from 0 to T; a row may be empty.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public static int RequireRows(ReadOnlySpan<int> rowStarts, int tokens)
    {
        Shape.Require(rowStarts.Length >= 1 && rowStarts[0] == 0, rowStarts.Length, $"at least 1 border, the first 0");
        Shape.Require(rowStarts[^1] == tokens, rowStarts[^1], $"the number of tokens, {tokens}");
        for (int b = 1; b < rowStarts.Length; b++)
        {
            Shape.Require(rowStarts[b] >= rowStarts[b - 1], rowStarts[b], $"at least the border before, {rowStarts[b - 1]}");
        }
        return rowStarts.Length - 1;
    }

    /// <summary>Checks that an array has one entry per token.</summary>
    public static void RequireTokens(int length, int tokens, string what) =>
        Require(length == tokens, what, length, tokens, "one per token");

    /// <summary>Checks that the divisor of a mean covers what this batch adds to it.</summary>
    public static void RequireCount(long count, long own) =>
        Shape.Require(count >= own, count, $"at least what this batch counts, {own}: it is the number over the whole update");

    /// <summary>Σ m (logProb − reference) of every row.</summary>
    /// <param name="logProb">(T)</param>
    /// <param name="reference">(T); empty: nothing is subtracted.</param>
    /// <param name="mask">(T)</param>
    /// <param name="rowStarts">(B + 1)</param>
    /// <param name="sums">(B)</param>
    public static void Sums(ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts, Span<double> sums)
    {
        for (int b = 0; b < sums.Length; b++)
        {
            double sum = 0;
            for (int t = rowStarts[b]; t < rowStarts[b + 1]; t++)
            {
                sum += mask[t] ? logProb[t] - (reference.IsEmpty ? 0 : reference[t]) : 0;
            }
            sums[b] = sum;
        }
    }

    /// <summary>Writes a slope to the counted positions of a row and 0 to its others.</summary>
    public static void Fill(ReadOnlySpan<bool> mask, int start, int end, double slope, Span<double> gradient)
    {
        for (int t = start; t < end; t++)
        {
            gradient[t] = mask[t] ? slope : 0;
        }
    }

    private static void Require(bool holds, string what, int found, int wanted, string meaning)
    {
        if (!holds)
        {
            throw new ArgumentException($"{what} has {found} entries; it must have {wanted}, {meaning}.");
        }
    }
}
