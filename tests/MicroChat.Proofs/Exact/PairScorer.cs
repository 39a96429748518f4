using MicroChat.Training.Preferences;
using MicroChat.Training.Rollouts;

namespace MicroChat.Proofs.Exact;

/// <summary>+1 per neighbouring pair "0 1" of a reply and −½ per token 3.</summary>
internal sealed class PairScorer : IReplyScorer
{
    public static double Of(ReadOnlySpan<int> reply)
    {
        double score = 0;
        for (int t = 0; t < reply.Length; t++)
        {
            score += (t > 0 && reply[t - 1] == 0 && reply[t] == 1 ? 1 : 0) - (reply[t] == 3 ? 0.5 : 0);
        }
        return score;
    }

    public double[] Score(IReadOnlyList<EncodedReply> rows) => [.. rows.Select(row => Of(row.Ids.AsSpan(row.PromptTokens)))];
}
