using MicroChat.Kernels;

namespace MicroChat.Training.Objectives;

/// <summary>
/// What each action of a rollout is paid: <c>r_t = −β k_t + [t is the last action] · score</c>. Order: penalty for a missing end, clip, score added to the last
/// action (the end of text, never the position after it), whitening of the whole array. No gradient flows through rewards.
/// </summary>
public static class PpoRewards
{
    /// <summary>The score that counts.</summary>
    /// <param name="score">Of the reward model.</param>
    /// <param name="ended">Whether the reply ended by itself.</param>
    /// <param name="options">Penalty and clip.</param>
    public static double Score(double score, bool ended, PpoOptions options)
    {
        double kept = ended ? score : options.MissingEnd switch
        {
            MissingEnd.Replace => options.MissingEndPenalty,
            MissingEnd.Subtract => score - Math.Abs(options.MissingEndPenalty),
            _ => score,
        };
        return options.ScoreClip is { } clip ? Math.Clamp(kept, -clip, clip) : kept;
    }

    /// <summary>Rewards per action; 0 where the mask is false. A row without actions gets nothing.</summary>
    /// <param name="logProb">(T) of the policy when it sampled.</param>
    /// <param name="reference">(T) of the reference.</param>
    /// <param name="mask">(T) the actions.</param>
    /// <param name="rowStarts">(B + 1)</param>
    /// <param name="scores">(B) as <see cref="Score"/> gives them.</param>
    /// <param name="beta">β. Unit: score per nat.</param>
    /// <param name="options">Estimator and whitening.</param>
    /// <param name="nonScore">(T) out: −β k.</param>
    /// <param name="rewards">(T) out.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void Evaluate(
        ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts, ReadOnlySpan<double> scores,
        double beta, PpoOptions options, Span<double> nonScore, Span<double> rewards)
    {
        int T = logProb.Length, B = MaskedRows.RequireRows(rowStarts, T);
        MaskedRows.RequireTokens(reference.Length, T, nameof(reference));
        MaskedRows.RequireTokens(mask.Length, T, nameof(mask));
        MaskedRows.RequireTokens(nonScore.Length, T, nameof(nonScore));
        MaskedRows.RequireTokens(rewards.Length, T, nameof(rewards));
        Shape.Require(scores.Length == B, scores.Length, $"the number of rows, {B}");
        for (int b = 0; b < B; b++)
        {
            int last = -1;
            for (int t = rowStarts[b]; t < rowStarts[b + 1]; t++)
            {
                nonScore[t] = rewards[t] = mask[t] ? -beta * KlEstimate.Of(logProb[t], reference[t], options.KlInReward) : 0;
                last = mask[t] ? t : last;
            }
            if (last >= 0)
            {
                rewards[last] += scores[b];
            }
        }
        if (options.WhitenRewards)
        {
            Whitening.Apply(rewards, mask, options.UnbiasedVariance, keepMean: true);
        }
    }
}
