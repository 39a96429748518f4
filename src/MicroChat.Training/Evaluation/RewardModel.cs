using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Evaluation;

/// <summary>A trained reward model: a score for a prompt with a reply, read at the end of the reply.</summary>
public sealed class RewardModel : IDisposable
{
    private readonly ParameterBlock _weights;
    private readonly ScalarHead _head;
    private readonly IComputeBackend _backend;
    private readonly ITrainableDecoder _decoder;

    private RewardModel(ParameterBlock weights, ScalarHead head, Crew crew)
    {
        (_weights, _head, _backend) = (weights, head, ComputeBackends.New(crew));
        _decoder = _backend.NewTrainable(weights, frozen: true, recompute: false);
    }

    /// <summary>The shape of its trunk.</summary>
    public DecoderConfig Config => _weights.Config;

    /// <summary>Reads a reward model's folder, as <c>train reward</c> writes it.</summary>
    /// <param name="folder">The folder of a model or checkpoint.</param>
    /// <param name="text">Tokenizer and template in use: those that the model was trained with, or it would give meaningless scores without any error.</param>
    /// <param name="crew">Threads.</param>
    /// <exception cref="CheckpointException">A file is broken, the folder holds no reward model, or it was trained with another tokenizer or template.</exception>
    public static RewardModel Load(string folder, TextFingerprint text, Crew crew)
    {
        text.Verify(folder);
        ParameterBlock weights = ScalarHeadFiles.Load(folder, out ScalarHead head);
        return new RewardModel(weights, head, crew);
    }

    /// <summary>The score of every reply.</summary>
    /// <param name="replies">Rows.</param>
    /// <param name="batchTokens">Tokens per pass, at most; a longer row goes alone. Scores do not depend on it.</param>
    public double[] Score(IReadOnlyList<EncodedReply> replies, int batchTokens) => Score(_decoder, _head, replies, batchTokens);

    /// <summary>How good it is on pairs, the better reply first.</summary>
    public RewardModelReport Evaluate(IReadOnlyList<(EncodedReply Better, EncodedReply Worse)> pairs, LengthRule rule, int batchTokens) =>
        Evaluate(_decoder, _head, pairs, rule, batchTokens);

    /// <inheritdoc/>
    public void Dispose()
    {
        _decoder.Dispose();
        _backend.Dispose();
        _head.Dispose();
        _weights.Dispose();
    }

    /// <summary>The same rows, of which nothing is predicted: no logits are computed.</summary>
    internal static TokenBatch WithoutTargets(TokenBatch batch)
    {
        int[] none = new int[batch.Tokens];
        Array.Fill(none, TokenBatch.NoTarget);
        return new TokenBatch(batch.Ids, batch.RowStarts, none);
    }

    internal static double[] Score(ITrainableDecoder decoder, ScalarHead head, IReadOnlyList<EncodedReply> replies, int batchTokens)
    {
        var scores = new List<double>(replies.Count);
        foreach (List<EncodedReply> micro in MicroBatches.Cut(replies, reply => reply.Ids.Length, batchTokens))
        {
            var rows = new ReplyBatch(micro);
            scores.AddRange(rows.Scores(decoder.Score(WithoutTargets(rows.Tokens), head, entropy: false).Scalar));
        }
        return [.. scores];
    }

    internal static RewardModelReport Evaluate(
        ITrainableDecoder decoder, ScalarHead head, IReadOnlyList<(EncodedReply Better, EncodedReply Worse)> pairs, LengthRule rule, int batchTokens)
    {
        double[] scores = Score(decoder, head, [.. pairs.SelectMany(pair => new[] { pair.Better, pair.Worse })], batchTokens);
        return RewardModelReport.Of([.. pairs.Select((pair, i) => new ScoredPair(scores[2 * i], scores[(2 * i) + 1], pair.Better.ReplyTokens, pair.Worse.ReplyTokens))], rule);
    }
}
