using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>Part of a batch: whole rows, and where its tokens begin in the whole.</summary>
internal readonly record struct RowGroup(TokenBatch Batch, int From);

/// <summary>
/// Cuts a batch into micro-batches of whole rows. Every score depends on its own row only, and gradients add up, so that the cut changes
/// nothing but the memory that is needed at once.
/// </summary>
internal static class RowGroups
{
    /// <summary>Groups of at most so many tokens; a longer row is a group of its own.</summary>
    public static List<RowGroup> Cut(TokenBatch batch, int mostTokens)
    {
        if (batch.Tokens <= mostTokens)
        {
            return [new RowGroup(batch, 0)];
        }
        var groups = new List<RowGroup>();
        for (int first = 0, end; first + 1 < batch.RowStarts.Length; first = end)
        {
            for (end = first + 1; end + 1 < batch.RowStarts.Length && batch.RowStarts[end + 1] - batch.RowStarts[first] <= mostTokens;)
            {
                end++;
            }
            groups.Add(Rows(batch, first, end, 0));
        }
        return groups;
    }

    /// <summary>Two groups of about half the rows each.</summary>
    public static (RowGroup First, RowGroup Second) Halve(RowGroup group)
    {
        int rows = group.Batch.RowStarts.Length - 1;
        return (Rows(group.Batch, 0, rows / 2, group.From), Rows(group.Batch, rows / 2, rows, group.From));
    }

    /// <summary>Whether the batch has more than one row.</summary>
    public static bool CanHalve(TokenBatch batch) => batch.RowStarts.Length > 2;

    private static RowGroup Rows(TokenBatch batch, int first, int end, int offset)
    {
        int from = batch.RowStarts[first], to = batch.RowStarts[end];
        int[] starts = [.. batch.RowStarts[first..(end + 1)].Select(start => start - from)];
        return new RowGroup(new TokenBatch(batch.Ids[from..to], starts, batch.Targets[from..to]), offset + from);
    }
}
