using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MicroChat.Discord.Text;

/// <summary>
/// Makes what somebody wrote safe to stand in a prompt: no invisible floods, no turned writing direction, no marks that could pass for another turn.
/// Visible text stays as it was.
/// </summary>
public static partial class UserText
{
    /// <summary>Most accents on one letter; more is a flood.</summary>
    private const int MostAccents = 4;

    private const char ZeroWidthJoiner = '\u200d', ZeroWidthNonJoiner = '\u200c';

    /// <summary>Cleans a message.</summary>
    /// <param name="text">As it came; mentions stand in it as &lt;@id&gt;.</param>
    /// <param name="nameOf">The name of a mentioned person by id; null: not known.</param>
    /// <param name="self">The bot's own id as digits: its mentions are taken out.</param>
    public static string Clean(string text, Func<string, string?> nameOf, string self)
    {
        string named = Mention().Replace(text, match => match.Groups["id"].Value == self ? " " : "@" + SpeakerName(nameOf(match.Groups["id"].Value) ?? "someone"));
        named = CustomEmoji().Replace(named, match => match.Groups["name"].Value);
        return Neutral(Visible(named)).Trim();
    }

    /// <summary>A name that cannot pass for anything but a name: letters, digits, spaces, and a few signs; at most 32 characters.</summary>
    public static string SpeakerName(string name)
    {
        var plain = new StringBuilder();
        foreach (Rune rune in Visible(name).EnumerateRunes())
        {
            bool fits = Rune.IsLetterOrDigit(rune) || rune.Value is ' ' or '_' or '-' or '.' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark;
            if (fits && plain.Length + rune.Utf16SequenceLength <= 32)
            {
                plain.Append(rune.ToString());
            }
        }
        string result = plain.ToString().Trim();
        return result.Length > 0 ? result : "someone";
    }

    /// <summary>The text without what cannot be seen: control characters, direction marks, runs of zero-width characters, towers of accents.</summary>
    public static string Visible(string text)
    {
        var kept = new StringBuilder(text.Length);
        int accents = 0;
        Rune last = default;
        Rune[] runes = [.. text.ReplaceLineEndings("\n").EnumerateRunes()];
        for (int i = 0; i < runes.Length; i++)
        {
            Rune rune = runes[i];
            UnicodeCategory category = Rune.GetUnicodeCategory(rune);
            accents = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? accents + 1 : 0;
            bool keep = rune.Value is '\n' or '\t' || rune.Value switch
            {
                ZeroWidthJoiner or ZeroWidthNonJoiner => i + 1 < runes.Length && Joins(last) && Joins(runes[i + 1]),
                0xFE0F or 0xFE0E => last.Value is not 0xFE0F and not 0xFE0E && Joins(last),
                0xFFFD => true,
                _ => category is not UnicodeCategory.Control and not UnicodeCategory.Format and not UnicodeCategory.OtherNotAssigned
                    and not UnicodeCategory.PrivateUse and not UnicodeCategory.LineSeparator and not UnicodeCategory.ParagraphSeparator && accents <= MostAccents
                    && !IsInvisibleLetter(rune),
            };
            if (keep)
            {
                kept.Append(rune.ToString());
                last = rune;
            }
        }
        return kept.ToString();
    }

    /// <summary>Opens marks of templates with a space, and quotes lines that begin like a speaker's.</summary>
    private static string Neutral(string text)
    {
        foreach (string mark in ControlMarks.All)
        {
            text = text.Replace(mark, mark.Insert(1, " "), StringComparison.OrdinalIgnoreCase);
        }
        text = text.Replace("<|", "< |", StringComparison.Ordinal).Replace("|>", "| >", StringComparison.Ordinal);
        return SpeakerLine().Replace(text, "> $0");
    }

    private static bool Joins(Rune rune) => rune.Value is not 0 and not ' ' and not '\n' and not '\t' and not ZeroWidthJoiner and not ZeroWidthNonJoiner && rune.Value > 0x7f;

    /// <summary>Letters by category that show nothing: fillers of Hangul, and the blank of Braille.</summary>
    private static bool IsInvisibleLetter(Rune rune) => rune.Value is 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800 or 0x034F or (>= 0x17B4 and <= 0x17B5) or (>= 0xFE00 and <= 0xFE0D);

    [GeneratedRegex(@"<@!?(?<id>\d{1,20})>")]
    private static partial Regex Mention();

    [GeneratedRegex(@"<a?(?<name>:\w{1,40}:)\d{1,20}>")]
    private static partial Regex CustomEmoji();

    [GeneratedRegex(@"^[ \t]*(?:\#{1,4}[ \t]*)?(?:user|assistant|system|human|ai|developer|instruction|response|bot)[ \t]*:", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex SpeakerLine();
}
