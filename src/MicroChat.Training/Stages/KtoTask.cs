using System.Text.Json;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>A reply and whether it was liked.</summary>
internal sealed record KtoItem(EncodedReply Reply, bool Up) : IPolicyItem
{
    public double Weight { get; init; } = 1;

    public IEnumerable<EncodedReply> Rows => [Reply];
}

/// <summary>The loss over thumbs.</summary>
internal sealed class KtoTask(TunedModel model, KtoItem[] training, KtoItem[] heldOut, KtoOptions options, int maxRowTokens)
    : PolicyTask<KtoItem, RatingStatistics>(model, training, heldOut, options.Training.MicroBatchTokens)
{
    private RunningMean _shift;

    /// <summary>What replies are compared with: z₀, 0, or δ.</summary>
    private double _point;

    public override string? SaveState() => options.Loss == ThumbLoss.Bco ? JsonSerializer.Serialize(_shift) : null;

    public override void RestoreState(string state) => _shift = JsonSerializer.Deserialize<RunningMean>(state);

    protected override (IReadOnlyDictionary<string, double> Values, string Note) Describe(RatingStatistics found, int items)
    {
        double margin = (found.RewardUp / found.UpShare) - (found.RewardDown / found.DownShare);
        return (
            new Dictionary<string, double> { [Metrics.ValidationLoss] = found.Loss },
            $"held-out loss {PreferenceStage.Number(found.Loss)}, margin {PreferenceStage.Number(margin)} ({items} replies)");
    }

    /// <summary>The reference point, over all items whatever the micro-batches.</summary>
    protected override int Prepare(KtoItem[] items, bool learn)
    {
        if (options.Loss == ThumbLoss.KtoZero || (options.Loss == ThumbLoss.Bco && !learn))
        {
            _point = _shift.Mean;
            return 0;
        }
        bool mismatched = options.Loss == ThumbLoss.Kto;
        int[] other = KahnemanTversky.Mismatch(items.Length);
        KtoItem[] compared = mismatched ? [.. items.Select((item, i) => item with { Reply = items[other[i]].Reply.After(item.Reply, maxRowTokens) })] : items;
        int tokens = 0;
        var ratios = new List<double>();
        foreach ((_, PolicyScores scores) in Passes(compared))
        {
            ratios.AddRange(scores.LogRatios);
            tokens += scores.LogProb.Length;
        }
        if (!mismatched)
        {
            _shift = _shift.With([.. ratios.Select(ratio => options.Kto.Beta * ratio)]);
        }
        _point = mismatched ? KahnemanTversky.ReferencePoint([.. ratios]) : _shift.Mean;
        return tokens;
    }

    protected override RatingStatistics Loss(PolicyScores scores, IReadOnlyList<KtoItem> items, double[] weights, int count, double[] slopes)
    {
        bool[] up = [.. items.Select(item => item.Up)];
        return options.Loss == ThumbLoss.Bco
            ? BinaryClassifier.Evaluate(scores.LogProb, scores.Reference, scores.Batch.Actions, scores.Batch.Tokens.RowStarts, up, weights, options.Kto.Beta, _point, count, slopes)
            : KahnemanTversky.Evaluate(scores.LogProb, scores.Reference, scores.Batch.Actions, scores.Batch.Tokens.RowStarts, up, weights, _point, options.Kto, count, slopes);
    }
}
