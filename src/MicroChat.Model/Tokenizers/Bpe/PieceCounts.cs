using System.Runtime.InteropServices;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers.Bpe;

/// <summary>How often each piece occurs. One table per thread; tables are added up afterwards.</summary>
internal sealed class PieceCounts(ISplitter splitter)
{
    private readonly Dictionary<string, long> _counts = [];
    private readonly List<TextRange> _pieces = [];

    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Counts the pieces of a text, each <paramref name="weight"/> times.</summary>
    public void Add(ReadOnlySpan<char> text, long weight)
    {
        _pieces.Clear();
        splitter.Split(text, 0, _pieces);
        var lookup = _counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (TextRange piece in _pieces)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(lookup, text[piece.Start..piece.End], out _) += weight;
        }
    }

    /// <summary>Adds a whole piece as it is.</summary>
    public void AddPiece(string piece, long count) => CollectionsMarshal.GetValueRefOrAddDefault(_counts, piece, out _) += count;

    /// <summary>Adds the counts of another table.</summary>
    public void Add(PieceCounts other)
    {
        foreach ((string piece, long count) in other._counts) AddPiece(piece, count);
    }
}
