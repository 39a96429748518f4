using System.Globalization;
using System.Numerics;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>Python's str.format, with attributes as the template itself may read them.</summary>
/// <remarks>Source: Python documentation, "Format String Syntax" and "Format Specification Mini-Language".</remarks>
internal static class BraceFormat
{
    private sealed class Values(Arguments arguments)
    {
        private int next;

        public object? Find(string name)
        {
            if (name.Length == 0) name = next++.ToString(CultureInfo.InvariantCulture);
            if (name.All(char.IsAsciiDigit))
                return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int at) && at < arguments.Positional.Count
                    ? arguments.Positional[at] : throw new TemplateException($"The format wants the value number {name}, which is not there.");
            int named = arguments.Named.FindIndex(argument => argument.Key == name);
            return named >= 0 ? arguments.Named[named].Value : throw new TemplateException($"The format wants a value named '{name}'.");
        }
    }

    public static string Apply(string format, Arguments arguments, RenderState state) => Fill(format, new Values(arguments), state, depth: 0);

    private static string Fill(string format, Values values, RenderState state, int depth)
    {
        if (depth > 2) throw new TemplateException("Braces in a format nest too deeply.");
        var output = new StringBuilder();
        for (int at = 0; at < format.Length; at++)
        {
            char c = format[at];
            if (c is '{' or '}' && at + 1 < format.Length && format[at + 1] == c) output.Append(format[++at]);
            else if (c == '{')
            {
                int end = FieldEnd(format, at);
                string text = Field(format[(at + 1)..end], values, state, depth);
                state.Charge((long)output.Length + text.Length > state.Limits.OutputCharacters ? long.MaxValue : text.Length);
                output.Append(text);
                at = end;
            }
            else if (c == '}') throw new TemplateException("A single '}' stands in a format.");
            else output.Append(c);
        }
        return output.ToString();
    }

    private static int FieldEnd(string format, int start)
    {
        int depth = 0;
        for (int at = start; at < format.Length; at++)
        {
            depth += format[at] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0) return at;
        }
        throw new TemplateException("A '{' in a format is not closed.");
    }

    private static string Field(string field, Values values, RenderState state, int depth)
    {
        int bracket = 0, nameEnd = 0;
        for (; nameEnd < field.Length && (bracket > 0 || field[nameEnd] is not (':' or '!')); nameEnd++) bracket += field[nameEnd] switch { '[' => 1, ']' => -1, _ => 0 };
        object? value = Lookup(field[..nameEnd], values);
        string rest = field[nameEnd..], specification = "";
        char conversion = 's';
        bool converts = rest.StartsWith('!');
        if (converts)
        {
            if (rest.Length < 2 || (rest.Length > 2 && rest[2] != ':')) throw new TemplateException("After '!' a format wants r, s or a.");
            conversion = rest[1];
            rest = rest[2..];
        }
        if (rest.StartsWith(':')) specification = Fill(rest[1..], values, state, depth + 1);
        if (converts) value = conversion switch
        {
            's' => Texts.Of(value, state),
            'r' or 'a' => Texts.Repr(value, state),
            _ => throw new TemplateException($"A format does not know the conversion '!{conversion}'."),
        };
        return FormatSpecification.Apply(value, specification, state);
    }

    private static object? Lookup(string path, Values values)
    {
        int at = path.AsSpan().IndexOfAny('.', '[') is >= 0 and var first ? first : path.Length;
        object? value = values.Find(path[..at]);
        while (at < path.Length)
        {
            bool isItem = path[at] == '[';
            if (!isItem && path[at] != '.') throw new TemplateException($"'{path}' is no field of a format.");
            int start = ++at, end = isItem ? path.IndexOf(']', at) : path.AsSpan(at).IndexOfAny('.', '[') is >= 0 and var length ? at + length : path.Length;
            if (end <= start) throw new TemplateException($"'{path}' is no field of a format.");
            string step = path[start..end];
            value = !isItem ? Members.Attribute(value, step) : Members.Item(value, step.All(char.IsAsciiDigit) ? Numbers.ParseInteger(step, 10) : step);
            if (value is Undefined missing) throw new TemplateException(missing.Message);
            at = isItem ? end + 1 : end;
        }
        return value;
    }
}

/// <summary>What stands after the colon of a field: fill, alignment, sign, width, grouping, precision, kind.</summary>
internal static class FormatSpecification
{
    public static string Apply(object? value, string specification, RenderState state)
    {
        if (specification.Length == 0) return Texts.Of(value, state);
        int at = 0, first = PythonText.UnitsAt(specification, 0);
        string filler = " ";
        char alignment = '\0', sign = '-', group = '\0';
        if (first < specification.Length && "<>=^".Contains(specification[first]))
        {
            (filler, alignment) = (specification[..first], specification[first]);
            at = first + 1;
        }
        else if ("<>=^".Contains(specification[0])) alignment = specification[at++];
        bool Takes(string characters) => at < specification.Length && characters.Contains(specification[at]);
        if (Takes("+- ")) sign = specification[at++];
        bool isAlternate = Takes("#");
        if (isAlternate) at++;
        if (Takes("0") && alignment == '\0') (filler, alignment) = ("0", '=');
        int width = ReadNumber(specification, ref at) ?? 0, precision = -1;
        if (Takes(",_")) group = specification[at++];
        if (Takes("."))
        {
            at++;
            precision = ReadNumber(specification, ref at) ?? throw new TemplateException("A format wants digits after '.'.");
        }
        char kind = at < specification.Length ? specification[at++] : '\0';
        if (at < specification.Length) throw new TemplateException($"'{specification}' is no format.");
        state.Charge(Math.Max(precision, 0));
        if (!Numbers.IsNumber(value) || (value is bool && kind == '\0')) return PadText(value, kind, precision, width, filler, alignment, state);
        (string prefix, string digits) = Number(value, kind, precision, isAlternate);
        if (group != '\0') digits = Grouped(digits, group);
        string mark = prefix.StartsWith('-') ? prefix : (sign == '-' ? "" : sign.ToString()) + prefix;
        if (alignment == '=') return mark + TextMethods.Pad(digits, width - mark.Length, filler, '>', state);
        return Pad(mark + digits, width, filler, alignment == '\0' ? '>' : alignment, state);
    }

    private static string PadText(object? value, char kind, int precision, int width, string filler, char alignment, RenderState state)
    {
        if (kind is not ('\0' or 's') || alignment == '=' || !(Texts.TryGet(value, out _) || value is bool))
            throw new TemplateException($"A value of type '{TypeNames.Of(value)}' does not take this format.");
        string text = Texts.Of(value, state);
        if (precision >= 0) text = text[..PythonText.OffsetOf(text, precision)];
        return Pad(text, width, filler, alignment == '\0' ? '<' : alignment, state);
    }

    private static string Pad(string text, int width, string filler, char alignment, RenderState state)
    {
        if (alignment != '^') return TextMethods.Pad(text, width, filler, alignment, state);
        int missing = Math.Max(width - PythonText.Length(text), 0);
        return TextMethods.Pad(TextMethods.Pad(text, width - missing + missing / 2, filler, '>', state), width, filler, '<', state);
    }

    private static int? ReadNumber(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        if (at == start) return null;
        return int.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : throw new TemplateException("A width in a format is too large.");
    }

    private static (string Prefix, string Digits) Number(object value, char kind, int precision, bool isAlternate)
    {
        if (value is not double && kind is '\0' or 'd' or 'n' or 'x' or 'X' or 'o' or 'b')
        {
            if (precision >= 0 || value is double) throw new TemplateException("An integer's format takes no precision, and a float none of the kinds d, x, o, b.");
            BigInteger integer = Numbers.Big(value);
            int radix = char.ToLowerInvariant(kind) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 };
            string digits = Radix.Digits(BigInteger.Abs(integer), radix), prefix = isAlternate && radix != 10 ? "0" + kind : "";
            return ((integer.Sign < 0 ? "-" : "") + prefix, kind == 'X' ? digits.ToUpperInvariant() : digits);
        }
        double number = Numbers.Double(value);
        string text = char.ToLowerInvariant(kind) switch
        {
            'f' => Floats.Fixed(number, precision < 0 ? 6 : precision),
            'e' => Floats.Scientific(number, precision < 0 ? 6 : precision),
            'g' or 'n' => Floats.General(number, precision < 0 ? 6 : precision),
            '%' => Floats.Fixed(number * 100, precision < 0 ? 6 : precision) + "%",
            '\0' => precision < 0 ? Floats.Repr(number) : Floats.General(number, precision),
            _ => throw new TemplateException($"A format does not know the kind '{kind}' for numbers."),
        };
        if (char.IsUpper(kind)) text = text.ToUpperInvariant();
        return text.StartsWith('-') ? ("-", text[1..]) : ("", text);
    }

    private static string Grouped(string digits, char separator)
    {
        int end = digits.AsSpan().IndexOfAnyExceptInRange('0', '9') is >= 0 and var point ? point : digits.Length;
        var grouped = new StringBuilder(digits);
        for (int at = end - 3; at > 0; at -= 3) grouped.Insert(at, separator);
        return grouped.ToString();
    }
}
