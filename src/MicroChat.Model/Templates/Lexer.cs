using System.Globalization;

namespace MicroChat.Model.Templates;

/// <summary>Cuts a template into tokens, with trim_blocks and lstrip_blocks on.</summary>
/// <remarks>Source: Jinja 3.1 documentation, "Template Designer: Whitespace Control" and "Expressions".</remarks>
internal sealed class Lexer
{
    private static readonly string[] LongOperators = ["**", "//", "==", "!=", ">=", "<="];

    private readonly string source;
    private readonly List<Token> tokens = [];
    private readonly Stack<char> open = new();
    private int at;
    private int line = 1;
    private int lineCountedTo;
    private bool atLineStart = true;

    private Lexer(string source) => this.source = source;

    /// <summary>The tokens of a template; the last one is <see cref="TokenKind.End"/>.</summary>
    public static List<Token> Read(string source)
    {
        string text = source.Contains('\r') ? source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n') : source;
        var lexer = new Lexer(text.EndsWith('\n') ? text[..^1] : text);
        while (lexer.at < lexer.source.Length) lexer.ReadDataAndTag();
        lexer.Add(TokenKind.End, "");
        return lexer.tokens;
    }

    private void ReadDataAndTag()
    {
        int tag = at;
        while ((tag = source.IndexOf('{', tag)) >= 0 && !(tag + 1 < source.Length && source[tag + 1] is '{' or '%' or '#')) tag++;
        if (tag < 0)
        {
            Add(TokenKind.Data, source[at..]);
            at = source.Length;
            return;
        }
        char kind = source[tag + 1];
        int inner = tag + 2;
        char sign = inner < source.Length && source[inner] is '-' or '+' ? source[inner++] : ' ';
        AddData(at, tag, sign, isVariable: kind == '{');
        at = tag;
        if (kind == '#') SkipComment(inner);
        else if (kind == '%' && TryRawBegin(inner, out int content)) ReadRaw(content);
        else ReadTag(inner, kind == '{');
    }

    private void AddData(int start, int end, char sign, bool isVariable)
    {
        ReadOnlySpan<char> text = source.AsSpan(start, end - start);
        if (sign == '-')
        {
            while (text.Length > 0 && PythonText.IsSpace(text[^1])) text = text[..^1];
        }
        else if (sign != '+' && !isVariable)
        {
            int lineStart = text.LastIndexOf('\n') + 1;
            if ((lineStart > 0 || atLineStart) && IsBlank(text[lineStart..])) text = text[..lineStart];
        }
        if (text.Length > 0) Add(TokenKind.Data, text.ToString());
    }

    private static bool IsBlank(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
            if (!PythonText.IsSpace(c)) return false;
        return true;
    }

    private void SkipComment(int start)
    {
        int end = source.IndexOf("#}", start, StringComparison.Ordinal);
        if (end < 0) throw Fail("A comment does not end; '#}' is missing.");
        at = end + 2;
        EndTag(end > start ? source[end - 1] : ' ', trimNewline: true);
    }

    /// <summary>What a tag's end does to the text after it: '-' drops blanks, '+' nothing, else a newline goes.</summary>
    private void EndTag(char sign, bool trimNewline)
    {
        if (sign == '-') SkipBlanks();
        else if (sign != '+' && trimNewline && at < source.Length && source[at] == '\n') at++;
        atLineStart = source[at - 1] == '\n';
    }

    private void SkipBlanks()
    {
        while (at < source.Length && PythonText.IsSpace(source[at])) at++;
    }

    private int AfterBlanks(int start)
    {
        while (start < source.Length && PythonText.IsSpace(source[start])) start++;
        return start;
    }

    private bool Has(int position, string text) => source.AsSpan(Math.Min(position, source.Length)).StartsWith(text);

    private bool TryRawBegin(int start, out int end)
    {
        end = AfterBlanks(start);
        if (!Has(end, "raw")) return false;
        end = AfterBlanks(end + 3);
        if (Has(end, "%}"))
        {
            end += 2;
            return true;
        }
        if (!Has(end, "-%}")) return false;
        end = AfterBlanks(end + 3);
        return true;
    }

    private void ReadRaw(int content)
    {
        atLineStart = source[content - 1] == '\n';
        for (int tag = content; (tag = source.IndexOf("{%", tag, StringComparison.Ordinal)) >= 0; tag += 2)
        {
            int inner = tag + 2;
            char sign = inner < source.Length && source[inner] is '-' or '+' ? source[inner++] : ' ';
            inner = AfterBlanks(inner);
            if (!Has(inner, "endraw")) continue;
            inner = AfterBlanks(inner + 6);
            char endSign = inner < source.Length && source[inner] is '-' or '+' ? source[inner++] : ' ';
            if (!Has(inner, "%}")) continue;
            at = content;
            AddData(content, tag, sign, isVariable: false);
            at = inner + 2;
            EndTag(endSign, trimNewline: true);
            return;
        }
        throw Fail("A raw block does not end; '{% endraw %}' is missing.");
    }

    private void ReadTag(int inner, bool isVariable)
    {
        Add(isVariable ? TokenKind.VariableBegin : TokenKind.BlockBegin, isVariable ? "{{" : "{%");
        at = inner;
        string end = isVariable ? "}}" : "%}";
        open.Clear();
        while (true)
        {
            SkipBlanks();
            if (at == source.Length) return;
            bool signed = source[at] == '-' || (source[at] == '+' && !isVariable);
            if (open.Count == 0 && Has(signed ? at + 1 : at, end))
            {
                Add(isVariable ? TokenKind.VariableEnd : TokenKind.BlockEnd, end);
                char sign = signed ? source[at] : ' ';
                at += signed ? 3 : 2;
                EndTag(sign, trimNewline: !isVariable);
                return;
            }
            ReadToken();
        }
    }

    private void ReadToken()
    {
        char c = source[at];
        if (char.IsAsciiDigit(c)) ReadNumber();
        else if (c is '\'' or '"') ReadText(c);
        else if (IsNamePart(at)) ReadName();
        else ReadOperator();
    }

    private bool IsNamePart(int position) => source[position] == '_' || PythonCase.Category(source, position) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;

    private void ReadName()
    {
        int end = at;
        while (end < source.Length && IsNamePart(end)) end += PythonText.UnitsAt(source, end);
        string name = source[at..end];
        if (PythonCase.Category(name, 0) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            throw Fail($"The name '{name}' begins with a character that may not begin a name.");
        Add(TokenKind.Name, name);
        at = end;
    }

    private void ReadText(char quote)
    {
        int end = at + 1;
        while (end < source.Length && source[end] != quote) end += source[end] == '\\' ? 2 : 1;
        if (end >= source.Length) throw Fail("A text does not end; its closing quote is missing.");
        Line();
        Add(TokenKind.Text, TextLiteral.Unescape(source[(at + 1)..end], line));
        at = end + 1;
    }

    private void ReadNumber()
    {
        int end = Digits(at, char.IsAsciiDigit);
        bool afterDot = at > 0 && source[at - 1] == '.';
        int floatEnd = end;
        if (Has(end, ".") && Digits(end + 1, char.IsAsciiDigit) is var fraction && fraction > end + 1) floatEnd = fraction;
        if (floatEnd < source.Length && source[floatEnd] is 'e' or 'E')
        {
            int exponent = floatEnd + 1 < source.Length && source[floatEnd + 1] is '+' or '-' ? floatEnd + 2 : floatEnd + 1;
            if (Digits(exponent, char.IsAsciiDigit) is var last && last > exponent) floatEnd = last;
        }
        object? value;
        if (floatEnd > end && !afterDot)
        {
            end = floatEnd;
            value = Floats.Parse(source[at..end]);
        }
        else
        {
            end = IntegerEnd(end);
            value = Numbers.ParseInteger(source[at..end], 0);
        }
        tokens.Add(new Token(TokenKind.Number, source[at..end], value ?? throw Fail("A number has more than 4,300 digits."), Line()));
        at = end;
    }

    private int IntegerEnd(int decimalEnd)
    {
        if (source[at] != '0') return decimalEnd;
        int prefixed = at + 1 >= source.Length ? 0 : char.ToLowerInvariant(source[at + 1]) switch
        {
            'b' => Digits(at + 2, c => c is '0' or '1'),
            'o' => Digits(at + 2, c => c is >= '0' and <= '7'),
            'x' => Digits(at + 2, char.IsAsciiHexDigit),
            _ => 0,
        };
        return prefixed > at + 2 ? prefixed : Digits(at, c => c == '0');
    }

    // The end of digits with single underscores between them; the start where there is none.
    private int Digits(int start, Func<char, bool> isDigit)
    {
        int end = start;
        while (end < source.Length && (isDigit(source[end]) || (source[end] == '_' && end > start && end + 1 < source.Length && isDigit(source[end + 1])))) end++;
        return end;
    }

    private void ReadOperator()
    {
        foreach (string sign in LongOperators)
        {
            if (!Has(at, sign)) continue;
            Add(TokenKind.Operator, sign);
            at += 2;
            return;
        }
        char c = source[at];
        if (!"+-/*%~[](){}><=.:|,;".Contains(c)) throw Fail($"The character '{c}' has no meaning here.");
        if (c is '(' or '[' or '{') open.Push(c switch { '(' => ')', '[' => ']', _ => '}' });
        else if (c is ')' or ']' or '}' && !(open.TryPop(out char wanted) && wanted == c)) throw Fail($"'{c}' closes nothing that is open.");
        Add(TokenKind.Operator, c.ToString());
        at++;
    }

    private void Add(TokenKind kind, string text) => tokens.Add(new Token(kind, text, null, Line()));

    private int Line()
    {
        line += source.AsSpan(lineCountedTo, at - lineCountedTo).Count('\n');
        lineCountedTo = at;
        return line;
    }

    private TemplateException Fail(string text) => new(text, Line());
}
