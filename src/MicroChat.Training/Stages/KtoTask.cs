using System.Text.Json;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>A reply and whether it was liked.</summary>
internal sealed record KtoItem(EncodedReply Reply, bool Up)
{
    /// <summary>How much that counts; only its ratio to the mean of the training items matters.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>The loss over thumbs.</summary>
internal sealed class KtoTask(TunedModel model, KtoItem[] training, KtoItem[] heldOut, KtoOptions options, int maxRowTokens) : IPreferenceTask
{
    private readonly double _meanWeight = training.Length > 0 ? training.Average(item => item.Weight) : 1;
    private RunningMean _shift;

    public int Items => training.Length;

    public PreferenceUpdate Accumulate(IReadOnlyList<int> items)
    {
        var values = new Dictionary<string, double>();
        Evaluate([.. items.Select(item => training[item])], learn: true, out int tokens).Report(values);
        return new PreferenceUpdate(tokens, values);
    }

    public (IReadOnlyDictionary<string, double> Values, string Note) Validate(int limit)
    {
        KtoItem[] items = heldOut[..Math.Min(limit, heldOut.Length)];
        RatingStatistics found = Evaluate(items, learn: false, out _);
        double margin = (found.RewardUp / found.UpShare) - (found.RewardDown / found.DownShare);
        return (
            new Dictionary<string, double> { [Metrics.ValidationLoss] = found.Loss },
            $"held-out loss {PreferenceStage.Number(found.Loss)}, margin {PreferenceStage.Number(margin)} ({items.Length} replies)");
    }

    public void Complete()
    {
    }

    public string? SaveState() => options.Loss == ThumbLoss.Bco ? JsonSerializer.Serialize(_shift) : null;

    public void RestoreState(string state) => _shift = JsonSerializer.Deserialize<RunningMean>(state);

    private RatingStatistics Evaluate(KtoItem[] items, bool learn, out int tokens)
    {
        tokens = 0;
        double point = ReferencePoint(items, learn, ref tokens);
        RatingStatistics sum = default;
        foreach (List<KtoItem> micro in Cut(items))
        {
            var scores = new PolicyScores(model, [.. micro.Select(item => item.Reply)]);
            double[] slopes = new double[scores.LogProb.Length];
            bool[] up = [.. micro.Select(item => item.Up)];
            double[] weights = [.. micro.Select(item => item.Weight / _meanWeight)];
            sum += options.Loss == ThumbLoss.Bco
                ? BinaryClassifier.Evaluate(scores.LogProb, scores.Reference, scores.Batch.Actions, scores.Batch.Tokens.RowStarts, up, weights, options.Kto.Beta, point, items.Length, slopes)
                : KahnemanTversky.Evaluate(scores.LogProb, scores.Reference, scores.Batch.Actions, scores.Batch.Tokens.RowStarts, up, weights, point, options.Kto, items.Length, slopes);
            if (learn)
            {
                model.Decoder.Backward(Precision.Narrow(slopes), default, default);
            }
            tokens += scores.LogProb.Length;
        }
        return sum;
    }

    /// <summary>What replies are compared with, over all items whatever the micro-batches: z₀, 0, or δ.</summary>
    private double ReferencePoint(KtoItem[] items, bool learn, ref int tokens)
    {
        if (options.Loss == ThumbLoss.KtoZero || (options.Loss == ThumbLoss.Bco && !learn))
        {
            return _shift.Mean;
        }
        bool mismatched = options.Loss == ThumbLoss.Kto;
        int[] other = KahnemanTversky.Mismatch(items.Length);
        KtoItem[] compared = mismatched ? [.. items.Select((item, i) => item with { Reply = items[other[i]].Reply.After(item.Reply, maxRowTokens) })] : items;
        var ratios = new List<double>();
        foreach (List<KtoItem> micro in Cut(compared))
        {
            var scores = new PolicyScores(model, [.. micro.Select(item => item.Reply)]);
            ratios.AddRange(scores.LogRatios);
            tokens += scores.LogProb.Length;
        }
        if (mismatched)
        {
            return KahnemanTversky.ReferencePoint([.. ratios]);
        }
        _shift = _shift.With([.. ratios.Select(ratio => options.Kto.Beta * ratio)]);
        return _shift.Mean;
    }

    private IEnumerable<List<KtoItem>> Cut(KtoItem[] items) => MicroBatches.Cut(items, item => item.Reply.Ids.Length, options.Training.MicroBatchTokens);
}
