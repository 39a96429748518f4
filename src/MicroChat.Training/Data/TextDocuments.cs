using System.Text;

namespace MicroChat.Training.Data;

/// <summary>Documents of a plain text file, divided by a line of their own: <c>&lt;|endoftext|&gt;</c>.</summary>
internal static class TextDocuments
{
    private const string Separator = "<|endoftext|>";

    /// <summary>Most empty lines kept between two others.</summary>
    private const int MaxEmptyLines = 1_000;

    /// <summary>Streams the documents; empty lines at their ends are dropped. A bad line is left out or stops the reading.</summary>
    public static IEnumerable<TextDocument> Read(string path, DatasetOptions options, RowReport report)
    {
        var rows = new RowSource(path, options, report);
        string source = options.Source ?? rows.FileName, license = options.License ?? "unknown";
        using var lines = new LineReader(path, options.MaxLineBytes);
        var text = new StringBuilder();
        int piece = 0, emptyLines = 0;
        while (TryRead(lines, rows, out string? line))
        {
            if (line is null)
            {
                continue;
            }
            if (line == Separator)
            {
                report.Rows++;
                if (text.Length > 0)
                {
                    yield return new TextDocument(source, license, text.ToString(), piece, IsLast: true);
                }
                text.Clear();
                (piece, emptyLines) = (0, 0);
                continue;
            }
            if (line.Length == 0)
            {
                emptyLines = Math.Min(emptyLines + 1, MaxEmptyLines);
                continue;
            }
            if (text.Length > 0)
            {
                text.Append('\n', emptyLines + 1);
                if (text.Length + line.Length > options.MaxDocumentCharacters)
                {
                    yield return new TextDocument(source, license, text.ToString(), piece++, IsLast: false);
                    text.Clear();
                }
            }
            emptyLines = 0;
            text.Append(line);
        }
        if (text.Length > 0)
        {
            report.Rows++;
            yield return new TextDocument(source, license, text.ToString(), piece, IsLast: true);
        }
    }

    private static bool TryRead(LineReader lines, RowSource rows, out string? line)
    {
        line = null;
        if (!lines.Read())
        {
            return false;
        }
        try
        {
            lines.Check();
            line = Encoding.UTF8.GetString(lines.Line.Span);
        }
        catch (RowException e)
        {
            rows.Bad(lines.LineNumber, e);
        }
        return true;
    }
}
