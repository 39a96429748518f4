namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>The pattern of GPT-4 (cl100k), Llama 3 and Qwen2, which differ in how many digits stay together; read by hand.</summary>
internal sealed class Gpt4Splitter(int digits) : ISplitter
{
    private const string Head = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Up to three digits stay together: GPT-4 and Llama 3.</summary>
    public const string ThreeDigits = Head + @"\p{N}{1,3}" + Rest;

    /// <summary>Each digit is a piece: Qwen2 and this project's own vocabularies, because it makes arithmetic regular.</summary>
    public const string OneDigit = Head + @"\p{N}" + Rest;

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

    private int Next(ReadOnlySpan<char> text, int at)
    {
        int end = PatternRules.Contraction(text, at, anyCase: true);
        if (end > 0) return end;
        CharClass c = CharClasses.At(text, at, out int length);
        if ((c & CharClass.Letter) != 0) return PatternRules.RunOf(text, at + length, CharClass.Letter);
        if ((c & CharClass.Number) != 0) return PatternRules.Numbers(text, at, digits);
        if ((c & CharClass.Newline) == 0)
        {
            int word = PatternRules.RunOf(text, at + length, CharClass.Letter);
            if (word > at + length) return word;
        }
        int body = text[at] == ' ' ? at + 1 : at;
        end = PatternRules.RunWithout(text, body, WordLike);
        return end > body ? PatternRules.RunOf(text, end, CharClass.Newline) : PatternRules.WhiteSpace(text, at, newlines: true);
    }
}
