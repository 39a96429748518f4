using MicroChat.Training.Preferences;
using MicroChat.Training.Rollouts;

namespace MicroChat.Proofs.RandomWalks;

/// <summary>Rewards a walk with its optimality; the prompt is its start.</summary>
internal sealed class WalkScorer(WalkGraph graph) : IReplyScorer
{
    public double[] Score(IReadOnlyList<EncodedReply> rows) => [.. rows.Select(row => graph.Optimality(row.Ids))];
}
