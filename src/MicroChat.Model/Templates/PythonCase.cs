using System.Globalization;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>Python's full case mapping: upper, lower, title, capitalize, swapcase, casefold.</summary>
internal static class PythonCase
{
    public static string Upper(string text)
    {
        if (Ascii.IsValid(text)) return text.ToUpperInvariant();
        var mapped = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at += PythonText.UnitsAt(text, at)) AppendUpper(mapped, text, at);
        return mapped.ToString();
    }

    public static string Lower(string text)
    {
        if (Ascii.IsValid(text)) return text.ToLowerInvariant();
        var mapped = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at += PythonText.UnitsAt(text, at)) AppendLower(mapped, text, at);
        return mapped.ToString();
    }

    /// <summary>str.capitalize: the first character in title case, the others in lower case.</summary>
    public static string Capitalize(string text)
    {
        var mapped = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at += PythonText.UnitsAt(text, at))
        {
            if (at == 0) AppendTitle(mapped, text, at);
            else AppendLower(mapped, text, at);
        }
        return mapped.ToString();
    }

    /// <summary>str.title: every letter that follows no letter is in title case; so a letter after an apostrophe, too.</summary>
    public static string Title(string text)
    {
        var mapped = new StringBuilder(text.Length);
        bool inWord = false;
        for (int at = 0; at < text.Length; at += PythonText.UnitsAt(text, at))
        {
            if (inWord) AppendLower(mapped, text, at);
            else AppendTitle(mapped, text, at);
            inWord = IsCased(text, at);
        }
        return mapped.ToString();
    }

    /// <summary>The filter "title": the first character after a blank, hyphen or opening bracket is in upper case, the others are in lower case.</summary>
    public static string TitleWords(string text)
    {
        var mapped = new StringBuilder(text.Length);
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && StartsWords(text[end])) end++;
            mapped.Append(text, start, end - start);
            if ((start = end) == text.Length) break;
            while (end < text.Length && !StartsWords(text[end])) end++;
            int first = PythonText.UnitsAt(text, start);
            AppendUpper(mapped, text, start);
            mapped.Append(Lower(text[(start + first)..end]));
            start = end;
        }
        return mapped.ToString();
    }

    public static string SwapCase(string text)
    {
        var mapped = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at += PythonText.UnitsAt(text, at))
        {
            if (Category(text, at) == UnicodeCategory.UppercaseLetter) AppendLower(mapped, text, at);
            else AppendUpper(mapped, text, at);
        }
        return mapped.ToString();
    }

    /// <summary>str.casefold, by the rule upper then lower; ß becomes ss, ς becomes σ.</summary>
    public static string Fold(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Lower(Upper(text)).Replace('ς', 'σ');

    /// <summary>Whether there is a cased character and all of them are of the wanted case.</summary>
    public static bool IsAll(string text, bool upper)
    {
        bool any = false;
        for (int at = 0; at < text.Length; at += PythonText.UnitsAt(text, at))
        {
            UnicodeCategory category = Category(text, at);
            if (category is UnicodeCategory.TitlecaseLetter || category == (upper ? UnicodeCategory.LowercaseLetter : UnicodeCategory.UppercaseLetter)) return false;
            any |= category == (upper ? UnicodeCategory.UppercaseLetter : UnicodeCategory.LowercaseLetter);
        }
        return any;
    }

    /// <summary>The general category of the code point that starts here.</summary>
    public static UnicodeCategory Category(string text, int at) => CharUnicodeInfo.GetUnicodeCategory(text, at);

    private static bool StartsWords(char c) => PythonText.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<';

    private static void AppendUpper(StringBuilder mapped, string text, int at)
    {
        if (PythonText.UnitsAt(text, at) == 2) mapped.Append(Rune.ToUpperInvariant(new Rune(text[at], text[at + 1])));
        else if (text[at] >= 0x80 && CaseExceptions.Upper(text[at]) is { } several) mapped.Append(several);
        else mapped.Append(char.ToUpperInvariant(text[at]));
    }

    private static void AppendTitle(StringBuilder mapped, string text, int at)
    {
        if (text[at] >= 0x80 && CaseExceptions.Title(text[at]) is { } title) mapped.Append(title);
        else AppendUpper(mapped, text, at);
    }

    private static void AppendLower(StringBuilder mapped, string text, int at)
    {
        if (PythonText.UnitsAt(text, at) == 2) mapped.Append(Rune.ToLowerInvariant(new Rune(text[at], text[at + 1])));
        else if (text[at] == 'İ') mapped.Append("i\u0307");
        else if (text[at] == 'Σ') mapped.Append(EndsWord(text, at) ? 'ς' : 'σ');
        else mapped.Append(char.ToLowerInvariant(text[at]));
    }

    // Unicode's Final_Sigma: a cased letter before, none after; marks and the like in between do not count.
    private static bool EndsWord(string text, int at)
    {
        int before = at - 1, after = at + 1;
        while (before >= 0 && (IsIgnored(text, before) || char.IsLowSurrogate(text[before]))) before--;
        while (after < text.Length && IsIgnored(text, after)) after++;
        return before >= 0 && IsCased(text, before) && !(after < text.Length && IsCased(text, after));
    }

    private static bool IsCased(string text, int at) =>
        Category(text, at) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || text[at] is 'ª' or 'º' or (>= '\u02b0' and <= '\u02b8') or (>= '\u2160' and <= '\u217f') or (>= '\u24b6' and <= '\u24e9');

    private static bool IsIgnored(string text, int at) =>
        text[at] is '\'' or '.' or ':' or '·' or '’' or '‘' or '․' or '‧'
        || Category(text, at) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
}
