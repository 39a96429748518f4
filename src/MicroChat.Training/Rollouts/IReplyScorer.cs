using MicroChat.Model.Decoding;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Rollouts;

/// <summary>Says how good whole replies are: a reward model, or a rule that can be computed.</summary>
public interface IReplyScorer
{
    /// <summary>One score per row, read after the reply's last token. Unit: the scorer's own.</summary>
    public double[] Score(IReadOnlyList<EncodedReply> rows);
}

/// <summary>A reward model: a trunk, what its adapter adds, and a scalar head.</summary>
/// <param name="trunk">The decoder; the adapter that it carries is put back after scoring.</param>
/// <param name="adapter">The reward model's adapter; null: the trunk alone.</param>
/// <param name="head">Its head.</param>
/// <param name="microBatchTokens">Most tokens in one pass, unless a single row is longer.</param>
public sealed class ModelScorer(ITrainableDecoder trunk, LoraAdapter? adapter, ScalarHead head, int microBatchTokens) : IReplyScorer
{
    /// <inheritdoc/>
    public double[] Score(IReadOnlyList<EncodedReply> rows)
    {
        LoraAdapter? carried = trunk.Adapter;
        try
        {
            trunk.Adapter = adapter;
            return RewardModel.Score(trunk, head, rows, microBatchTokens);
        }
        finally
        {
            trunk.Adapter = carried;
        }
    }
}
