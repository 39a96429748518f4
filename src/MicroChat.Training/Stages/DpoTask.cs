using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>Two rows.</summary>
internal sealed record DpoPair(EncodedReply Better, EncodedReply Worse)
{
    /// <summary>How much the pair counts; only its ratio to the mean of the training pairs matters.</summary>
    public double Weight { get; init; } = 1;

    public int Tokens => Better.Ids.Length + Worse.Ids.Length;
}

/// <summary>The loss over pairs.</summary>
internal sealed class DpoTask(TunedModel model, DpoPair[] training, DpoPair[] heldOut, DpoOptions options) : IPreferenceTask
{
    private readonly double _meanWeight = training.Length > 0 ? training.Average(pair => pair.Weight) : 1;

    public int Items => training.Length;

    public PreferenceUpdate Accumulate(IReadOnlyList<int> items)
    {
        var values = new Dictionary<string, double>();
        Evaluate([.. items.Select(item => training[item])], learn: true, out int tokens).Report(values);
        return new PreferenceUpdate(tokens, values);
    }

    public (IReadOnlyDictionary<string, double> Values, string Note) Validate(int limit)
    {
        DpoPair[] pairs = heldOut[..Math.Min(limit, heldOut.Length)];
        PreferenceStatistics found = Evaluate(pairs, learn: false, out _);
        return (
            new Dictionary<string, double> { [Metrics.ValidationLoss] = found.Loss, [Metrics.Accuracy] = found.Accuracy },
            $"held-out loss {PreferenceStage.Number(found.Loss)}, accuracy {PreferenceStage.Number(found.Accuracy)}, margin {PreferenceStage.Number(found.Margin)} ({pairs.Length} pairs)");
    }

    public void Complete()
    {
    }

    public string? SaveState() => null;

    public void RestoreState(string state)
    {
    }

    private PreferenceStatistics Evaluate(DpoPair[] pairs, bool learn, out int tokens)
    {
        PreferenceStatistics sum = default;
        tokens = 0;
        foreach (List<DpoPair> micro in MicroBatches.Cut(pairs, pair => pair.Tokens, options.Training.MicroBatchTokens))
        {
            var scores = new PolicyScores(model, [.. micro.SelectMany(pair => new[] { pair.Better, pair.Worse })]);
            double[] slopes = new double[scores.LogProb.Length];
            double[] weights = [.. micro.Select(pair => pair.Weight / _meanWeight)];
            sum += DirectPreference.Evaluate(
                scores.LogProb, scores.Reference, scores.Batch.Actions, scores.Batch.Tokens.RowStarts, weights, options.Loss, pairs.Length, slopes);
            if (learn)
            {
                model.Decoder.Backward(Precision.Narrow(slopes), default, default);
            }
            tokens += scores.LogProb.Length;
        }
        return sum;
    }
}
