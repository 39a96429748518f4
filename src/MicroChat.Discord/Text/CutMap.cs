using System.Globalization;
using System.Text.RegularExpressions;

namespace MicroChat.Discord.Text;

/// <summary>What a cut costs at every position of a text, and which marks it goes through.</summary>
internal sealed partial class CutMap
{
    private readonly string text;
    private readonly IReadOnlyList<MarkdownSpan> spans;
    private readonly CutCost[] costs;           // of a cut before the character at that index

    public CutMap(string text)
    {
        this.text = text;
        spans = MarkdownScanner.Scan(text);
        costs = new CutCost[text.Length + 1];
        CostOfCharacters();
        CostOfLines();
        foreach (MarkdownSpan span in spans)
        {
            Apply(span);
        }
    }

    public CutCost CostAt(int position) => costs[position];

    /// <summary>What must stand before the rest of the text when it was cut here.</summary>
    public string OpeningAt(int position) => string.Concat(CutBy(position).Select(span => span.Mark));

    /// <summary>What must stand after the beginning of the text when it is cut here.</summary>
    public string ClosingAt(int position) => string.Concat(CutBy(position).Reverse().Select(span => span.Kind != SpanKind.CodeBlock
        ? span.Mark
        : text[position - 1] == '\n' ? "```" : "\n```"));

    private IEnumerable<MarkdownSpan> CutBy(int position) => position == 0 ? [] : spans.Where(span => span.Kind != SpanKind.Atom && span.IsCutBy(position));

    private void CostOfCharacters()
    {
        Array.Fill(costs, CutCost.Cluster);
        for (int at = 0; at < text.Length; at += StringInfo.GetNextTextElementLength(text.AsSpan(at)))
        {
            costs[at] = CutCost.Character;
        }
        for (int at = 1; at < text.Length; at++)
        {
            if (char.IsSurrogatePair(text[at - 1], text[at]) || (text[at - 1] == '`' && text[at] == '`'))
            {
                costs[at] = CutCost.Never;
            }
            else if (char.IsWhiteSpace(text[at - 1]) && !char.IsWhiteSpace(text[at]) && costs[at] == CutCost.Character)
            {
                costs[at] = at > 1 && IsSentenceEnd(at - 2) ? CutCost.Sentence : CutCost.Word;
            }
        }
    }

    private bool IsSentenceEnd(int at) => text[at] is '.' or '!' or '?' or '…' or '。' or '！' or '？'
        || (text[at] is ')' or '"' or '”' or '*' && at > 0 && text[at - 1] is '.' or '!' or '?');

    private void CostOfLines()
    {
        for (int next = text.IndexOf('\n') + 1; next > 0 && next < text.Length; next = text.IndexOf('\n', next) + 1)
        {
            ReadOnlySpan<char> line = Line(next), before = Line(text.LastIndexOf('\n', Math.Max(0, next - 2)) is var start && next >= 2 ? start + 1 : 0);
            bool isBlank = line.Trim().IsEmpty, followsBlank = before.Trim().IsEmpty;
            bool continues = char.IsWhiteSpace(text[next]) && !ListItem().IsMatch(line);
            costs[next] = line.StartsWith("#") || (followsBlank && !isBlank) ? CutCost.Paragraph
                : before.StartsWith("#") || isBlank || continues ? CutCost.Sentence
                : CutCost.Line;
        }
    }

    private ReadOnlySpan<char> Line(int start)
    {
        int end = text.IndexOf('\n', start);
        return text.AsSpan(start, (end < 0 ? text.Length : end) - start);
    }

    private void Apply(MarkdownSpan span)
    {
        if (span.Kind == SpanKind.CodeBlock)
        {
            Better(span.Start, span.Start > 0 && text[span.Start - 1] == '\n' ? CutCost.Paragraph : CutCost.Line);
            Better(span.End, CutCost.Line);
        }
        int innerEnd = Math.Min(span.InnerEnd, text.Length);
        for (int at = span.Start + 1; at < span.End && at <= text.Length; at++)
        {
            bool inMark = at < span.Inner || at > innerEnd;
            costs[at] = inMark ? CutCost.Never : span.Kind switch
            {
                SpanKind.CodeBlock => InBlock(at),
                SpanKind.Code => Worst(costs[at], text[at - 1] == '`' || text[at] == '`' ? CutCost.Never : IsBreak(at) ? CutCost.CodeWord : CutCost.Broken),
                SpanKind.Emphasis => Worst(costs[at], at == span.Inner || at == innerEnd ? CutCost.Broken : CutCost.MarkedWord),
                _ => Worst(costs[at], CutCost.Broken),
            };
        }
        if (span.Kind == SpanKind.CodeBlock)
        {
            AvoidEmptyBlocks(span, innerEnd);
        }
    }

    private CutCost InBlock(int at) => costs[at] >= CutCost.Cluster ? costs[at]
        : at > 0 && text[at - 1] == '\n' ? CutCost.Sentence
        : IsBreak(at) ? CutCost.CodeWord
        : CutCost.Character;

    private bool IsBreak(int at) => costs[at] <= CutCost.Word;

    /// <summary>A cut right after the beginning of a block, or right before its end, leaves a block with nothing in it.</summary>
    private void AvoidEmptyBlocks(MarkdownSpan span, int innerEnd)
    {
        for (int at = span.Inner; at <= innerEnd && at < costs.Length && (at == span.Inner || char.IsWhiteSpace(text[at - 1])); at++)
        {
            costs[at] = Worst(costs[at], CutCost.Broken);
        }
        for (int at = innerEnd; at > span.Inner && (at == innerEnd || char.IsWhiteSpace(text[at])); at--)
        {
            costs[at] = Worst(costs[at], CutCost.Broken);
        }
    }

    private void Better(int position, CutCost cost)
    {
        if (position > 0 && position < text.Length && cost < costs[position])
        {
            costs[position] = cost;
        }
    }

    private static CutCost Worst(CutCost one, CutCost other) => one > other ? one : other;

    [GeneratedRegex(@"^\s*(?:[-*+•]|\d{1,9}[.)])\s")]
    private static partial Regex ListItem();
}
