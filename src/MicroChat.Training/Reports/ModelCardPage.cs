using System.Text;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training.Stages;

namespace MicroChat.Training.Reports;

/// <summary>
/// README.md of a model folder: how the model was made, run by run, on which data under which licences, what it scores on held-out
/// rows, and what it says. Source for the parts of such a card: Mitchell et al. 2019 (arXiv:1810.03993).
/// </summary>
public static class ModelCardPage
{
    private const string FileName = "README.md";

    /// <summary>Writes the card and its curves into a model's folder.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="name">Headline.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="parameters">Number of its weights.</param>
    /// <param name="last">The run that made it; those before it are its parents.</param>
    /// <param name="lastFolder">Folder of that run, where its measurements are.</param>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public static void Write(string folder, string name, DecoderConfig config, long parameters, RunReportData last, string lastFolder)
    {
        (string Folder, RunReportData Run)[] runs = [.. Lineage(last, lastFolder).Reverse()];
        var text = new StringBuilder($"# {name}\n\n");
        text.Append($"A decoder of the Llama type with {parameters:N0} parameters, trained from nothing by this program in {runs.Length} runs over ");
        text.Append($"{runs.Sum(r => r.Run.Tokens):N0} tokens. It continues chats in English; it knows little, can be wrong about everything, and should decide nothing.\n\n");
        text.Append("| layers | channels | heads | key-value heads | feed-forward | vocabulary | context |\n|---:|---:|---:|---:|---:|---:|---:|\n");
        text.Append($"| {config.Layers} | {config.Width} | {config.Heads} | {config.KeyValueHeads} | {config.FeedForward} | {config.VocabularySize:N0} | {config.ContextTokens:N0} |\n");
        for (int i = 0; i < runs.Length; i++)
        {
            Run(text, runs[i].Run, Curves(folder, i + 1, runs[i].Folder));
        }
        Validation(text, last);
        Samples(text, last);
        Data(text, runs);
        AtomicFile.WriteText(Path.Combine(folder, FileName), text.ToString());
    }

    private static IEnumerable<(string Folder, RunReportData Run)> Lineage(RunReportData last, string lastFolder)
    {
        string folder = lastFolder;
        for (RunReportData? run = last; run is not null; run = run.Parent)
        {
            yield return (folder, run);
            folder = run.BeganFrom is { } model ? TrainingCheckpoint.RunOf(model) ?? model : "";
        }
    }

    private static string? Curves(string folder, int number, string runFolder)
    {
        string log = Path.Combine(runFolder, MetricsLog.FileName);
        string svg = File.Exists(log) ? ChartSvg.File(ReportChart.Standard[0], [.. MetricsLog.Read(log)]) : "";
        if (svg.Length == 0)
        {
            return null;
        }
        string file = $"loss-{number}.svg";
        AtomicFile.WriteText(Path.Combine(folder, file), svg);
        return file;
    }

    private static void Run(StringBuilder text, RunReportData run, string? curves)
    {
        text.Append($"\n## {run.Title}\n\n{run.Steps:N0} updates, {run.Tokens:N0} tokens, ended {run.Written.UtcDateTime:yyyy-MM-dd}.\n\n```\n{run.Command}\n```\n");
        if (curves is not null)
        {
            text.Append($"\n![{Cell(run.Charts[0].Title)}]({curves})\n");
        }
    }

    private static void Validation(StringBuilder text, RunReportData run)
    {
        if (run.Validation.Count == 0)
        {
            return;
        }
        text.Append("\n## Held-out rows\n\nNever trained on; of chats only the assistant's words count.\n\n| source | tokens | loss (nats per token) | bits per byte |\n|---|---:|---:|---:|\n");
        foreach (ReportValidation v in run.Validation)
        {
            text.Append($"| {Cell(v.DataSet)} | {v.Tokens:N0} | {v.Loss:0.000} | {v.BitsPerByte:0.000} |\n");
        }
        text.Append($"| mean | | {run.Validation.Average(v => v.Loss):0.000} | {run.Validation.Average(v => v.BitsPerByte):0.000} |\n");
    }

    private static void Samples(StringBuilder text, RunReportData run)
    {
        text.Append(run.Samples.Count == 0 ? "" : "\n## What it says (greedy, unchosen)\n\n| prompt | reply |\n|---|---|\n");
        foreach (ReportSample sample in run.Samples)
        {
            text.Append($"| {Cell(sample.Prompt)} | {Cell(sample.After)} |\n");
        }
    }

    private static void Data(StringBuilder text, (string Folder, RunReportData Run)[] runs)
    {
        text.Append("\n## Data and attribution\n\n| file | rows | licence | attribution |\n|---|---:|---|---|\n");
        foreach (ReportDataSource source in runs.SelectMany(r => r.Run.Data).DistinctBy(s => s.Sha256).OrderBy(s => s.File, StringComparer.Ordinal))
        {
            text.Append($"| {Cell(source.File)} | {source.Rows:N0} | {Cell(source.Licence)} | {Cell(source.Attribution)} |\n");
        }
    }

    /// <summary>Markdown and HTML in a table's cell are shown, not obeyed.</summary>
    private static string Cell(string text) =>
        text.ReplaceLineEndings(" ").Replace("\\", "\\\\").Replace("|", "\\|").Replace("<", "&lt;").Replace("`", "\\`").Replace("*", "\\*").Replace("_", "\\_");
}
