using System.Runtime.InteropServices;
using MicroChat.Model.Tokenizers.Bpe;

namespace MicroChat.Model.Tokenizers;

/// <summary>Encodes pieces of a byte-level vocabulary; remembers the ids of short pieces. For one thread at a time.</summary>
/// <param name="model">The vocabulary.</param>
/// <param name="merger">Merges in its place, except for pieces that the model takes whole; null: the model merges itself.</param>
internal sealed class PieceEncoder(BpeModel model, IPieceMerger? merger)
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
        int before = ids.Count;
        ReadOnlySpan<char> letters = Letters(piece);
        if (merger is null || letters.IsEmpty || model.TakesWhole(letters))
        {
            model.Encode(letters, Symbols);
            for (int i = 0; i < Symbols.Count; i++) ids.Add(Symbols.Id(i));
        }
        else
        {
            merger.Merge(letters, ids);
        }
        if (piece.Length > LongestPiece) return;
        if (_cache.Count >= MostPieces) _cache.Clear();             // rare, and frequent pieces are back at once
        lookup[piece] = CollectionsMarshal.AsSpan(ids)[before..].ToArray();
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
