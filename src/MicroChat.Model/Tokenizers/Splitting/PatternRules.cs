namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>The parts that the well-known splitting patterns share. Every method takes a position and returns the end of the match, or −1.</summary>
internal static class PatternRules
{
    /// <summary><c>'s|'t|'re|'ve|'m|'ll|'d</c>, in any case if <paramref name="anyCase"/>; U+017F is then an s.</summary>
    public static int Contraction(ReadOnlySpan<char> text, int at, bool anyCase)
    {
        if (at + 1 >= text.Length || text[at] != '\'') return -1;
        char first = Fold(text[at + 1], anyCase);
        if (first is 's' or 't' or 'm' or 'd') return at + 2;
        if (at + 2 >= text.Length) return -1;
        char second = Fold(text[at + 2], anyCase);
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? at + 3 : -1;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c>; without the first alternative if <paramref name="newlines"/> is false.</summary>
    public static int WhiteSpace(ReadOnlySpan<char> text, int at, bool newlines)
    {
        int end = at, lastNewline = -1;
        while (end < text.Length)
        {
            CharClass c = CharClasses.At(text, end, out int _);             // all white space lies in the basic plane
            if ((c & CharClass.Space) == 0) break;
            if ((c & CharClass.Newline) != 0) lastNewline = end;
            end++;
        }
        if (end == at) return -1;
        if (newlines && lastNewline >= 0) return lastNewline + 1;
        return end < text.Length && end - at > 1 ? end - 1 : end;
    }

    /// <summary>The end of the longest run of code points that have one of <paramref name="wanted"/>.</summary>
    public static int RunOf(ReadOnlySpan<char> text, int at, CharClass wanted)
    {
        while (at < text.Length && (CharClasses.At(text, at, out int length) & wanted) != 0) at += length;
        return at;
    }

    /// <summary>The end of the longest run of code points that have none of <paramref name="unwanted"/>.</summary>
    public static int RunWithout(ReadOnlySpan<char> text, int at, CharClass unwanted)
    {
        while (at < text.Length && (CharClasses.At(text, at, out int length) & unwanted) == 0) at += length;
        return at;
    }

    /// <summary><c>\p{N}{1,most}</c>.</summary>
    public static int Numbers(ReadOnlySpan<char> text, int at, int most)
    {
        int end = at;
        for (int n = 0; n < most && end < text.Length; n++)
        {
            if ((CharClasses.At(text, end, out int length) & CharClass.Number) == 0) break;
            end += length;
        }
        return end > at ? end : -1;
    }

    private static char Fold(char c, bool anyCase) => !anyCase ? c : c == '\u017F' ? 's' : char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}
