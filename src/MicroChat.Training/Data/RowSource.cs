using System.Text.Json;

namespace MicroChat.Training.Data;

/// <summary>The JSON rows of one file, each parsed by a function; bad ones stop the reading or are left out, as the options say.</summary>
internal sealed class RowSource(string path, DatasetOptions options, RowReport report)
{
    /// <summary>Name of the file without folder and extensions.</summary>
    public string FileName { get; } = Path.GetFileName(path).Split('.')[0];

    /// <summary>Every good row with its line number; blank lines are passed over.</summary>
    /// <exception cref="DatasetException">The file is damaged, or a row is bad and may not be left out.</exception>
    public IEnumerable<(long Line, T Item)> Read<T>(Func<JsonElement, T> parse) where T : class
    {
        using var lines = new LineReader(path, options.MaxLineBytes);
        while (lines.Read())
        {
            if (lines.Line.Span.IndexOfAnyExcept(" \t"u8) < 0)
            {
                continue;
            }
            report.Rows++;
            if (TryParse(lines, parse) is { } item)
            {
                yield return (lines.LineNumber, item);
            }
        }
    }

    /// <summary>Stops at a bad row or counts it.</summary>
    public void Bad(long line, RowException row)
    {
        DatasetException problem = DatasetException.Row(path, line, row);
        if (options.BadRows == BadRows.Stop)
        {
            throw problem;
        }
        report.Skip(problem);
        if (report.Skipped > options.SkipLimit)
        {
            throw DatasetException.File(path, $"{report.Skipped} bad rows; wanted at most {options.SkipLimit}. The last one: {problem.Message}",
                "Repair the file, or raise SkipLimit.", problem);
        }
    }

    /// <summary>The row's own "source" and "license", or the given ones, or the file's name and "unknown".</summary>
    public (string Source, string License) Origin(JsonElement row, string? source, string? license) =>
        (RowFields.OptionalText(row, "source") ?? options.Source ?? source ?? FileName,
         RowFields.OptionalText(row, "license") ?? RowFields.OptionalText(row, "licence") ?? options.License ?? license ?? "unknown");

    /// <summary>The object on a line.</summary>
    public static JsonDocument Parse(LineReader lines, DatasetOptions options)
    {
        lines.Check();
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(lines.Line, new JsonDocumentOptions { MaxDepth = options.MaxJsonDepth });
        }
        catch (JsonException e)
        {
            throw new RowException(null, $"broken JSON ({e.Message})", $"one JSON object per line, at most {options.MaxJsonDepth} levels deep", "Repair the line or remove it.");
        }
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            JsonValueKind kind = document.RootElement.ValueKind;
            document.Dispose();
            throw new RowException(null, $"the line holds a JSON {kind}", "one JSON object per line", "If the file is one big array, write each element on a line of its own.");
        }
        return document;
    }

    private T? TryParse<T>(LineReader lines, Func<JsonElement, T> parse) where T : class
    {
        try
        {
            using JsonDocument document = Parse(lines, options);
            return parse(document.RootElement);
        }
        catch (RowException e)
        {
            Bad(lines.LineNumber, e);
            return null;
        }
    }
}
