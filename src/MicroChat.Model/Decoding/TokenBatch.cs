using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>Rows of tokens of different length, end to end and never padded, with what each position must predict.</summary>
public sealed class TokenBatch
{
    /// <summary>A target that does not count.</summary>
    public const int NoTarget = -1;

    /// <summary>A batch of given parts.</summary>
    /// <param name="ids">(T) tokens of all rows.</param>
    /// <param name="rowStarts">(B + 1) borders from 0 to T; no row is empty.</param>
    /// <param name="targets">(T) the token that each position predicts, or <see cref="NoTarget"/>.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public TokenBatch(int[] ids, int[] rowStarts, int[] targets)
    {
        Shape.Require(rowStarts.Length >= 2 && rowStarts[0] == 0, rowStarts.Length, $"at least 2 borders, the first 0");
        Shape.Require(rowStarts[^1] == ids.Length, rowStarts[^1], $"the number of ids, {ids.Length}");
        Shape.Require(targets.Length == ids.Length, targets.Length, $"the number of ids, {ids.Length}");
        for (int b = 1; b < rowStarts.Length; b++)
        {
            Shape.Require(rowStarts[b] > rowStarts[b - 1], rowStarts[b], $"above the border before, {rowStarts[b - 1]}");
        }
        Ids = ids;
        RowStarts = rowStarts;
        Targets = targets;
    }

    /// <summary>(T) tokens.</summary>
    public int[] Ids { get; }

    /// <summary>(B + 1) borders.</summary>
    public int[] RowStarts { get; }

    /// <summary>(T) targets.</summary>
    public int[] Targets { get; }

    /// <summary>T: tokens of all rows.</summary>
    public int Tokens => Ids.Length;

    /// <summary>Positions that have a target.</summary>
    public int TargetCount => Targets.Count(target => target != NoTarget);

    /// <summary>Language modelling: every position predicts the next token of its row where <paramref name="counts"/> holds for that token.</summary>
    /// <param name="ids">(T) tokens.</param>
    /// <param name="rowStarts">(B + 1) borders.</param>
    /// <param name="counts">(T) whether predicting ids[t] counts; empty: all count.</param>
    public static TokenBatch NextToken(int[] ids, int[] rowStarts, ReadOnlySpan<bool> counts)
    {
        int[] targets = new int[ids.Length];
        Array.Fill(targets, NoTarget);
        for (int b = 1; b < rowStarts.Length; b++)
        {
            for (int t = rowStarts[b - 1]; t + 1 < rowStarts[b]; t++)
            {
                targets[t] = counts.IsEmpty || counts[t + 1] ? ids[t + 1] : NoTarget;
            }
        }
        return new TokenBatch(ids, rowStarts, targets);
    }
}
