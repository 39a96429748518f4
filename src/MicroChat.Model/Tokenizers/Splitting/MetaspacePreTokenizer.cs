namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>When <see cref="MetaspacePreTokenizer"/> puts its letter before a text that does not start with it.</summary>
internal enum PrependScheme
{
    /// <summary>Before every part.</summary>
    Always,

    /// <summary>Only where the part starts the whole text.</summary>
    First,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>SentencePiece's way with spaces: each becomes a visible letter, and words are cut before it.</summary>
internal sealed class MetaspacePreTokenizer(char replacement, PrependScheme scheme, bool cuts) : IPreTokenizer
{
    private readonly BehaviourSplitter _splitter = new(new LiteralMatcher(replacement.ToString()), SplitBehaviour.MergedWithNext, invert: false);

    public void Cut(AlignedText piece, List<AlignedText> pieces)
    {
        if (piece.Length == 0) return;
        var builder = new AlignedText.Builder(piece);
        bool prepends = scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.OriginalStart == 0);
        if (prepends && piece.Text[0] != ' ' && piece.Text[0] != replacement) builder.Append(replacement, 0);
        for (int at = 0; at < piece.Length; at++) builder.Append(piece.Text[at] == ' ' ? replacement : piece.Text[at], at);
        AlignedText marked = builder.Build();
        if (!cuts)
        {
            pieces.Add(marked);
            return;
        }
        var ranges = new List<TextRange>();
        _splitter.Split(marked.Text, 0, ranges);
        foreach (TextRange range in ranges) pieces.Add(marked.Slice(range));
    }
}
