using MicroChat.Training.Preferences;

namespace MicroChat.Training.Rollouts;

/// <summary>How the scores of several reward models become one that is hard to deceive. Source: Coste et al. 2023 (arXiv:2310.02743).</summary>
public enum EnsembleRule
{
    /// <summary>Mean − λ · standard deviation: what the members disagree on earns less.</summary>
    MeanLessDeviation,

    /// <summary>The lowest score of any member.</summary>
    Minimum,
}

/// <summary>Several reward models as one.</summary>
/// <param name="members">At least one.</param>
/// <param name="rule">How their scores are put together.</param>
/// <param name="penalty">λ; 0: the mean.</param>
public sealed class EnsembleScorer(IReadOnlyList<IReplyScorer> members, EnsembleRule rule, double penalty) : IReplyScorer
{
    /// <inheritdoc/>
    public double[] Score(IReadOnlyList<EncodedReply> rows) => Combine([.. members.Select(member => member.Score(rows))], rule, penalty);

    /// <summary>One score per row.</summary>
    /// <param name="scores">(members, rows)</param>
    /// <param name="rule">How they are put together.</param>
    /// <param name="penalty">λ.</param>
    public static double[] Combine(IReadOnlyList<double[]> scores, EnsembleRule rule, double penalty)
    {
        double[] combined = new double[scores[0].Length];
        for (int row = 0; row < combined.Length; row++)
        {
            double mean = scores.Average(member => member[row]);
            combined[row] = rule == EnsembleRule.Minimum ? scores.Min(member => member[row])
                : mean - (penalty * Math.Sqrt(scores.Average(member => (member[row] - mean) * (member[row] - mean))));
        }
        return combined;
    }
}
