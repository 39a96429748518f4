using System.Buffers;

namespace MicroChat.Model.Tokenizers;

/// <summary>A part of a text: an added token, or what lies between two of them (<see cref="Id"/> is −1).</summary>
internal readonly record struct TextSegment(int Start, int End, int Id);

/// <summary>
/// Finds added tokens in a text: leftmost first, of those the longest. A match that may not stand there is passed over as a
/// whole; shorter tokens inside it are not tried.
/// </summary>
internal sealed class AddedTokenFinder
{
    private readonly List<Dictionary<char, int>> _next = [[]];      // a trie: node → letter → node
    private readonly List<AddedToken?> _token = [null];             // the token that ends at a node
    private readonly SearchValues<char> _firstLetters;

    /// <summary>A finder of the given tokens.</summary>
    /// <param name="tokens">What is searched, and the token that it stands for. Of equal texts the first counts.</param>
    public AddedTokenFinder(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        foreach ((string text, AddedToken token) in tokens)
        {
            if (text.Length > 0) Insert(text, token);
        }
        _firstLetters = SearchValues.Create([.. _next[0].Keys]);
    }

    public bool IsEmpty => _next.Count == 1;

    /// <summary>Adds the segments of <paramref name="text"/> in order; none is empty.</summary>
    public void Find(ReadOnlySpan<char> text, bool parseSpecial, List<TextSegment> segments)
    {
        int done = 0;
        for (int at = 0; at < text.Length;)
        {
            int jump = text[at..].IndexOfAny(_firstLetters);
            if (jump < 0) break;
            at += jump;
            if (Longest(text, at, out int end) is not { } token)
            {
                at++;
                continue;
            }
            int start = at;
            at = end;
            if ((token.Special && !parseSpecial) || (token.SingleWord && TouchesWord(text, start, end))) continue;
            if (token.StripLeft) start = Math.Max(done, SpaceBefore(text, start));
            if (token.StripRight) end = Splitting.PatternRules.RunOf(text, end, CharClass.Space);
            if (start > done) segments.Add(new TextSegment(done, start, -1));
            segments.Add(new TextSegment(start, end, token.Id));
            done = end;
        }
        if (done < text.Length) segments.Add(new TextSegment(done, text.Length, -1));
    }

    private void Insert(string text, AddedToken token)
    {
        int node = 0;
        foreach (char letter in text)
        {
            if (!_next[node].TryGetValue(letter, out int child))
            {
                child = _next.Count;
                _next[node][letter] = child;
                _next.Add([]);
                _token.Add(null);
            }
            node = child;
        }
        _token[node] ??= token;
    }

    private AddedToken? Longest(ReadOnlySpan<char> text, int at, out int end)
    {
        AddedToken? found = null;
        end = at;
        for (int node = 0; at < text.Length && _next[node].TryGetValue(text[at], out node);)
        {
            at++;
            if (_token[node] is not { } token) continue;
            (found, end) = (token, at);
        }
        return found;
    }

    private static bool TouchesWord(ReadOnlySpan<char> text, int start, int end) =>
        (start > 0 && (CharClasses.Before(text, start, out _) & CharClass.Word) != 0) ||
        (end < text.Length && (CharClasses.At(text, end, out _) & CharClass.Word) != 0);

    private static int SpaceBefore(ReadOnlySpan<char> text, int at)
    {
        while (at > 0 && (CharClasses.At(text, at - 1, out _) & CharClass.Space) != 0) at--;
        return at;
    }

}
