using MicroChat.Model.Tokenizers.Bpe;

namespace MicroChat.Model.Tokenizers;

/// <summary>Encodes pieces of a byte-level vocabulary; remembers the ids of short pieces. For one thread at a time.</summary>
internal sealed class PieceEncoder(BpeModel model)
{
    private const int MostPieces = 1 << 16;
    private const int LongestPiece = 64;                            // longer ones hardly return; unit: UTF-16 units
    private readonly Dictionary<string, int[]> _cache = [];
    private byte[] _bytes = new byte[256];
    private char[] _letters = new char[256];

    public MergeList Symbols { get; } = new();
    public List<TextSegment> Segments { get; } = [];
    public List<TextSegment> InnerSegments { get; } = [];
    public List<TextRange> Pieces { get; } = [];
    public List<TextRange> NextPieces { get; } = [];

    /// <summary>Adds the ids of a piece of text.</summary>
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        var lookup = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(piece, out int[]? known))
        {
            ids.AddRange(known.AsSpan());
            return;
        }
        model.Encode(Letters(piece), Symbols);
        for (int i = 0; i < Symbols.Count; i++) ids.Add(Symbols.Id(i));
        if (piece.Length > LongestPiece) return;
        if (_cache.Count >= MostPieces) _cache.Clear();             // rare, and frequent pieces are back at once
        int[] found = new int[Symbols.Count];
        for (int i = 0; i < found.Length; i++) found[i] = Symbols.Id(i);
        lookup[piece] = found;
    }

    private ReadOnlySpan<char> Letters(ReadOnlySpan<char> piece)
    {
        int most = System.Text.Encoding.UTF8.GetMaxByteCount(piece.Length);
        if (_bytes.Length < most) (_bytes, _letters) = (new byte[most], new char[most]);
        int length = System.Text.Encoding.UTF8.GetBytes(piece, _bytes);
        for (int i = 0; i < length; i++) _letters[i] = ByteLetters.Of(_bytes[i]);
        return _letters.AsSpan(0, length);
    }
}
