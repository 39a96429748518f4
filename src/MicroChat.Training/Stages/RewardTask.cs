using MicroChat.Model.Decoding;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>
/// The loss of a reward model: a prompt with all its judged replies, or a thumb, is one item; every item of an update weighs the same
/// (thumbs by their own weights among themselves).
/// </summary>
internal sealed class RewardTask : IPreferenceTask
{
    /// <summary>Replies whose scores are centred on 0 after training, at most.</summary>
    private const int CentredReplies = 2_000;

    private readonly TunedModel _model;
    private readonly PreferenceRows _rows;
    private readonly RewardOptions _options;
    private readonly RaterTerms _raters;
    private readonly LengthRule _lengthRule;
    private readonly double[] _dSlopes, _dSeverities, _slopes, _severities;
    private readonly double _meanWeight;

    public RewardTask(TunedModel model, PreferenceRows rows, RewardOptions options)
    {
        (_model, _rows, _options) = (model, rows, options);
        bool learnRaters = rows.Raters.Count > 2 && rows.Thumbs.Count >= options.LeastThumbsForRaters;
        _raters = new RaterTerms(rows.Raters.Count, learnRaters);
        (_dSlopes, _dSeverities) = (new double[rows.Raters.Count], new double[rows.Raters.Count]);
        (_slopes, _severities) = (new double[rows.Raters.Count], new double[rows.Raters.Count]);
        _meanWeight = rows.Groups.SelectMany(group => group.Comparisons).Select(pair => pair.Weight).DefaultIfEmpty(1).Average();
        IEnumerable<(EncodedReply Better, EncodedReply Worse)> training = PreferenceRows.Pairs(rows.Groups).Concat(
            rows.Thumbs.Where(t => t.Up > 0.5).Zip(rows.Thumbs.Where(t => t.Up < 0.5), (up, down) => (up.Reply, down.Reply)));
        _lengthRule = LengthRule.Fit(training.Select(pair => (pair.Better.ReplyTokens, pair.Worse.ReplyTokens)));
    }

    public int Items => _rows.Groups.Count + _rows.Thumbs.Count;

    public PreferenceUpdate Accumulate(IReadOnlyList<int> items)
    {
        EncodedGroup[] groups = [.. items.Where(item => item < _rows.Groups.Count).Select(item => _rows.Groups[item])];
        EncodedThumb[] thumbs = [.. items.Where(item => item >= _rows.Groups.Count).Select(item => _rows.Thumbs[item - _rows.Groups.Count])];
        var values = new Dictionary<string, double>();
        int tokens = Compare(groups, items.Count, values, out double pairLoss, out double pairAccuracy);
        tokens += Rate(thumbs, items.Count, out ThumbStatistics rated);
        values[Metrics.Loss] = pairLoss + rated.Loss;
        values[Metrics.RewardAccuracy] = pairAccuracy + rated.Accuracy;
        return new PreferenceUpdate(tokens, values);
    }

    public (IReadOnlyDictionary<string, double> Values, string Note) Validate(int limit)
    {
        RewardModelReport report = Evaluate(limit);
        return (
            new Dictionary<string, double> { [Metrics.Accuracy] = report.Accuracy.Share, [Metrics.ValidationLoss] = report.Calibration.LogLoss },
            $"held-out accuracy {report.Accuracy}, loss {PreferenceStage.Number(report.Calibration.LogLoss)}; length alone {report.LengthOnly}");
    }

    /// <summary>Moves the scores so that those of the training replies have mean 0: a reward of 0 is a reply like those that people judged.</summary>
    public void Complete()
    {
        EncodedReply[] replies = [.. _rows.Groups.SelectMany(group => group.Replies).Concat(_rows.Thumbs.Select(thumb => thumb.Reply)).Take(CentredReplies)];
        _model.Head!.Bias -= (float)Scores(replies).Average();
    }

    public string? SaveState() => _raters.Save();

    public void RestoreState(string state) => _raters.Restore(state);

    /// <summary>How good the model is on the held-out pairs.</summary>
    /// <param name="limit">Pairs at most, the first ones.</param>
    public RewardModelReport Evaluate(int limit) =>
        RewardModel.Evaluate(_model.Decoder, _model.Head!, [.. _rows.HeldOutPairs().Take(limit)], _lengthRule, _options.Training.MicroBatchTokens);

    private double[] Scores(IReadOnlyList<EncodedReply> replies) => RewardModel.Score(_model.Decoder, _model.Head!, replies, _options.Training.MicroBatchTokens);

    private int Compare(EncodedGroup[] groups, int count, Dictionary<string, double> values, out double loss, out double accuracy)
    {
        PairStatistics sum = default;
        int tokens = 0;
        foreach (List<EncodedGroup> micro in MicroBatches.Cut(groups, TokensOf, _options.Training.MicroBatchTokens))
        {
            RewardBatch batch = RewardBatch.Of(micro, count, _meanWeight);
            double[] scores = ScoreBatch(batch.Rows), dScores = new double[scores.Length];
            sum += BradleyTerry.Evaluate(scores, batch.Pairs, _options.Pairs, dScores);
            _model.Decoder.Backward(default, default, batch.Rows.ScalarGradient(dScores));
            tokens += batch.Rows.Tokens.Tokens;
        }
        (loss, accuracy) = (sum.Loss, sum.Accuracy);
        if (groups.Length > 0)
        {
            double all = (double)count / groups.Length; // the mean over the compared prompts, whatever thumbs came along
            new PairStatistics(sum.Loss, sum.Accuracy, sum.Margin * all, sum.Chosen * all, sum.Rejected * all).Report(values);
        }
        return tokens;
    }

    private int Rate(EncodedThumb[] thumbs, int count, out ThumbStatistics sum)
    {
        sum = default;
        if (thumbs.Length == 0)
        {
            return 0;
        }
        int tokens = 0;
        double weight = thumbs.Sum(thumb => thumb.Weight) * count / thumbs.Length;
        Array.Clear(_slopes);
        Array.Clear(_severities);
        foreach (List<EncodedThumb> micro in MicroBatches.Cut(thumbs, thumb => thumb.Reply.Ids.Length, _options.Training.MicroBatchTokens))
        {
            var rows = new ReplyBatch([.. micro.Select(thumb => thumb.Reply)]);
            double[] scores = ScoreBatch(rows), dScores = new double[scores.Length];
            Thumb[] votes = [.. micro.Select((thumb, i) => new Thumb(i, thumb.Rater, thumb.Up) { Weight = thumb.Weight })];
            sum += RatedReplies.Evaluate(scores, votes, _raters.Slopes, _raters.Severities, weight, dScores, _dSlopes, _dSeverities);
            _model.Decoder.Backward(default, default, rows.ScalarGradient(dScores));
            for (int u = 0; u < _slopes.Length; u++)
            {
                _slopes[u] += _dSlopes[u];
                _severities[u] += _dSeverities[u];
            }
            tokens += rows.Tokens.Tokens;
        }
        _raters.Step(_slopes, _severities);
        return tokens;
    }

    private double[] ScoreBatch(ReplyBatch rows) => rows.Scores(_model.Decoder.Score(RewardModel.WithoutTargets(rows.Tokens), _model.Head, entropy: false).Scalar);

    internal static int TokensOf(EncodedGroup group) => group.Replies.Sum(reply => reply.Ids.Length);
}
