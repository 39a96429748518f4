using MicroChat.Training.Evaluation;
using MicroChat.Training.Reports;
using static MicroChat.Training.Stages.PreferenceStage;

namespace MicroChat.Training.Stages;

/// <summary>Reward models beside their controls, as tables of a report.</summary>
internal static class RewardTables
{
    /// <summary>Accuracies, and the calibration of the first one.</summary>
    public static IReadOnlyList<ReportTable> Of(IReadOnlyList<(string Name, RewardModelReport Report)> results) =>
    [
        new ReportTable(
            "Held-out pairs in the right order (share ± standard error (pairs))",
            ["model", "#accuracy", "#length-matched", "#a rule of length alone", "#log loss", "#calibration error", "#correlation with length"],
            [.. results.Select(result => Row(result.Name, result.Report))]),
        new ReportTable(
            $"Calibration of \"{results[0].Name}\"", ["predicted", "#pairs", "#mean prediction", "#came true"],
            [.. results[0].Report.Calibration.Bins.Select((bin, k) => (IReadOnlyList<string>)
                [$"{Number(k / 10.0)} to {Number((k + 1) / 10.0)}", $"{bin.Count}", Number(bin.MeanProbability), Number(bin.Share)])]),
    ];

    private static string[] Row(string name, RewardModelReport report) =>
    [
        name, report.Accuracy.ToString(), report.LengthMatched.ToString(), report.LengthOnly.ToString(),
        Number(report.Calibration.LogLoss), Number(report.Calibration.ExpectedError), Number(report.LengthCorrelation),
    ];
}
