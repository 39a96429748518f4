namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>The pattern of GPT-4o (o200k), which also cuts between a small and a capital letter; read by hand.</summary>
internal sealed class O200kSplitter : ISplitter
{
    /// <summary>The pattern's own text.</summary>
    public const string Pattern =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const CharClass WordLike = CharClass.Space | CharClass.Letter | CharClass.Number;

    public void Split(ReadOnlySpan<char> text, int origin, List<TextRange> pieces)
    {
        for (int at = 0; at < text.Length;)
        {
            int end = Next(text, at);
            pieces.Add(new TextRange(origin + at, origin + end));
            at = end;
        }
    }

    private static int Next(ReadOnlySpan<char> text, int at)
    {
        int end = Word(text, at);
        if (end > 0)
        {
            int contraction = PatternRules.Contraction(text, end, anyCase: true);
            return contraction > 0 ? contraction : end;
        }
        end = PatternRules.Numbers(text, at, 3);
        if (end > 0) return end;
        int body = text[at] == ' ' ? at + 1 : at;
        end = PatternRules.RunWithout(text, body, WordLike);
        if (end == body) return PatternRules.WhiteSpace(text, at, newlines: true);
        while (end < text.Length && text[end] is '\r' or '\n' or '/') end++;
        return end;
    }

    private static int Word(ReadOnlySpan<char> text, int at)
    {
        CharClass c = CharClasses.At(text, at, out int length);
        bool prefix = (c & (CharClass.Letter | CharClass.Number | CharClass.Newline)) == 0;
        int end = prefix ? EndsSmall(text, at + length) : -1;
        if (end < 0) end = EndsSmall(text, at);
        if (end < 0 && prefix) end = StartsCapital(text, at + length);
        return end < 0 ? StartsCapital(text, at) : end;
    }

    /// <summary>Head* Tail+: where no tail follows the greedy head, the last code point of the head that is a tail too is given back.</summary>
    private static int EndsSmall(ReadOnlySpan<char> text, int at)
    {
        int head = PatternRules.RunOf(text, at, CharClass.Head);
        int end = PatternRules.RunOf(text, head, CharClass.Tail);
        if (end > head) return end;
        while (head > at)
        {
            if ((CharClasses.Before(text, head, out int length) & CharClass.Tail) != 0) return head;
            head -= length;
        }
        return -1;
    }

    /// <summary>Head+ Tail*.</summary>
    private static int StartsCapital(ReadOnlySpan<char> text, int at)
    {
        int head = PatternRules.RunOf(text, at, CharClass.Head);
        return head > at ? PatternRules.RunOf(text, head, CharClass.Tail) : -1;
    }
}
