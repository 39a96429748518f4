using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>Two rows.</summary>
internal sealed record DpoPair(EncodedReply Better, EncodedReply Worse) : IPolicyItem
{
    public double Weight { get; init; } = 1;

    public IEnumerable<EncodedReply> Rows => [Better, Worse];
}

/// <summary>The loss over pairs.</summary>
internal sealed class DpoTask(TunedModel model, DpoPair[] training, DpoPair[] heldOut, DpoOptions options)
    : PolicyTask<DpoPair, PreferenceStatistics>(model, training, heldOut, options.Training.MicroBatchTokens)
{
    protected override (IReadOnlyDictionary<string, double> Values, string Note) Describe(PreferenceStatistics found, int items) => (
        new Dictionary<string, double> { [Metrics.ValidationLoss] = found.Loss, [Metrics.Accuracy] = found.Accuracy },
        $"held-out loss {PreferenceStage.Number(found.Loss)}, accuracy {PreferenceStage.Number(found.Accuracy)}, margin {PreferenceStage.Number(found.Margin)} ({items} pairs)");

    protected override PreferenceStatistics Loss(PolicyScores scores, IReadOnlyList<DpoPair> items, double[] weights, int count, double[] slopes) =>
        DirectPreference.Evaluate(scores.LogProb, scores.Reference, scores.Batch.Actions, scores.Batch.Tokens.RowStarts, weights, options.Loss, count, slopes);
}
