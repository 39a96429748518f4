using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>Two rows.</summary>
internal sealed record DpoPair(EncodedReply Better, EncodedReply Worse)
{
    public int Tokens => Better.Ids.Length + Worse.Ids.Length;
}

/// <summary>The loss over pairs.</summary>
internal sealed class DpoTask(TunedModel model, DpoPair[] training, DpoPair[] heldOut, DpoOptions options) : IPreferenceTask
{
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
            sum += DirectPreference.Evaluate(
                scores.LogProb, scores.Reference, scores.Batch.Actions, scores.Batch.Tokens.RowStarts, options.Loss, pairs.Length, slopes);
            if (learn)
            {
                model.Decoder.Backward(Precision.Narrow(slopes), default, default);
            }
            tokens += scores.LogProb.Length;
        }
        return sum;
    }
}
