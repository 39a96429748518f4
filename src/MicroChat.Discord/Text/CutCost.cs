namespace MicroChat.Discord.Text;

/// <summary>How bad it is to cut a text at a position; the smaller the better.</summary>
internal enum CutCost : byte
{
    /// <summary>Between paragraphs, before a heading, around a code block.</summary>
    Paragraph,

    /// <summary>Between lines.</summary>
    Line,

    /// <summary>Between sentences, between lines of code, or before the second line of a list item.</summary>
    Sentence,

    /// <summary>Between words.</summary>
    Word,

    /// <summary>Between words that are bold, hidden …: the marks are closed and opened again.</summary>
    MarkedWord,

    /// <summary>Between words of a line of code.</summary>
    CodeWord,

    /// <summary>Between characters as people see them.</summary>
    Character,

    /// <summary>Inside of a link or mention, or where a code block would be left empty.</summary>
    Broken,

    /// <summary>Inside of what people see as one character.</summary>
    Cluster,

    /// <summary>Inside of a surrogate pair or of a mark.</summary>
    Never,
}
