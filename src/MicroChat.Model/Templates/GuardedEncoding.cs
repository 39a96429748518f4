using MicroChat.Model.Tokenizers;

namespace MicroChat.Model.Templates;

/// <summary>Encodes one guarded text: control tokens as such, the marks dropped, and tells which tokens lie in generation spans.</summary>
internal sealed class GuardedEncoding(Tokenizer tokenizer, RenderedChat chat)
{
    private readonly string text = chat.Text;
    private readonly List<int> ids = [];
    private readonly List<bool> isGenerated = [];

    public EncodedChat Result() => new([.. ids], [.. isGenerated]);

    /// <summary>Encodes the segments: runs without marks in one piece, so that the tokenizer sees them as they stand; a segment with marks as text.</summary>
    public void Run(List<TextSegment> segments)
    {
        int first = 0;
        for (int at = 0; at <= segments.Count; at++)
        {
            bool isMarked = at < segments.Count && segments[at].Id < 0 && text.AsSpan(segments[at].Start..segments[at].End).Contains(ContentGuard.Mark);
            if (at < segments.Count && !isMarked) continue;
            if (at > first) EncodeRun(segments[first..at], SpecialTokens.Parse);
            if (isMarked) EncodeRun([segments[at]], SpecialTokens.AsText);
            first = at + 1;
        }
    }

    private void EncodeRun(List<TextSegment> run, SpecialTokens mode)
    {
        int start = run[0].Start, end = run[^1].End;
        bool onBorders = chat.GenerationSpans.All(span => IsBorder(span.Start, run) && IsBorder(span.End, run));
        if (!onBorders) EncodeByOffsets(start, end, mode);
        else if (mode == SpecialTokens.AsText) EncodeMarked(start, end);
        else EncodePlain(run);
    }

    private static bool IsBorder(int position, List<TextSegment> run) =>
        position <= run[0].Start || position >= run[^1].End || run.Exists(segment => segment.Start == position);

    private bool IsInside(int position) => chat.GenerationSpans.Any(span => position >= span.Start && position < span.End);

    private void EncodeMarked(int start, int end)
    {
        int before = ids.Count;
        tokenizer.Encode(ContentGuard.Clean(text[start..end]), SpecialTokens.AsText, ids);
        isGenerated.AddRange(Enumerable.Repeat(IsInside(start), ids.Count - before));
    }

    // The control tokens come out in the order of their segments, so they tell to which segment an id belongs.
    private void EncodePlain(List<TextSegment> run)
    {
        int before = ids.Count, segment = 0;
        tokenizer.Encode(text.AsSpan(run[0].Start..run[^1].End), SpecialTokens.Parse, ids);
        for (int at = before; at < ids.Count; at++)
        {
            bool isControl = tokenizer.IsSpecial(ids[at]);
            while (segment < run.Count && (isControl ? run[segment].Id != ids[at] : run[segment].Id >= 0)) segment++;
            isGenerated.Add(segment < run.Count && IsInside(run[segment].Start));
            if (isControl) segment++;
        }
    }

    // Blanks may have no place of their own, so all tokens between a span's first and last one belong to it.
    private void EncodeByOffsets(int start, int end, SpecialTokens mode)
    {
        List<int> origins = Origins(start, end);
        EncodedText encoded = tokenizer.EncodeWithOffsets(ContentGuard.Clean(text[start..end]), mode);
        var marks = new bool[encoded.Ids.Count];
        foreach (GenerationSpan span in chat.GenerationSpans)
        {
            if (span.End <= start || span.Start >= end) continue;
            int first = span.Start <= start ? 0 : marks.Length, last = span.End >= end ? marks.Length - 1 : -1;
            for (int at = 0; at < marks.Length; at++)
            {
                TextRange range = encoded.Offsets[at];
                if (range.Start >= range.End || origins[range.Start] >= span.End || origins[range.End - 1] < span.Start) continue;
                first = Math.Min(first, at);
                last = Math.Max(last, at);
            }
            for (int at = first; at <= last; at++) marks[at] = true;
        }
        ids.AddRange(encoded.Ids);
        isGenerated.AddRange(marks);
    }

    // Where each code point of the clean text begins in the marked text, and the end.
    private List<int> Origins(int start, int end)
    {
        var origins = new List<int>();
        for (int at = start; at < end; at += PythonText.UnitsAt(text, at))
            if (text[at] != ContentGuard.Mark) origins.Add(at);
        origins.Add(end);
        return origins;
    }
}
