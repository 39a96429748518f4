namespace MicroChat.Model.Tokenizers;

/// <summary>How ranges in UTF-16 units become the offsets that the reference library reports.</summary>
internal static class OffsetRules
{
    /// <summary>Code point offsets, with white space trimmed where the post-processor asks for it.</summary>
    public static List<TextRange> ToCodePoints(string text, List<TextRange> ranges, IEnumerable<string> tokens, PostProcessor rules)
    {
        int[] codePoints = new int[text.Length + 1];                // UTF-16 position → code points before it
        for (int i = 0; i < text.Length; i++)
        {
            bool secondHalf = i > 0 && char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]);
            codePoints[i + 1] = codePoints[i] + (secondHalf ? 0 : 1);
        }
        var offsets = new List<TextRange>(ranges.Count);
        foreach ((TextRange range, string token) in ranges.Zip(tokens))
        {
            var offset = new TextRange(codePoints[range.Start], codePoints[range.End]);
            offsets.Add(rules.TrimOffsets ? Trim(offset, token, first: offsets.Count == 0, rules.AddPrefixSpace) : offset);
        }
        return offsets;
    }

    private static TextRange Trim(TextRange offset, string token, bool first, bool addPrefixSpace)
    {
        int leading = 0, trailing = 0;
        while (leading < token.Length && IsSpace(token[leading])) leading++;
        while (trailing < token.Length && IsSpace(token[^(trailing + 1)])) trailing++;
        (int start, int end) = (offset.Start, offset.End);
        if (leading > 0)
        {
            if (leading == 1 && addPrefixSpace && (first || start == 0)) leading = 0;
            start = Math.Min(start + leading, end);
        }
        if (trailing > 0 && end >= trailing) end = Math.Max(end - trailing, start);
        return new TextRange(start, end);
    }

    private static bool IsSpace(char c) => c == '\u0120' || char.IsWhiteSpace(c);
}
