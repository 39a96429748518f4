using MicroChat.Kernels;

namespace MicroChat.Training.Objectives;

/// <summary>
/// K replies to a prompt, ranked by a person, as one batch element: each reply is scored once, all pairs of different rank are compared, and a prompt
/// weighs the same however many pairs it has: <c>L = mean over prompts of (1/C) Σ −log σ(s_better − s_worse)</c>, C its untied pairs.
/// A prompt whose replies are all tied says nothing and is not counted among the prompts. Source: Ouyang et al. 2022, eq. 1.
/// </summary>
public static class RankedReplies
{
    /// <summary>Prompts that have at least two replies of different rank: the divisor of the mean.</summary>
    /// <param name="ranks">(N) smaller is better, equal is a tie.</param>
    /// <param name="groupStarts">(prompts + 1) where the replies of each prompt begin.</param>
    public static int Prompts(ReadOnlySpan<int> ranks, ReadOnlySpan<int> groupStarts)
    {
        int prompts = 0, groups = MaskedRows.RequireRows(groupStarts, ranks.Length);
        for (int g = 0; g < groups; g++)
        {
            prompts += Untied(ranks[groupStarts[g]..groupStarts[g + 1]]) > 0 ? 1 : 0;
        }
        return prompts;
    }

    /// <summary>The comparisons of a batch with their weights, for <see cref="BradleyTerry.Evaluate"/>.</summary>
    /// <param name="ranks">(N) smaller is better, equal is a tie.</param>
    /// <param name="groupStarts">(prompts + 1) where the replies of each prompt begin.</param>
    /// <param name="prompts">Prompts of the whole update that have an untied pair.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or there are fewer prompts than in this batch.</exception>
    public static RewardPair[] Pairs(ReadOnlySpan<int> ranks, ReadOnlySpan<int> groupStarts, long prompts)
    {
        MaskedRows.RequireCount(prompts, Prompts(ranks, groupStarts));
        var pairs = new List<RewardPair>();
        for (int g = 0; g + 1 < groupStarts.Length; g++)
        {
            int start = groupStarts[g], end = groupStarts[g + 1];
            double weight = 1.0 / ((double)Untied(ranks[start..end]) * prompts);
            for (int better = start; better < end; better++)
            {
                for (int worse = start; worse < end; worse++)
                {
                    if (ranks[better] < ranks[worse])
                    {
                        pairs.Add(new RewardPair(better, worse) { Weight = weight });
                    }
                }
            }
        }
        return [.. pairs];
    }

    /// <summary>Pairs of different rank.</summary>
    private static int Untied(ReadOnlySpan<int> ranks)
    {
        int untied = 0;
        for (int i = 1; i < ranks.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                untied += ranks[i] != ranks[j] ? 1 : 0;
            }
        }
        return untied;
    }
}
