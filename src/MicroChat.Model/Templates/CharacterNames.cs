namespace MicroChat.Model.Templates;

/// <summary>Unicode names for the escape \N{NAME}: Latin and Greek letters, and the marks that texts use; names beyond these are not known.</summary>
internal static class CharacterNames
{
    private const string Greek = "ALPHA BETA GAMMA DELTA EPSILON ZETA ETA THETA IOTA KAPPA LAMDA MU NU XI OMICRON PI RHO FINAL~SIGMA SIGMA TAU UPSILON PHI CHI PSI OMEGA";

    /// <summary>The named character; null where the name is not known.</summary>
    public static string? Find(string name)
    {
        string upper = name.ToUpperInvariant();
        foreach ((string kind, int latin, int greek) in ((string, int, int)[])[("SMALL LETTER ", 'a', 'α'), ("CAPITAL LETTER ", 'A', 'Α')])
        {
            if (upper.StartsWith("LATIN " + kind, StringComparison.Ordinal) && upper.Length == kind.Length + 7 && upper[^1] is >= 'A' and <= 'Z')
                return ((char)(latin + upper[^1] - 'A')).ToString();
            if (upper.StartsWith("GREEK " + kind, StringComparison.Ordinal)
                && Array.IndexOf(Greek.Split(' '), upper[(kind.Length + 6)..].Replace(' ', '~')) is >= 0 and var at)
                return ((char)(greek + at)).ToString();
        }
        return Mark(upper);
    }

    private static string? Mark(string name) => name switch
    {
        "SPACE" => "\u0020",
        "NO-BREAK SPACE" => "\u00a0",
        "LINE FEED" => "\u000a",
        "EN DASH" => "\u2013",
        "EM DASH" => "\u2014",
        "LEFT SINGLE QUOTATION MARK" => "\u2018",
        "RIGHT SINGLE QUOTATION MARK" => "\u2019",
        "LEFT DOUBLE QUOTATION MARK" => "\u201c",
        "RIGHT DOUBLE QUOTATION MARK" => "\u201d",
        "BULLET" => "\u2022",
        "HORIZONTAL ELLIPSIS" => "\u2026",
        "MIDDLE DOT" => "\u00b7",
        "LEFT-POINTING DOUBLE ANGLE QUOTATION MARK" => "\u00ab",
        "RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK" => "\u00bb",
        "COPYRIGHT SIGN" => "\u00a9",
        "REGISTERED SIGN" => "\u00ae",
        "TRADE MARK SIGN" => "\u2122",
        "DEGREE SIGN" => "\u00b0",
        "PLUS-MINUS SIGN" => "\u00b1",
        "MULTIPLICATION SIGN" => "\u00d7",
        "DIVISION SIGN" => "\u00f7",
        "EURO SIGN" => "\u20ac",
        "POUND SIGN" => "\u00a3",
        "LEFTWARDS ARROW" => "\u2190",
        "UPWARDS ARROW" => "\u2191",
        "RIGHTWARDS ARROW" => "\u2192",
        "DOWNWARDS ARROW" => "\u2193",
        "NOT EQUAL TO" => "\u2260",
        "LESS-THAN OR EQUAL TO" => "\u2264",
        "GREATER-THAN OR EQUAL TO" => "\u2265",
        "INFINITY" => "\u221e",
        "CHECK MARK" => "\u2713",
        "HEAVY CHECK MARK" => "\u2714",
        "BALLOT X" => "\u2717",
        "BLACK STAR" => "\u2605",
        "WHITE STAR" => "\u2606",
        "ZERO WIDTH SPACE" => "\u200b",
        "ZERO WIDTH NON-JOINER" => "\u200c",
        "ZERO WIDTH JOINER" => "\u200d",
        "ZERO WIDTH NO-BREAK SPACE" => "\ufeff",
        "LOWER ONE EIGHTH BLOCK" => "\u2581",
        "FULLWIDTH VERTICAL LINE" => "\uff5c",
        "LINE SEPARATOR" => "\u2028",
        "PARAGRAPH SEPARATOR" => "\u2029",
        "LATIN SMALL LETTER A WITH DIAERESIS" => "\u00e4",
        "LATIN SMALL LETTER O WITH DIAERESIS" => "\u00f6",
        "LATIN SMALL LETTER U WITH DIAERESIS" => "\u00fc",
        "LATIN CAPITAL LETTER A WITH DIAERESIS" => "\u00c4",
        "LATIN CAPITAL LETTER O WITH DIAERESIS" => "\u00d6",
        "LATIN CAPITAL LETTER U WITH DIAERESIS" => "\u00dc",
        "LATIN SMALL LETTER SHARP S" => "\u00df",
        "LATIN SMALL LETTER E WITH ACUTE" => "\u00e9",
        "LATIN SMALL LETTER E WITH GRAVE" => "\u00e8",
        "LATIN SMALL LETTER E WITH CIRCUMFLEX" => "\u00ea",
        "LATIN SMALL LETTER A WITH GRAVE" => "\u00e0",
        "LATIN SMALL LETTER A WITH ACUTE" => "\u00e1",
        "LATIN SMALL LETTER C WITH CEDILLA" => "\u00e7",
        "LATIN SMALL LETTER N WITH TILDE" => "\u00f1",
        "WHITE SMILING FACE" => "\u263a",
        "GRINNING FACE" => "\U0001f600",
        "THUMBS UP SIGN" => "\U0001f44d",
        "THUMBS DOWN SIGN" => "\U0001f44e",
        _ => null,
    };
}
