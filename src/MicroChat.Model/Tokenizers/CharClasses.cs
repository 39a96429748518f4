using System.Globalization;
using System.Text;

namespace MicroChat.Model.Tokenizers;

/// <summary>Classes of a code point that the splitting patterns ask for.</summary>
[Flags]
internal enum CharClass : byte
{
    None = 0,

    /// <summary>\p{L}.</summary>
    Letter = 1,

    /// <summary>\p{N}.</summary>
    Number = 2,

    /// <summary>\s, which is Unicode White_Space.</summary>
    Space = 4,

    /// <summary>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]: may stand at the head of a cased word.</summary>
    Head = 8,

    /// <summary>[\p{Ll}\p{Lm}\p{Lo}\p{M}]: may stand in the tail of a cased word.</summary>
    Tail = 16,

    /// <summary>\r or \n.</summary>
    Newline = 32,

    /// <summary>\p{P} or ASCII punctuation and symbols.</summary>
    Punctuation = 64,

    /// <summary>\w: letters, marks, decimal digits, letter numbers, connectors, circled letters and joiners.</summary>
    Word = 128,
}

/// <summary>The class of every code point, from the framework's own Unicode tables; the basic plane is looked up in one table.</summary>
internal static class CharClasses
{
    private static readonly CharClass[] Plane0 = BuildPlane0();

    /// <summary>Class of the code point at <paramref name="at"/>; <paramref name="length"/> is 2 for a surrogate pair, otherwise 1.</summary>
    public static CharClass At(ReadOnlySpan<char> text, int at, out int length)
    {
        char c = text[at];
        if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            length = 2;
            return Compute(char.ConvertToUtf32(c, text[at + 1]));
        }
        length = 1;
        return Plane0[c];
    }

    /// <summary>Class of the code point that ends before <paramref name="end"/>.</summary>
    public static CharClass Before(ReadOnlySpan<char> text, int end, out int length)
    {
        length = end >= 2 && char.IsLowSurrogate(text[end - 1]) && char.IsHighSurrogate(text[end - 2]) ? 2 : 1;
        return At(text, end - length, out _);
    }

    private static CharClass[] BuildPlane0()
    {
        var table = new CharClass[0x10000];
        for (int c = 0; c < table.Length; c++) table[c] = Compute(c);
        return table;
    }

    private static CharClass Compute(int codePoint)
    {
        CharClass result = OfCategory(CharUnicodeInfo.GetUnicodeCategory(codePoint));
        if (codePoint is '\r' or '\n') result |= CharClass.Newline;
        if (Rune.IsValid(codePoint) && Rune.IsWhiteSpace(new Rune(codePoint))) result |= CharClass.Space;
        if (codePoint is > ' ' and < 127 && !char.IsAsciiLetterOrDigit((char)codePoint)) result |= CharClass.Punctuation;
        if (IsWordByProperty(codePoint)) result |= CharClass.Word;
        return result;
    }

    /// <summary>Circled and squared letters are alphabetic, and the two joiners belong to words, whatever their category.</summary>
    private static bool IsWordByProperty(int codePoint) => codePoint is >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149
        or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189 or 0x200C or 0x200D;

    private static CharClass OfCategory(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharClass.Letter | CharClass.Head | CharClass.Word,
        UnicodeCategory.LowercaseLetter => CharClass.Letter | CharClass.Tail | CharClass.Word,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharClass.Letter | CharClass.Head | CharClass.Tail | CharClass.Word,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
            CharClass.Head | CharClass.Tail | CharClass.Word,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber => CharClass.Number | CharClass.Word,
        UnicodeCategory.OtherNumber => CharClass.Number,
        UnicodeCategory.ConnectorPunctuation => CharClass.Punctuation | CharClass.Word,
        UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or
            UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation =>
            CharClass.Punctuation,
        _ => CharClass.None,
    };
}
