using System.Text.RegularExpressions;

namespace MicroChat.Discord.Text;

/// <summary>Finds what belongs together in Discord's dialect of Markdown: code, marked text, links and mentions.</summary>
/// <remarks>Like Discord, and unlike CommonMark, three backticks open and close a code block wherever they stand; longer runs count by threes.</remarks>
internal static partial class MarkdownScanner
{
    private const int Fence = 3;
    private const int LongestLanguage = 32;

    private static readonly string[] Emphases = ["**", "__", "~~", "||"];

    /// <summary>All spans, by where they begin; a span lies wholly within another one or outside of it, except that emphases may overlap.</summary>
    public static IReadOnlyList<MarkdownSpan> Scan(string text)
    {
        var spans = new List<MarkdownSpan>();
        int free = 0;
        for (int at = NextFence(text, 0); at < text.Length; at = NextFence(text, free))
        {
            MarkdownSpan block = CodeBlock(text, at);
            ScanProse(text, free, at, spans);
            spans.Add(block);
            free = Math.Min(block.End, text.Length);
        }
        ScanProse(text, free, text.Length, spans);
        return [.. spans.OrderBy(span => span.Start)];
    }

    private static MarkdownSpan CodeBlock(string text, int start)
    {
        int afterMark = start + RunLength(text, start, '`');
        int line = afterMark;
        while (line < text.Length && line - afterMark <= LongestLanguage && (char.IsAsciiLetterOrDigit(text[line]) || "_+-.#".Contains(text[line], StringComparison.Ordinal)))
        {
            line++;
        }
        bool hasLanguage = line > afterMark && line - afterMark <= LongestLanguage && line < text.Length && text[line] is '\n' or '\r';
        string language = hasLanguage ? text[afterMark..line] : "";
        int inner = hasLanguage ? line : afterMark;
        if (text.AsSpan(inner).StartsWith("\r\n", StringComparison.Ordinal))
        {
            inner += 2;
        }
        else if (inner < text.Length && text[inner] == '\n')
        {
            inner++;
        }
        int close = NextFence(text, afterMark);
        int end = close < text.Length ? close + RunLength(text, close, '`') : text.Length + 1;
        return new MarkdownSpan(start, inner, close, end, SpanKind.CodeBlock, $"```{language}\n");
    }

    /// <summary>Where the next run of backticks is that opens or closes a block; the end of the text if there is none.</summary>
    private static int NextFence(string text, int from)
    {
        for (int at = from; at < text.Length; at++)
        {
            if (text[at] != '`')
            {
                continue;
            }
            int run = RunLength(text, at, '`');
            if (run / Fence % 2 == 1)
            {
                return at;
            }
            at += run - 1;
        }
        return text.Length;
    }

    private static int RunLength(string text, int at, char mark)
    {
        int end = at;
        while (end < text.Length && text[end] == mark)
        {
            end++;
        }
        return end - at;
    }

    private static void ScanProse(string text, int from, int to, List<MarkdownSpan> spans)
    {
        int first = spans.Count;
        ScanCode(text, from, to, spans);
        foreach (Regex regex in (Regex[])[Mention(), MaskedLink(), Address()])
        {
            foreach (ValueMatch match in regex.EnumerateMatches(text.AsSpan(from, to - from)))
            {
                int start = from + match.Index, end = start + match.Length;
                if (!IsInside(spans, first, start))
                {
                    spans.Add(new MarkdownSpan(start, start, end, end, SpanKind.Atom, ""));
                }
            }
        }
        int atoms = spans.Count;
        foreach (string mark in Emphases)
        {
            ScanEmphasis(text, from, to, mark, spans, first, atoms);
        }
    }

    private static void ScanCode(string text, int from, int to, List<MarkdownSpan> spans)
    {
        for (int at = from; at < to; at++)
        {
            if (text[at] != '`')
            {
                continue;
            }
            int run = RunLength(text, at, '`');
            int close = run < Fence ? CloseOf(text, at + run, to, run) : -1;
            if (close >= 0)
            {
                spans.Add(new MarkdownSpan(at, at + run, close, close + run, SpanKind.Code, new string('`', run)));
                at = close;
            }
            at += run - 1;
        }
    }

    /// <summary>The next run of exactly as many backticks within the paragraph; −1: none.</summary>
    private static int CloseOf(string text, int from, int to, int run)
    {
        int paragraph = text.IndexOf("\n\n", from, to - from, StringComparison.Ordinal);
        int end = paragraph < 0 ? to : paragraph;
        for (int at = from; at < end; at++)
        {
            if (text[at] == '`')
            {
                int length = RunLength(text, at, '`');
                if (length == run)
                {
                    return at;
                }
                at += length - 1;
            }
        }
        return -1;
    }

    private static void ScanEmphasis(string text, int from, int to, string mark, List<MarkdownSpan> spans, int first, int atoms)
    {
        bool endsWithParagraph = mark != "||";              // a spoiler may hide several paragraphs
        int open = -1;
        for (int at = from; at < to; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (endsWithParagraph && text[at] == '\n' && at + 1 < to && text[at + 1] == '\n')
            {
                open = -1;
            }
            else if (string.CompareOrdinal(text, at, mark, 0, mark.Length) == 0 && at + mark.Length <= to && !IsInside(spans, first, atoms, at))
            {
                if (open >= 0 && at > open + mark.Length)
                {
                    spans.Add(new MarkdownSpan(open, open + mark.Length, at, at + mark.Length, SpanKind.Emphasis, mark));
                    open = -1;
                }
                else
                {
                    open = at;
                }
                at += mark.Length - 1;
            }
        }
    }

    private static bool IsInside(List<MarkdownSpan> spans, int first, int position) => IsInside(spans, first, spans.Count, position);

    private static bool IsInside(List<MarkdownSpan> spans, int first, int end, int position)
    {
        for (int i = first; i < end; i++)
        {
            if (spans[i].Start <= position && position < spans[i].End)
            {
                return true;
            }
        }
        return false;
    }

    [GeneratedRegex(@"<(?:@[!&]?|\#|a?:\w{1,40}:|t:|/|id:)[^<>\n]{1,100}>")]
    private static partial Regex Mention();

    [GeneratedRegex(@"\[[^\[\]\n]{1,500}\]\(<?https?://[^\s()<>]{1,1500}>?\)")]
    private static partial Regex MaskedLink();

    [GeneratedRegex(@"https?://[^\s<>]+")]
    private static partial Regex Address();
}
