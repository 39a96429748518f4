using System.Text.Json;
using MicroChat.Model.Checkpoints;
using MicroChat.Training.Evaluation;

namespace MicroChat.Training.Stages;

/// <summary>How good one reward model is on the held-out pairs.</summary>
/// <param name="Name">Which: <see cref="RewardSummary.Itself"/>, <see cref="RewardSummary.Shuffled"/>, or that of another seed.</param>
/// <param name="Accuracy">Share of the pairs in the right order.</param>
/// <param name="Pairs">Number of the pairs.</param>
/// <param name="LengthMatched">The same within pairs of about the same length; null: there are none.</param>
/// <param name="LengthOnly">Accuracy of a rule that only looks at length.</param>
/// <param name="LogLoss">Of the predicted probabilities. Unit: nats.</param>
/// <param name="LengthCorrelation">Correlation of score and length; null: all lengths or scores are the same.</param>
public sealed record RewardFigures(string Name, double Accuracy, long Pairs, double? LengthMatched, double LengthOnly, double LogLoss, double? LengthCorrelation);

/// <summary>What a run of reward training found, as numbers for programs: reward.json in its folder, written when all of it is done.</summary>
/// <param name="Models">The model itself first, then other seeds and the control.</param>
public sealed record RewardSummary(IReadOnlyList<RewardFigures> Models)
{
    /// <summary>Name of the file in the run's folder.</summary>
    public const string FileName = "reward.json";

    /// <summary>Name of the model itself.</summary>
    public const string Itself = "reward model";

    /// <summary>Name of the same training on labels drawn by lot.</summary>
    public const string Shuffled = "shuffled labels";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    /// <summary>The model itself.</summary>
    public RewardFigures Main => Models[0];

    /// <summary>The control; null: it was left out.</summary>
    public RewardFigures? Control => Models.FirstOrDefault(model => model.Name == Shuffled);

    /// <summary>What a run wrote; null: it is not done.</summary>
    /// <exception cref="TrainingException">The file is damaged.</exception>
    public static RewardSummary? Load(string runFolder)
    {
        string path = Path.Combine(runFolder, FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<RewardSummary>(File.ReadAllText(path), Json) ?? throw new JsonException("it holds null") : null;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new TrainingException($"{path}: the results could not be read ({e.Message}). Run the command again: it writes the file at its end.", e);
        }
    }

    internal static RewardSummary Of(IReadOnlyList<(string Name, RewardModelReport Report)> results) => new([.. results.Select(result => new RewardFigures(
        result.Name, result.Report.Accuracy.Share, result.Report.Accuracy.Count, Known(result.Report.LengthMatched.Share), result.Report.LengthOnly.Share,
        result.Report.Calibration.LogLoss, Known(result.Report.LengthCorrelation)))]);

    internal void Save(string runFolder) => AtomicFile.WriteText(Path.Combine(runFolder, FileName), JsonSerializer.Serialize(this, Json));

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}
