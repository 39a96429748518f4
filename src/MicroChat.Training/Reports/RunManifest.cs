using System.Text.Json;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Training.Reports;

/// <summary>The report's facts as data: run.json in a run's folder, from which model cards are made.</summary>
public static class RunManifest
{
    /// <summary>Name of the file in a run's folder.</summary>
    public const string FileName = "run.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes the file: whole or not at all.</summary>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public static void Save(string runFolder, RunReportData data) =>
        AtomicFile.WriteText(Path.Combine(runFolder, FileName), JsonSerializer.Serialize(data, Json));

    /// <summary>What is known of a run; null where the folder is none, or its run has not ended yet.</summary>
    /// <exception cref="TrainingException">The file is damaged.</exception>
    public static RunReportData? Load(string runFolder)
    {
        string path = Path.Combine(runFolder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<RunReportData>(File.ReadAllText(path), Json) ?? throw new JsonException("it holds null");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new TrainingException($"{path}: the facts of the run could not be read ({e.Message}). Run its command again: it writes the file at its end.", e);
        }
    }
}
