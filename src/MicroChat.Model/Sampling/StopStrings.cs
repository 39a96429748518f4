namespace MicroChat.Model.Sampling;

/// <summary>
/// Finds stop texts in a stream of pieces, across their borders. Text is withheld only while it may be the beginning of a
/// stop. The result does not depend on how the text was cut: the stream ends at the first character that completes a stop.
/// </summary>
/// <remarks>One Knuth–Morris–Pratt automaton per stop: constant work per character and stop.</remarks>
public sealed class StopStrings
{
    private readonly string[] _stops;
    private readonly int[][] _failure;
    private readonly int[] _matched;
    private char[] _text = new char[64];
    private int _withheldFrom;
    private int _end;

    /// <summary>Prepares for <paramref name="stops"/>; an empty list withholds nothing.</summary>
    /// <exception cref="ArgumentException">A stop is empty, or holds half of a surrogate pair.</exception>
    public StopStrings(IReadOnlyList<string> stops)
    {
        for (int i = 0; i < stops.Count; i++)
        {
            if (string.IsNullOrEmpty(stops[i]) || !IsWellFormed(stops[i]))
            {
                string found = string.IsNullOrEmpty(stops[i]) ? "empty" : "ill-formed (half of a surrogate pair)";
                throw new ArgumentException($"Stop text {i} is {found}; it must be at least one whole character. Remove it.", nameof(stops));
            }
        }
        _stops = [.. stops];
        _failure = [.. _stops.Select(FailureTable)];
        _matched = new int[_stops.Length];
    }

    /// <summary>Whether a stop was found; all later text is discarded.</summary>
    public bool Stopped => Found is not null;

    /// <summary>The stop that was found; of several that end at the same character the longest. Null: none yet.</summary>
    public string? Found { get; private set; }

    /// <summary>Adds text and returns what is now certain to belong to the reply; valid until the next call.</summary>
    public ReadOnlySpan<char> Append(ReadOnlySpan<char> text)
    {
        if (Stopped)
        {
            return default;
        }
        int seen = Join(text);
        for (int i = seen; i < _end; i++)
        {
            if (Advance(_text[i]) is { } stop)
            {
                Found = stop;
                _withheldFrom = _end;
                return _text.AsSpan(0, i + 1 - stop.Length);
            }
        }
        int hold = 0;
        foreach (int matched in _matched)
        {
            hold = Math.Max(hold, matched);
        }
        if (hold < _end && char.IsHighSurrogate(_text[_end - hold - 1]))
        {
            hold++;
        }
        _withheldFrom = _end - hold;
        return _text.AsSpan(0, _withheldFrom);
    }

    /// <summary>The end of the stream: returns what was withheld, for no stop followed. Valid until the next call.</summary>
    public ReadOnlySpan<char> Flush()
    {
        ReadOnlySpan<char> rest = _text.AsSpan(_withheldFrom, _end - _withheldFrom);
        _withheldFrom = _end;
        Array.Clear(_matched);
        return rest;
    }

    /// <summary>Makes ready for another stream.</summary>
    public void Reset()
    {
        Array.Clear(_matched);
        _withheldFrom = _end = 0;
        Found = null;
    }

    /// <summary>Whether every surrogate has its partner.</summary>
    internal static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Moves the withheld text to the front and adds <paramref name="text"/>; returns the length of the former.</summary>
    private int Join(ReadOnlySpan<char> text)
    {
        int withheld = _end - _withheldFrom;
        _text.AsSpan(_withheldFrom, withheld).CopyTo(_text);
        _end = withheld + text.Length;
        if (_end > _text.Length)
        {
            Array.Resize(ref _text, Math.Max(_end, 2 * _text.Length));
        }
        text.CopyTo(_text.AsSpan(withheld));
        return withheld;
    }

    /// <summary>Feeds one character to every automaton; returns the longest stop that it completes.</summary>
    private string? Advance(char next)
    {
        string? longest = null;
        for (int s = 0; s < _stops.Length; s++)
        {
            string stop = _stops[s];
            int matched = _matched[s];
            while (matched > 0 && stop[matched] != next)
            {
                matched = _failure[s][matched - 1];
            }
            _matched[s] = matched += stop[matched] == next ? 1 : 0;
            if (matched == stop.Length && matched > (longest?.Length ?? 0))
            {
                longest = stop;
            }
        }
        return longest;
    }

    /// <summary>Per length of a matched prefix: the longest shorter prefix that is also its suffix.</summary>
    private static int[] FailureTable(string stop)
    {
        var table = new int[stop.Length];
        for (int i = 1, matched = 0; i < stop.Length; i++)
        {
            while (matched > 0 && stop[i] != stop[matched])
            {
                matched = table[matched - 1];
            }
            table[i] = matched += stop[i] == stop[matched] ? 1 : 0;
        }
        return table;
    }
}
