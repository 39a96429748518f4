namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>A pre-tokenizer that only cuts.</summary>
internal sealed class CuttingPreTokenizer(ISplitter splitter) : IPreTokenizer
{
    public ISplitter Splitter => splitter;

    public void Cut(AlignedText piece, List<AlignedText> pieces)
    {
        var ranges = new List<TextRange>();
        splitter.Split(piece.Text, 0, ranges);
        foreach (TextRange range in ranges) pieces.Add(piece.Slice(range));
    }
}

/// <summary>Several pre-tokenizers, each working on the pieces of the one before.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<IPreTokenizer> steps) : IPreTokenizer
{
    public IReadOnlyList<IPreTokenizer> Steps => steps;

    public void Cut(AlignedText piece, List<AlignedText> pieces)
    {
        List<AlignedText> current = [piece];
        foreach (IPreTokenizer step in steps)
        {
            var next = new List<AlignedText>(current.Count);
            foreach (AlignedText part in current) step.Cut(part, next);
            current = next;
        }
        pieces.AddRange(current);
    }
}

/// <summary>Cuts by GPT-2's pattern, if asked to, and writes each byte of the UTF-8 form as its letter.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool cuts) : IPreTokenizer
{
    private static readonly Gpt2Splitter Pattern = new();

    /// <summary>Whether a space is put before a text that has none.</summary>
    public bool AddPrefixSpace => addPrefixSpace;

    /// <summary>The pattern; null: nothing is cut.</summary>
    public ISplitter? Splitter => cuts ? Pattern : null;

    public void Cut(AlignedText piece, List<AlignedText> pieces)
    {
        if (piece.Length == 0) return;
        if (addPrefixSpace && piece.Text[0] != ' ')
        {
            var builder = new AlignedText.Builder(piece);
            builder.Append(' ', 0);
            builder.Copy(new TextRange(0, piece.Length));
            piece = builder.Build();
        }
        List<TextRange> ranges = [];
        if (cuts) Pattern.Split(piece.Text, 0, ranges);
        else ranges.Add(new TextRange(0, piece.Length));
        foreach (TextRange range in ranges) pieces.Add(ToLetters(piece.Slice(range)));
    }

    private static AlignedText ToLetters(AlignedText piece)
    {
        var builder = new AlignedText.Builder(piece);
        Span<byte> bytes = stackalloc byte[4];
        for (int at = 0; at < piece.Length;)
        {
            System.Text.Rune.DecodeFromUtf16(piece.Text[at..], out System.Text.Rune rune, out int read);   // a lone surrogate gives U+FFFD
            int count = rune.EncodeToUtf8(bytes);
            foreach (byte b in bytes[..count]) builder.Append(ByteLetters.Of(b), at);
            at += read;
        }
        return builder.Build();
    }
}
