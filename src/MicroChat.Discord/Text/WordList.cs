using System.Globalization;
using System.Text;

namespace MicroChat.Discord.Text;

/// <summary>
/// The operator's list of words and phrases that must not come in, or go out. Whole words only; case, accents, full-width letters and invisible characters do
/// not matter. "*" at an end of an entry stands for any letters.
/// </summary>
public sealed class WordList
{
    private readonly List<(string[] Words, bool Open, bool OpenStart)> entries = [];

    /// <param name="entries">Words and phrases; empty ones are left out.</param>
    public WordList(IEnumerable<string> entries)
    {
        foreach (string entry in entries)
        {
            string trimmed = entry.Trim();
            string[] words = [.. Words(trimmed.Trim('*'))];
            if (words.Length > 0)
            {
                this.entries.Add((words, trimmed.EndsWith('*'), trimmed.StartsWith('*')));
            }
        }
    }

    /// <summary>Whether there is anything on it.</summary>
    public bool IsEmpty => entries.Count == 0;

    /// <summary>Whether a text has one of the entries in it.</summary>
    public bool Matches(string text)
    {
        if (IsEmpty)
        {
            return false;
        }
        string[] words = [.. Words(text)];
        for (int at = 0; at < words.Length; at++)
        {
            foreach ((string[] entry, bool open, bool openStart) in entries)
            {
                if (MatchesAt(words.AsSpan(at), entry, open, openStart))
                {
                    return true;
                }
            }
        }
        return false;
    }

    private static bool MatchesAt(ReadOnlySpan<string> words, string[] entry, bool open, bool openStart)
    {
        if (words.Length < entry.Length)
        {
            return false;
        }
        for (int i = 0; i < entry.Length; i++)
        {
            bool before = openStart && i == 0, after = open && i == entry.Length - 1;
            bool same = (before, after) switch
            {
                (true, true) => words[i].Contains(entry[i], StringComparison.Ordinal),
                (true, false) => words[i].EndsWith(entry[i], StringComparison.Ordinal),
                (false, true) => words[i].StartsWith(entry[i], StringComparison.Ordinal),
                _ => words[i] == entry[i],
            };
            if (!same)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Lower-case words of letters and digits; everything else separates.</summary>
    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            Rune plain = rune.Value is >= 0xFF01 and <= 0xFF5E ? new Rune(rune.Value - 0xFEE0) : rune;      // full-width forms
            UnicodeCategory category = Rune.GetUnicodeCategory(plain);
            if (Rune.IsLetterOrDigit(plain))
            {
                word.Append(Rune.ToLowerInvariant(plain).ToString());
            }
            else if (category is not UnicodeCategory.Format and not UnicodeCategory.NonSpacingMark && word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }
        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }
}
