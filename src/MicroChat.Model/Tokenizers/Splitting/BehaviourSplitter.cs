namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>What becomes of the text that a split pattern matches.</summary>
internal enum SplitBehaviour
{
    /// <summary>It vanishes.</summary>
    Removed,

    /// <summary>It is a piece.</summary>
    Isolated,

    /// <summary>It joins the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>It joins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring matches are one piece.</summary>
    Contiguous,
}

/// <summary>Cuts where a pattern matches, or, inverted, where it does not.</summary>
internal sealed class BehaviourSplitter(IMatcher matcher, SplitBehaviour behaviour, bool invert) : ISplitter
{
    public void Split(ReadOnlySpan<char> text, int origin, List<TextRange> pieces)
    {
        List<(TextRange Range, bool Match)> parts = Parts(text);
        if (behaviour == SplitBehaviour.MergedWithNext) parts.Reverse();
        int first = pieces.Count;
        bool previous = false;
        foreach ((TextRange range, bool match) in parts)
        {
            bool joins = behaviour switch
            {
                SplitBehaviour.MergedWithPrevious or SplitBehaviour.MergedWithNext => match && !previous,
                SplitBehaviour.Contiguous => match == previous,
                _ => false,
            };
            previous = match;
            if (behaviour == SplitBehaviour.Removed && match) continue;
            var piece = new TextRange(origin + range.Start, origin + range.End);
            if (joins && pieces.Count > first)
            {
                TextRange last = pieces[^1];
                pieces[^1] = new TextRange(Math.Min(last.Start, piece.Start), Math.Max(last.End, piece.End));
            }
            else
            {
                pieces.Add(piece);
            }
        }
        if (behaviour == SplitBehaviour.MergedWithNext) pieces.Reverse(first, pieces.Count - first);
        int kept = first;
        for (int i = first; i < pieces.Count; i++)
        {
            if (pieces[i].End > pieces[i].Start) pieces[kept++] = pieces[i];
        }
        pieces.RemoveRange(kept, pieces.Count - kept);
    }

    private List<(TextRange Range, bool Match)> Parts(ReadOnlySpan<char> text)
    {
        var matches = new List<TextRange>();
        matcher.Find(text, matches);
        var parts = new List<(TextRange, bool)>(matches.Count * 2 + 1);
        int done = 0;
        foreach (TextRange match in matches)
        {
            if (match.Start > done) parts.Add((new TextRange(done, match.Start), invert));
            parts.Add((match, !invert));
            done = match.End;
        }
        if (done < text.Length) parts.Add((new TextRange(done, text.Length), invert));
        return parts;
    }
}
