using System.Globalization;
using System.Numerics;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>Python's text % values.</summary>
/// <remarks>Source: Python documentation, "printf-style String Formatting".</remarks>
internal static class PercentFormat
{
    /// <summary>One conversion: %(key)flags width .precision kind.</summary>
    private sealed record Conversion(string? Key, string Flags, int Width, int Precision, char Kind)
    {
        public bool Has(char flag) => Flags.Contains(flag);
    }

    private sealed class Values(object? operand)
    {
        private readonly object?[]? tuple = operand as object?[];
        private int used;

        public object? Next()
        {
            int at = used++;
            if (tuple is null ? at > 0 : at >= tuple.Length) throw new TemplateException("The format wants more values than there are.");
            return tuple is null ? operand : tuple[at];
        }

        public object? Named(string key)
        {
            if (operand is not PythonDictionary dictionary) throw new TemplateException("A format with names wants a dictionary.");
            used = 1;
            return dictionary.TryGet(key, out object? value) ? value : throw new TemplateException($"The format wants a value named '{key}'.");
        }

        public bool AreAllUsed => tuple is null ? used > 0 || operand is PythonDictionary or List<object?> or Undefined : used >= tuple.Length || used > 0 && operand is PythonDictionary;
    }

    public static string Apply(string format, object? operand, RenderState state)
    {
        var output = new StringBuilder();
        var values = new Values(operand);
        for (int at = 0; at < format.Length;)
        {
            if (format[at] != '%')
            {
                output.Append(format[at++]);
                continue;
            }
            Conversion conversion = Read(format, ref at, values);
            string text = conversion.Kind == '%' ? "%" : Convert(conversion, conversion.Key is { } key ? values.Named(key) : values.Next(), state);
            state.Charge((long)output.Length + text.Length > state.Limits.OutputCharacters ? long.MaxValue : text.Length);
            output.Append(text);
        }
        return values.AreAllUsed ? output.ToString() : throw new TemplateException("The format does not use all values.");
    }

    private static Conversion Read(string format, ref int at, Values values)
    {
        at++;
        string? key = null;
        if (at < format.Length && format[at] == '(')
        {
            int end = at, depth = 0;
            do depth += format[end] switch { '(' => 1, ')' => -1, _ => 0 };
            while (depth > 0 && ++end < format.Length);
            if (depth > 0) throw new TemplateException("A name in a format does not end; ')' is missing.");
            key = format[(at + 1)..end];
            at = end + 1;
        }
        int start = at;
        while (at < format.Length && "#0- +".Contains(format[at])) at++;
        string flags = format[start..at];
        int width = ReadNumber(format, ref at, values) ?? 0;
        if (width < 0) (flags, width) = (flags + "-", -width);
        int precision = -1;
        if (at < format.Length && format[at] == '.')
        {
            at++;
            precision = Math.Max(ReadNumber(format, ref at, values) ?? 0, 0);
        }
        while (at < format.Length && format[at] is 'h' or 'l' or 'L') at++;
        if (at >= format.Length) throw new TemplateException("The format ends inside a conversion.");
        return new Conversion(key, flags, width, precision, format[at++]);
    }

    private static int? ReadNumber(string format, ref int at, Values values)
    {
        if (at < format.Length && format[at] == '*')
        {
            at++;
            return Arguments.Integer(values.Next(), 0);
        }
        int start = at;
        while (at < format.Length && char.IsAsciiDigit(format[at])) at++;
        if (at == start) return null;
        return int.TryParse(format.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : throw new TemplateException("A width in a format is too large.");
    }

    private static string Convert(Conversion conversion, object? value, RenderState state)
    {
        state.Charge(Math.Max(conversion.Precision, 0));
        switch (conversion.Kind)
        {
            case 's': return PadText(conversion, Cut(Texts.Of(value, state), conversion.Precision), state);
            case 'r' or 'a': return PadText(conversion, Cut(Texts.Repr(value, state), conversion.Precision), state);
            case 'c': return PadText(conversion, Character(value), state);
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o': return PadNumber(conversion, Integer(conversion, value), state);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G': return PadNumber(conversion, Float(conversion, value), state);
            default: throw new TemplateException($"A format does not know the conversion '%{conversion.Kind}'.");
        }
    }

    private static string Cut(string text, int precision) => precision < 0 ? text : text[..PythonText.OffsetOf(text, precision)];

    private static string Character(object? value)
    {
        if (Texts.TryGet(value, out string? text) && PythonText.Length(text) == 1) return text;
        if (Texts.TryGet(value, out _) || Numbers.Index(value) is not (>= 0 and <= 0x10ffff and var code)) throw new TemplateException("%c wants one character.");
        return code is >= 0xd800 and < 0xe000 ? ((char)code).ToString() : char.ConvertFromUtf32((int)code);
    }

    private static string Integer(Conversion conversion, object? value)
    {
        if (!Numbers.IsNumber(value) || (value is double number && (!double.IsFinite(number) || conversion.Kind is 'x' or 'X' or 'o')))
            throw new TemplateException($"%{conversion.Kind} wants an integer, not '{TypeNames.Of(value)}'.");
        BigInteger integer = value is double whole ? new BigInteger(whole) : Numbers.Big(value);
        string digits = Radix.Digits(BigInteger.Abs(integer), conversion.Kind switch { 'x' or 'X' => 16, 'o' => 8, _ => 10 }).PadLeft(Math.Max(conversion.Precision, 0), '0');
        string prefix = !conversion.Has('#') ? "" : conversion.Kind switch { 'x' or 'X' => "0x", 'o' => "0o", _ => "" };
        string text = (integer.Sign < 0 ? "-" : "") + prefix + digits;
        return conversion.Kind == 'X' ? text.ToUpperInvariant() : text;
    }

    private static string Float(Conversion conversion, object? value)
    {
        if (value is Undefined missing) throw new TemplateException(missing.Message);
        if (!Numbers.IsNumber(value)) throw new TemplateException($"%{conversion.Kind} wants a number, not '{TypeNames.Of(value)}'.");
        double number = Numbers.Double(value);
        int precision = conversion.Precision < 0 ? 6 : conversion.Precision;
        string text = char.ToLowerInvariant(conversion.Kind) switch
        {
            'f' => Floats.Fixed(number, precision),
            'e' => Floats.Scientific(number, precision),
            _ => Floats.General(number, precision),
        };
        return char.IsUpper(conversion.Kind) ? text.ToUpperInvariant() : text;
    }

    private static string PadText(Conversion conversion, string text, RenderState state) =>
        TextMethods.Pad(text, conversion.Width, ' ', conversion.Has('-') ? '<' : '>', state);

    private static string PadNumber(Conversion conversion, string text, RenderState state)
    {
        string sign = text.StartsWith('-') ? "-" : conversion.Has('+') ? "+" : conversion.Has(' ') ? " " : "";
        string digits = text.TrimStart('-');
        if (conversion.Has('-') || !conversion.Has('0') || !char.IsAsciiLetterOrDigit(digits[0])) return PadText(conversion, sign + digits, state);
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) || digits.StartsWith("0o", StringComparison.Ordinal)) (sign, digits) = (sign + digits[..2], digits[2..]);
        return sign + TextMethods.Pad(digits, conversion.Width - sign.Length, '0', '>', state);
    }
}

/// <summary>Integers in other bases.</summary>
internal static class Radix
{
    public static string Digits(BigInteger value, int radix)
    {
        if (radix == 10) return value.ToString(CultureInfo.InvariantCulture);
        int bits = radix switch { 16 => 4, 8 => 3, _ => 1 };
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, "0123456789abcdef"[(int)(value & (radix - 1))]);
            value >>= bits;
        }
        while (!value.IsZero);
        return digits.ToString();
    }
}
