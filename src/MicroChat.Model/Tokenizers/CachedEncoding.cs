using MicroChat.Model.Tokenizers.Normalizing;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers;

/// <summary>The fast way through a byte-level tokenizer that only cuts: pieces are ranges of the text and their ids are remembered.</summary>
internal readonly struct CachedEncoding(
    PieceEncoder encoder, INormalizer? normalizer, AddedTokenFinder normalizedFinder, IReadOnlyList<ISplitter> splitters, bool parseSpecial)
{
    /// <summary>The cuts in order; null: the pre-tokenizer also rewrites, or does not end in byte letters.</summary>
    public static IReadOnlyList<ISplitter>? SplittersOf(IPreTokenizer? preTokenizer)
    {
        IReadOnlyList<IPreTokenizer> steps = preTokenizer is PreTokenizerSequence sequence ? sequence.Steps : preTokenizer is null ? [] : [preTokenizer];
        if (steps.Count == 0 || steps[^1] is not ByteLevelPreTokenizer { AddPrefixSpace: false } letters) return null;
        var splitters = new List<ISplitter>();
        foreach (IPreTokenizer step in steps.Take(steps.Count - 1))
        {
            if (step is not CuttingPreTokenizer cutting) return null;
            splitters.Add(cutting.Splitter);
        }
        if (letters.Splitter is { } last) splitters.Add(last);
        return splitters;
    }

    /// <summary>Appends the ids of a part of the text that holds no raw added token.</summary>
    public void Encode(ReadOnlySpan<char> part, List<int> ids)
    {
        if (normalizer?.LeavesUnchanged(part) == false) part = normalizer.Apply(AlignedText.Of(part, 0)).Text;
        if (normalizedFinder.IsEmpty)
        {
            EncodePieces(part, ids);
            return;
        }
        encoder.InnerSegments.Clear();
        normalizedFinder.Find(part, parseSpecial, encoder.InnerSegments);
        foreach (TextSegment segment in encoder.InnerSegments)
        {
            if (segment.Id >= 0) ids.Add(segment.Id);
            else EncodePieces(part[segment.Start..segment.End], ids);
        }
    }

    private void EncodePieces(ReadOnlySpan<char> part, List<int> ids)
    {
        List<TextRange> pieces = encoder.Pieces, next = encoder.NextPieces;
        pieces.Clear();
        pieces.Add(new TextRange(0, part.Length));
        foreach (ISplitter splitter in splitters)
        {
            next.Clear();
            foreach (TextRange piece in pieces) splitter.Split(part[piece.Start..piece.End], piece.Start, next);
            (pieces, next) = (next, pieces);
        }
        foreach (TextRange piece in pieces) encoder.Encode(part[piece.Start..piece.End], ids);
    }
}
