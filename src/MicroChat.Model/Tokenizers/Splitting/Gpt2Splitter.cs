namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>GPT-2's pattern, read by hand.</summary>
internal sealed class Gpt2Splitter : ISplitter
{
    /// <summary>The pattern's own text.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

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
        int end = PatternRules.Contraction(text, at, anyCase: false);
        if (end > 0) return end;
        int body = text[at] == ' ' && at + 1 < text.Length ? at + 1 : at;
        CharClass c = CharClasses.At(text, body, out _);
        if ((c & CharClass.Letter) != 0) return PatternRules.RunOf(text, body, CharClass.Letter);
        if ((c & CharClass.Number) != 0) return PatternRules.RunOf(text, body, CharClass.Number);
        if ((c & CharClass.Space) == 0) return PatternRules.RunWithout(text, body, WordLike);
        return PatternRules.WhiteSpace(text, at, newlines: false);
    }
}
