using MicroChat.Kernels;

namespace MicroChat.Training.Objectives;

/// <summary>
/// Replies listed best first, as choices one after another out of those that are left: <c>L = mean over prompts of −Σ_{i &lt; stages} (s_i − log Σ_{j ≥ i} e^{s_j})</c>.
/// One stage is PickBest: only the best reply is known (Ziegler et al. 2019, eq. 1); then L = ln K with a head of zeros. Source: Plackett 1975.
/// </summary>
public static class PlackettLuce
{
    /// <summary>Every stage that decides something: K − 1 of them.</summary>
    public const int AllStages = int.MaxValue;

    /// <summary>Loss and slopes of one micro-batch.</summary>
    /// <param name="scores">(N) best first within each prompt.</param>
    /// <param name="groupStarts">(prompts + 1) where the replies of each prompt begin.</param>
    /// <param name="stages">How many places from the top are known; 1: PickBest.</param>
    /// <param name="prompts">Prompts of the whole update.</param>
    /// <param name="dScores">(N) out: dL/dscores.</param>
    /// <returns>L; those of an update's micro-batches add up.</returns>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static double Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<int> groupStarts, int stages, long prompts, Span<double> dScores)
    {
        Shape.Require(dScores.Length == scores.Length, dScores.Length, $"the number of scores, {scores.Length}");
        Shape.Require(stages >= 1, stages, $"at least 1");
        int groups = MaskedRows.RequireRows(groupStarts, scores.Length);
        MaskedRows.RequireCount(prompts, groups);
        dScores.Clear();
        double loss = 0;
        for (int g = 0; g < groups; g++)
        {
            int start = groupStarts[g], end = groupStarts[g + 1], last = (int)Math.Min((long)start + stages, end - 1L);
            for (int i = start; i < last; i++)
            {
                double total = Logistic.LogSumExp(scores[i..end]);
                loss += total - scores[i];
                dScores[i] -= 1.0 / prompts;
                for (int j = i; j < end; j++)
                {
                    dScores[j] += Math.Exp(scores[j] - total) / prompts;
                }
            }
        }
        return groups == 0 ? 0 : loss / prompts;
    }
}
