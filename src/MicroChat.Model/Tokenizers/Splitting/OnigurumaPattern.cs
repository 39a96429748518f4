using System.Text;

namespace MicroChat.Model.Tokenizers.Splitting;

/// <summary>Rewrites a pattern of Oniguruma's Ruby syntax for the framework's engine.</summary>
/// <remarks>
/// Different are: ^ and $ (every line, but ^ not after a final newline), \w (all marks, letter numbers and circled letters), \h,
/// possessive quantifiers, and a class inside a class, which is a union.
/// </remarks>
internal sealed class OnigurumaPattern
{
    private const string WordSet = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9";
    private readonly string _pattern;
    private readonly StringBuilder _result = new();
    private readonly Stack<int> _groups = new();
    private int _at;
    private int _atom;                                              // where the last atom starts in the result

    private OnigurumaPattern(string pattern) => _pattern = pattern;

    /// <exception cref="ArgumentException">The pattern has an error, or uses what is not supported.</exception>
    public static string Translate(string pattern)
    {
        if (pattern.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0) throw new ArgumentException("characters outside the basic plane are not supported in patterns.");
        var translation = new OnigurumaPattern(pattern);
        while (translation._at < pattern.Length) translation.Next();
        return translation._result.ToString();
    }

    private void Next()
    {
        char c = _pattern[_at];
        switch (c)
        {
            case '\\':
                Begin();
                Escape(insideClass: false);
                break;
            case '[':
                Begin();
                _at++;
                Class(nested: false);
                break;
            case '(':
                _groups.Push(_result.Length);
                Copy();
                break;
            case ')':
                _atom = _groups.Count > 0 ? _groups.Pop() : 0;
                Copy();
                break;
            case '^' or '$':
                Begin();
                _at++;
                _result.Append(c == '^' ? @"(?:\A|(?<=\n)(?!\z))" : @"(?=\n|\z)");
                break;
            case '?' or '*' or '+' or '{' when !AfterGroupStart():
                Quantifier();
                break;
            default:
                Begin();
                Copy();
                break;
        }
    }

    private bool AfterGroupStart() => _at > 0 && _pattern[_at - 1] == '(' && (_at < 2 || _pattern[_at - 2] != '\\');

    private void Begin() => _atom = _result.Length;

    private void Copy() => _result.Append(_pattern[_at++]);

    private void Quantifier()
    {
        bool braces = _pattern[_at] == '{';
        int end = braces ? _pattern.IndexOf('}', _at) + 1 : _at + 1;
        if (end == 0) throw new ArgumentException("a { has no }.");
        _result.Append(_pattern, _at, end - _at);
        _at = end;
        if (_at >= _pattern.Length) return;
        if (_pattern[_at] == '?')
        {
            Copy();
        }
        else if (_pattern[_at] == '+')
        {
            _result.Insert(_atom, braces ? "(?:" : "(?>").Append(braces ? ")+" : ")");   // {1,3}+ is not possessive in this syntax
            _at++;
        }
    }

    private void Escape(bool insideClass)
    {
        if (_at + 1 >= _pattern.Length) throw new ArgumentException("a \\ at the end.");
        char c = _pattern[_at + 1];
        _at += 2;
        switch (c)
        {
            case 'w':
                _result.Append(insideClass ? WordSet : $"[{WordSet}]");
                break;
            case 'W' when !insideClass:
                _result.Append($"[^{WordSet}]");
                break;
            case 'h':
                _result.Append(insideClass ? "0-9a-fA-F" : "[0-9a-fA-F]");
                break;
            case 'x' when _at < _pattern.Length && _pattern[_at] == '{':
                HexadecimalBraces();
                break;
            case 'W' or 'H' or 'R' or 'X' or 'K' or 'g':
                throw new ArgumentException($"\\{c} is not supported here.");
            default:
                _result.Append('\\').Append(c);
                if (c is 'p' or 'P' && _at < _pattern.Length && _pattern[_at] == '{') Property();
                break;
        }
    }

    private void Property()
    {
        int end = _pattern.IndexOf('}', _at) + 1;
        if (end == 0) throw new ArgumentException("a { has no }.");
        if (_pattern[_at + 1] == '^') throw new ArgumentException("\\p{^…} is not supported.");
        _result.Append(_pattern, _at, end - _at);
        _at = end;
    }

    private void HexadecimalBraces()
    {
        int end = _pattern.IndexOf('}', _at);
        if (end < 0 || !ushort.TryParse(_pattern.AsSpan(_at + 1, end - _at - 1), System.Globalization.NumberStyles.HexNumber, null, out ushort code))
        {
            throw new ArgumentException("\\x{…} must hold at most four hexadecimal digits.");
        }
        _result.Append($"\\u{code:X4}");
        _at = end + 1;
    }

    private void Class(bool nested)
    {
        if (!nested) _result.Append('[');
        if (_at < _pattern.Length && _pattern[_at] == '^')
        {
            if (nested) throw new ArgumentException("a negated class inside a class is not supported.");
            Copy();
        }
        for (bool first = true; ; first = false)
        {
            if (_at >= _pattern.Length) throw new ArgumentException("a [ has no ].");
            char c = _pattern[_at];
            if (c == ']' && !first) break;
            if (c == '\\')
            {
                Escape(insideClass: true);
                continue;
            }
            _at++;
            if (c == '[' && _at < _pattern.Length && _pattern[_at] == ':') throw new ArgumentException("[:…:] is not supported.");
            if (c == '&' && _at < _pattern.Length && _pattern[_at] == '&') throw new ArgumentException("&& is not supported.");
            if (c == '[') Class(nested: true);
            else if (c is ']' or '^') _result.Append('\\').Append(c);
            else _result.Append(c);
        }
        _at++;
        if (!nested) _result.Append(']');
    }
}
