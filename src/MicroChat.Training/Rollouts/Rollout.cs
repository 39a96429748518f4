using MicroChat.Training.Preferences;

namespace MicroChat.Training.Rollouts;

/// <summary>One sampled reply.</summary>
/// <param name="Row">Prompt and reply; the token that ended the reply is its last one.</param>
/// <param name="LogProbs">Log-probability of each token of the reply in the distribution that it was drawn from. Unit: nats.</param>
/// <param name="Ended">Whether the policy ended the reply itself; false: it was cut at the longest length.</param>
public sealed record Rollout(EncodedReply Row, float[] LogProbs, bool Ended)
{
    /// <summary>The reply's tokens, its end included.</summary>
    public int[] Reply => Row.Ids[Row.PromptTokens..];
}
