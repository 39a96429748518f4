using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Training.Objectives;

namespace MicroChat.Training.Preferences;

/// <summary>Rows of prompt and reply end to end, with the places that objectives look at.</summary>
public sealed class ReplyBatch
{
    /// <summary>A batch of rows; none is padded.</summary>
    /// <param name="rows">At least one.</param>
    public ReplyBatch(IReadOnlyList<EncodedReply> rows)
    {
        int[] starts = new int[rows.Count + 1], ids = new int[rows.Sum(row => row.Ids.Length)];
        bool[] isReply = new bool[ids.Length];
        for (int b = 0; b < rows.Count; b++)
        {
            rows[b].Ids.CopyTo(ids, starts[b]);
            starts[b + 1] = starts[b] + rows[b].Ids.Length;
            isReply.AsSpan(starts[b] + rows[b].PromptTokens, rows[b].ReplyTokens).Fill(true);
        }
        Tokens = TokenBatch.NextToken(ids, starts, isReply);
        Actions = Array.ConvertAll(Tokens.Targets, target => target != TokenBatch.NoTarget);
        Ends = Array.ConvertAll(starts[1..], end => end - 1);
    }

    /// <summary>What the decoder reads; only the replies' tokens are targets.</summary>
    public TokenBatch Tokens { get; }

    /// <summary>(T) positions that predict a token of a reply: the mask of every objective on log-probabilities.</summary>
    public bool[] Actions { get; }

    /// <summary>(B) position of each row's last token, where a reward is read: the end of the turn, which has seen the whole reply.</summary>
    public int[] Ends { get; }

    /// <summary>The score of each row out of the scalar head's outputs.</summary>
    /// <param name="scalar">(T)</param>
    /// <returns>(B)</returns>
    public double[] Scores(ReadOnlySpan<float> scalar)
    {
        Shape.Require(scalar.Length == Tokens.Tokens, scalar.Length, $"the number of tokens, {Tokens.Tokens}");
        double[] scores = new double[Ends.Length];
        for (int b = 0; b < scores.Length; b++)
        {
            scores[b] = scalar[Ends[b]];
        }
        return scores;
    }

    /// <summary>The slopes of the scores, put where the scores were read.</summary>
    /// <param name="dScores">(B)</param>
    /// <returns>(T), 0 elsewhere.</returns>
    public float[] ScalarGradient(ReadOnlySpan<double> dScores)
    {
        Shape.Require(dScores.Length == Ends.Length, dScores.Length, $"the number of rows, {Ends.Length}");
        float[] gradient = new float[Tokens.Tokens];
        for (int b = 0; b < Ends.Length; b++)
        {
            gradient[Ends[b]] = (float)dScores[b];
        }
        return gradient;
    }
}

/// <summary>Groups of replies as a batch for a reward model: every reply is scored once, every comparison weighs as its prompt's share.</summary>
/// <param name="Rows">The rows of all groups.</param>
/// <param name="Pairs">The comparisons, by places in the rows.</param>
public sealed record RewardBatch(ReplyBatch Rows, RewardPair[] Pairs)
{
    /// <summary>A batch of groups.</summary>
    /// <param name="groups">At least one.</param>
    /// <param name="prompts">Groups of the whole update.</param>
    public static RewardBatch Of(IReadOnlyList<EncodedGroup> groups, long prompts) => Of(groups, prompts, meanWeight: 1);

    /// <summary>A batch of groups whose judgements weigh differently.</summary>
    /// <param name="groups">At least one.</param>
    /// <param name="prompts">Groups of the whole update.</param>
    /// <param name="meanWeight">What an average judgement of the data weighs; one of that weight counts as a whole one.</param>
    public static RewardBatch Of(IReadOnlyList<EncodedGroup> groups, long prompts, double meanWeight)
    {
        Shape.Require(prompts >= groups.Count, prompts, $"at least the groups of this batch, {groups.Count}");
        var pairs = new List<RewardPair>();
        int start = 0;
        foreach (EncodedGroup group in groups)
        {
            foreach (Judgement pair in group.Comparisons)
            {
                pairs.Add(new RewardPair(start + pair.Better, start + pair.Worse)
                {
                    Weight = pair.Weight / (meanWeight * group.Comparisons.Count * prompts), Margin = pair.Margin, Probability = pair.Probability,
                });
            }
            start += group.Replies.Count;
        }
        return new RewardBatch(new ReplyBatch([.. groups.SelectMany(group => group.Replies)]), [.. pairs]);
    }

    /// <summary>The rows of comparisons for an objective on pairs: row 2i is the better reply of comparison i, row 2i + 1 the other.</summary>
    public static IReadOnlyList<EncodedReply> PairRows(IEnumerable<EncodedGroup> groups) => [.. groups
        .SelectMany(group => group.Comparisons.SelectMany(pair => new[] { group.Replies[pair.Better], group.Replies[pair.Worse] }))];
}
