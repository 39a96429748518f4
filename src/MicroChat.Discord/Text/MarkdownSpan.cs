namespace MicroChat.Discord.Text;

/// <summary>A stretch of a text that belongs together.</summary>
/// <param name="Start">Its first character, mark included.</param>
/// <param name="End">After its last character, mark included; where it was never closed, the end of the text.</param>
/// <param name="Inner">After the opening mark; for a code block after the line with its language.</param>
/// <param name="InnerEnd">Before the closing mark.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Mark">What opens it again in another message: "**", "```py\n".</param>
internal sealed record MarkdownSpan(int Start, int Inner, int InnerEnd, int End, SpanKind Kind, string Mark)
{
    /// <summary>Whether a cut at this position goes through it.</summary>
    public bool IsCutBy(int position) => position > Start && position < End;
}

internal enum SpanKind
{
    CodeBlock,

    /// <summary>Code within a line.</summary>
    Code,

    /// <summary>Bold, underlined, struck out or hidden text.</summary>
    Emphasis,

    /// <summary>A link, mention, emoji or time: worthless in two pieces.</summary>
    Atom,
}
