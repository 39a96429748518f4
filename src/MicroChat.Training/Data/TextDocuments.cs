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
        var text = new Collector(options.Source ?? rows.FileName, options.License ?? "unknown", options.MaxDocumentCharacters);
        using var lines = new LineReader(path, options.MaxLineBytes);
        while (TryRead(lines, rows, out string? line))
        {
            TextDocument? done = line switch { null => null, Separator => text.End(), _ => text.Add(line) };
            report.Rows += done is { IsLast: true } ? 1 : 0;
            if (done is not null)
            {
                yield return done;
            }
        }
        if (text.End() is { } last)
        {
            report.Rows++;
            yield return last;
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

    /// <summary>The document that is being read, or its last piece.</summary>
    private sealed class Collector(string source, string license, int maxCharacters)
    {
        private readonly StringBuilder _text = new();
        private int _piece, _emptyLines;

        /// <summary>Adds a line; hands out what was there before when it gets too long.</summary>
        public TextDocument? Add(string line)
        {
            if (line.Length == 0)
            {
                _emptyLines = Math.Min(_emptyLines + 1, MaxEmptyLines);
                return null;
            }
            TextDocument? full = null;
            if (_text.Length > 0)
            {
                _text.Append('\n', _emptyLines + 1);
                if (_text.Length + line.Length > maxCharacters)
                {
                    full = new TextDocument(source, license, _text.ToString(), _piece++, IsLast: false);
                    _text.Clear();
                }
            }
            _emptyLines = 0;
            _text.Append(line);
            return full;
        }

        /// <summary>Hands out the rest and begins a new document; null when there is none.</summary>
        public TextDocument? End()
        {
            TextDocument? document = _text.Length == 0 ? null : new TextDocument(source, license, _text.ToString(), _piece, IsLast: true);
            _text.Clear();
            (_piece, _emptyLines) = (0, 0);
            return document;
        }
    }
}
