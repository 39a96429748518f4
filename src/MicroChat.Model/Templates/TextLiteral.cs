using System.Globalization;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>The escapes in a text literal: Python's, unknown ones stay as they are.</summary>
internal static class TextLiteral
{
    public static string Unescape(string raw, int line)
    {
        if (!raw.Contains('\\')) return raw;
        var text = new StringBuilder(raw.Length);
        for (int at = 0; at < raw.Length;)
        {
            if (raw[at] != '\\') text.Append(raw[at++]);
            else at = AppendEscape(text, raw, at + 1, line);
        }
        return text.ToString();
    }

    private static int AppendEscape(StringBuilder text, string raw, int at, int line)
    {
        char c = raw[at];
        switch (c)
        {
            case '\n': return at + 1;
            case '\\' or '\'' or '"': text.Append(c); return at + 1;
            case 'a': text.Append('\a'); return at + 1;
            case 'b': text.Append('\b'); return at + 1;
            case 'f': text.Append('\f'); return at + 1;
            case 'n': text.Append('\n'); return at + 1;
            case 'r': text.Append('\r'); return at + 1;
            case 't': text.Append('\t'); return at + 1;
            case 'v': text.Append('\v'); return at + 1;
            case 'x': return AppendHexadecimal(text, raw, at + 1, 2, line);
            case 'u': return AppendHexadecimal(text, raw, at + 1, 4, line);
            case 'U': return AppendHexadecimal(text, raw, at + 1, 8, line);
            case 'N': return AppendNamed(text, raw, at + 1, line);
            case >= '0' and <= '7': return AppendOctal(text, raw, at);
            case < '\x80': text.Append('\\').Append(c); return at + 1;
            default: return AppendForeign(text, raw, at);
        }
    }

    private static int AppendHexadecimal(StringBuilder text, string raw, int at, int digits, int line)
    {
        if (at + digits > raw.Length || !uint.TryParse(raw.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value) || value > 0x10ffff)
            throw new TemplateException($"An escape \\x, \\u or \\U in a text needs {digits} hexadecimal digits of a character that exists.", line);
        if (value > 0xffff) text.Append(char.ConvertFromUtf32((int)value));
        else text.Append((char)value);
        return at + digits;
    }

    private static int AppendOctal(StringBuilder text, string raw, int at)
    {
        int value = 0, end = at;
        while (end < raw.Length && end < at + 3 && raw[end] is >= '0' and <= '7') value = value * 8 + raw[end++] - '0';
        text.Append((char)value);
        return end;
    }

    private static int AppendNamed(StringBuilder text, string raw, int at, int line)
    {
        int end = at < raw.Length && raw[at] == '{' ? raw.IndexOf('}', at) : -1;
        string? named = end < 0 ? null : CharacterNames.Find(raw[(at + 1)..end]);
        text.Append(named ?? throw new TemplateException("An escape \\N{…} in a text names no character that is known here; write it as \\uXXXX.", line));
        return end + 1;
    }

    // The reference writes characters beyond ASCII as escapes before it reads the escapes, so a backslash before one shows the escape.
    private static int AppendForeign(StringBuilder text, string raw, int at)
    {
        int units = PythonText.UnitsAt(raw, at), codePoint = units == 2 ? char.ConvertToUtf32(raw[at], raw[at + 1]) : raw[at];
        text.Append('\\').Append(Texts.EscapeOf(codePoint));
        return at + units;
    }
}
