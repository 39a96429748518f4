using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>
/// Matches a regular expression by code points. The framework's engine sees UTF-16 units, so every character outside the basic
/// plane is replaced, one for one, by a rare character of the same category before matching.
/// </summary>
internal sealed class RegexMatcher : IMatcher
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly char[] StandIns = FindStandIns();
    private readonly Regex _regex;

    /// <param name="pattern">Oniguruma's Ruby syntax, as in tokenizer.json.</param>
    /// <exception cref="TokenizerException">The pattern has an error, or uses what is not supported.</exception>
    public RegexMatcher(string pattern)
    {
        try
        {
            _regex = new Regex(OnigurumaPattern.Translate(pattern), RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException e)
        {
            throw new TokenizerException($"The pattern \"{pattern}\" cannot be used: {e.Message}", e);
        }
    }

    public void Find(ReadOnlySpan<char> text, List<TextRange> matches)
    {
        try
        {
            if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            {
                foreach (ValueMatch match in _regex.EnumerateMatches(text)) matches.Add(new TextRange(match.Index, match.Index + match.Length));
                return;
            }
            string mapped = Map(text, out int[] starts);
            foreach (ValueMatch match in _regex.EnumerateMatches(mapped))
            {
                matches.Add(new TextRange(starts[match.Index], starts[match.Index + match.Length]));
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TokenizerException($"The tokenizer's pattern \"{e.Pattern}\" takes more than {Patience.TotalSeconds:0} s on a text of " +
                $"{text.Length} characters. Shorten the text, or use a tokenizer whose pattern does not explode.", e);
        }
    }

    private static string Map(ReadOnlySpan<char> text, out int[] starts)
    {
        var mapped = new StringBuilder(text.Length);
        starts = new int[text.Length + 1];
        for (int at = 0; at < text.Length;)
        {
            starts[mapped.Length] = at;
            bool pair = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
            mapped.Append(pair ? StandIns[(int)CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[at], text[at + 1]))] : text[at]);
            at += pair ? 2 : 1;
        }
        starts[mapped.Length] = text.Length;
        return mapped.ToString();
    }

    /// <summary>By category, the first character from U+A000 on; patterns hardly ever name those. Categories without one there: from U+0100 on.</summary>
    private static char[] FindStandIns()
    {
        var found = new char[30];
        for (int c = 0xA000; c <= 0xFFFF; c++) Offer(c, found);
        for (int c = 0x100; c < 0xA000; c++) Offer(c, found);
        return found;
    }

    private static void Offer(int c, char[] found)
    {
        ref char place = ref found[(int)CharUnicodeInfo.GetUnicodeCategory(c)];
        if (place == 0) place = (char)c;
    }
}
