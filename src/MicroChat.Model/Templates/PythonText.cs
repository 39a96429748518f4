using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>Python's rules for text: what a blank is, and lengths, positions and slices counted in code points.</summary>
internal static class PythonText
{
    /// <summary>Whether Python's str.isspace is true for this character.</summary>
    public static bool IsSpace(char c) => c is (>= '\t' and <= '\r') or (>= '\x1c' and <= ' ') or '\x85' or '\xa0' or '\u1680'
        or (>= '\u2000' and <= '\u200a') or '\u2028' or '\u2029' or '\u202f' or '\u205f' or '\u3000';

    /// <summary>Whether str.splitlines breaks here.</summary>
    public static bool IsLineBreak(char c) => c is (>= '\n' and <= '\r') or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029';

    /// <summary>The number of code points.</summary>
    public static int Length(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        for (int at = 1; at < text.Length; at++)
            if (char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1])) count--;
        return count;
    }

    /// <summary>UTF-16 units of the code point that starts here.</summary>
    public static int UnitsAt(ReadOnlySpan<char> text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    private static int UnitsBefore(ReadOnlySpan<char> text, int end) =>
        end > 1 && char.IsLowSurrogate(text[end - 1]) && char.IsHighSurrogate(text[end - 2]) ? 2 : 1;

    /// <summary>Whether positions in UTF-16 units and in code points are the same.</summary>
    public static bool IsPlain(string text) => !text.AsSpan().ContainsAnyInRange('\ud800', '\udfff');

    /// <summary>The code points, each as a text.</summary>
    public static IEnumerable<string> Characters(string text)
    {
        for (int at = 0, units; at < text.Length; at += units)
        {
            units = UnitsAt(text, at);
            yield return text.Substring(at, units);
        }
    }

    /// <summary>The UTF-16 offset of a code point; the length of the text where there are fewer.</summary>
    public static int OffsetOf(string text, int codePoint)
    {
        if (IsPlain(text)) return Math.Min(codePoint, text.Length);
        int at = 0;
        for (; codePoint > 0 && at < text.Length; codePoint--) at += UnitsAt(text, at);
        return at;
    }

    /// <summary>str.strip, lstrip, rstrip: drops blanks, or the given set of characters, at the chosen ends.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        int start = 0, end = text.Length;
        while (left && start < end)
        {
            int units = UnitsAt(text, start);
            if (!Drops(text.AsSpan(start, units), characters)) break;
            start += units;
        }
        while (right && start < end)
        {
            int units = UnitsBefore(text.AsSpan(0, end), end);
            if (!Drops(text.AsSpan(end - units, units), characters)) break;
            end -= units;
        }
        return text[start..end];
    }

    private static bool Drops(ReadOnlySpan<char> character, string? characters) =>
        characters is null ? IsSpace(character[0]) : characters.AsSpan().IndexOf(character) >= 0;

    /// <summary>str.split between blanks; at most <paramref name="splits"/> times, or always where it is negative.</summary>
    public static List<object?> SplitBlanks(string text, long splits)
    {
        var pieces = new List<object?>();
        for (int at = 0; ;)
        {
            while (at < text.Length && IsSpace(text[at])) at++;
            if (at == text.Length) return pieces;
            if (splits >= 0 && pieces.Count >= splits)
            {
                pieces.Add(Strip(text[at..], null, left: false, right: false));
                return pieces;
            }
            int start = at;
            while (at < text.Length && !IsSpace(text[at])) at++;
            pieces.Add(text[start..at]);
        }
    }

    /// <summary>str.rsplit between blanks.</summary>
    public static List<object?> SplitBlanksFromRight(string text, long splits)
    {
        var pieces = new List<object?>();
        for (int end = text.Length; ;)
        {
            while (end > 0 && IsSpace(text[end - 1])) end--;
            if (end == 0) break;
            if (splits >= 0 && pieces.Count >= splits)
            {
                pieces.Add(text[..end]);
                break;
            }
            int last = end;
            while (end > 0 && !IsSpace(text[end - 1])) end--;
            pieces.Add(text[end..last]);
        }
        pieces.Reverse();
        return pieces;
    }

    /// <summary>str.split at a separator that is not empty.</summary>
    public static List<object?> Split(string text, string separator, long splits)
    {
        var pieces = new List<object?>();
        int at = 0;
        while (splits < 0 || pieces.Count < splits)
        {
            int next = text.IndexOf(separator, at, StringComparison.Ordinal);
            if (next < 0) break;
            pieces.Add(text[at..next]);
            at = next + separator.Length;
        }
        pieces.Add(text[at..]);
        return pieces;
    }

    /// <summary>str.rsplit at a separator that is not empty.</summary>
    public static List<object?> SplitFromRight(string text, string separator, long splits)
    {
        var pieces = new List<object?>();
        int end = text.Length;
        while (splits < 0 || pieces.Count < splits)
        {
            int next = text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal);
            if (next < 0) break;
            pieces.Add(text[(next + separator.Length)..end]);
            end = next;
        }
        pieces.Add(text[..end]);
        pieces.Reverse();
        return pieces;
    }

    /// <summary>str.splitlines.</summary>
    public static List<object?> Lines(string text, bool keepEnds)
    {
        var lines = new List<object?>();
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && !IsLineBreak(text[end])) end++;
            int next = Math.Min(end + 1, text.Length);
            if (end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n') next++;
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }
        return lines;
    }

    /// <summary>The code points in reverse order.</summary>
    public static string Reverse(string text)
    {
        var reversed = new StringBuilder(text.Length);
        for (int end = text.Length; end > 0;)
        {
            int units = UnitsBefore(text, end);
            reversed.Append(text, end - units, units);
            end -= units;
        }
        return reversed.ToString();
    }
}
