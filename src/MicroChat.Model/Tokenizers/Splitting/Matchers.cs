using System.Text;

namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>Finds the places that a pattern matches, from left to right, without overlap.</summary>
internal interface IMatcher
{
    /// <summary>Adds the matches in order; a match may be empty. Unit: UTF-16 units.</summary>
    public void Find(ReadOnlySpan<char> text, List<TextRange> matches);
}

/// <summary>Matches a literal text.</summary>
internal sealed class LiteralMatcher(string literal) : IMatcher
{
    public void Find(ReadOnlySpan<char> text, List<TextRange> matches)
    {
        if (literal.Length == 0) return;
        for (int at = 0; ;)
        {
            int jump = text[at..].IndexOf(literal);
            if (jump < 0) return;
            matches.Add(new TextRange(at + jump, at + jump + literal.Length));
            at += jump + literal.Length;
        }
    }
}

/// <summary>Matches every single code point of some classes.</summary>
internal sealed class ClassMatcher(CharClass classes) : IMatcher
{
    public void Find(ReadOnlySpan<char> text, List<TextRange> matches)
    {
        for (int at = 0; at < text.Length;)
        {
            if ((CharClasses.At(text, at, out int length) & classes) != 0) matches.Add(new TextRange(at, at + length));
            at += length;
        }
    }
}

/// <summary>Matches every run of so many code points; the last one may be shorter.</summary>
internal sealed class LengthMatcher(int codePoints) : IMatcher
{
    public void Find(ReadOnlySpan<char> text, List<TextRange> matches)
    {
        for (int at = 0; at < text.Length;)
        {
            int end = at;
            for (int i = 0; i < codePoints && end < text.Length; i++)
            {
                Rune.DecodeFromUtf16(text[end..], out _, out int read);
                end += read;
            }
            matches.Add(new TextRange(at, end));
            at = end;
        }
    }
}
