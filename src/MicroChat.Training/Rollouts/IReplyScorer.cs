using MicroChat.Model.Decoding;
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
        double[] scores = new double[rows.Count];
        int next = 0;
        try
        {
            trunk.Adapter = adapter;
            foreach (int[] part in MicroBatches.Of([.. Enumerable.Range(0, rows.Count)], row => rows[row].Ids.Length, microBatchTokens))
            {
                var batch = new ReplyBatch([.. part.Select(row => rows[row])]);
                batch.Scores(trunk.Score(batch.Tokens, head, entropy: false).Scalar).CopyTo(scores, next);
                next += part.Length;
            }
        }
        finally
        {
            trunk.Adapter = carried;
        }
        return scores;
    }
}
