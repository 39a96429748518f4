using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>Values as text: Python's str and repr.</summary>
internal static class Texts
{
    /// <summary>The characters of a text or Markup.</summary>
    public static bool TryGet(object? value, [NotNullWhen(true)] out string? text)
    {
        text = value as string ?? (value as Markup)?.Text;
        return text is not null;
    }

    /// <summary>Python's str(value); nothing for an undefined value.</summary>
    public static string Of(object? value, RenderState state)
    {
        switch (value)
        {
            case string text: return text;
            case Markup markup: return markup.Text;
            case long number: return number.ToString(CultureInfo.InvariantCulture);
            case Undefined: return "";
            case null: return "None";
            default:
                var builder = new StringBuilder();
                AppendRepr(builder, value, state);
                return builder.ToString();
        }
    }

    /// <summary>The value as a text that keeps being Markup where it is: what text filters work on.</summary>
    public static object Soft(object? value, RenderState state) => value is Markup ? value : Of(value, state);

    /// <summary>A text of the same kind as the model.</summary>
    public static object Like(object? model, string text) => model is Markup ? new Markup(text) : text;

    /// <summary>HTML's five special characters written as entities.</summary>
    public static string Escape(object? value, RenderState state)
    {
        if (value is Markup markup) return markup.Text;
        string text = Of(value, state);
        state.Charge(text.Length * 5L);
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);
    }

    /// <summary>Python's repr(value).</summary>
    public static string Repr(object? value, RenderState state)
    {
        var builder = new StringBuilder();
        AppendRepr(builder, value, state);
        return builder.ToString();
    }

    private static void AppendRepr(StringBuilder output, object? value, RenderState state)
    {
        state.Enter();
        state.Charge(output.Length >> 6);
        if (output.Length > state.Limits.OutputCharacters) state.Charge(output.Length);
        switch (value)
        {
            case List<object?> list: AppendItems(output, "[", list, "]", state); break;
            case object?[] tuple: AppendItems(output, "(", tuple, tuple.Length == 1 ? ",)" : ")", state); break;
            case Group group: AppendItems(output, "(", group.AsTuple(), ")", state); break;
            case PythonDictionary dictionary: AppendDictionary(output, dictionary, state); break;
            case DictionaryView view:
                AppendItems(output, "dict_" + view.Kind + "([", view.Items(), "])", state);
                break;
            case Markup markup:
                output.Append("Markup(");
                AppendQuoted(output, markup.Text);
                output.Append(')');
                break;
            case string text: AppendQuoted(output, text); break;
            default: output.Append(Simple(value)); break;
        }
        state.Leave();
    }

    private static string Simple(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => Numbers.Digits(number),
        double number => Floats.Repr(number),
        Undefined => "Undefined",
        NumberRange { Step: 1 } range => $"range({range.Start}, {range.Stop})",
        NumberRange range => $"range({range.Start}, {range.Stop}, {range.Step})",
        LoopState loop => loop.ToString(),
        Macro macro => $"<Macro '{macro.Name}'>",
        Bytes bytes => bytes.ToString(),
        _ => throw new TemplateException($"A {TypeNames.Of(value)} has no text that is always the same; it cannot be printed."),
    };

    private static void AppendItems(StringBuilder output, string open, IEnumerable<object?> items, string close, RenderState state)
    {
        output.Append(open);
        bool first = true;
        foreach (object? item in items)
        {
            if (!first) output.Append(", ");
            first = false;
            AppendRepr(output, item, state);
        }
        output.Append(close);
    }

    private static void AppendDictionary(StringBuilder output, PythonDictionary dictionary, RenderState state)
    {
        output.Append('{');
        bool first = true;
        foreach ((object? key, object? value) in dictionary.Pairs)
        {
            if (!first) output.Append(", ");
            first = false;
            AppendRepr(output, key, state);
            output.Append(": ");
            AppendRepr(output, value, state);
        }
        output.Append('}');
    }

    private static void AppendQuoted(StringBuilder output, string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        output.Append(quote);
        for (int at = 0, units; at < text.Length; at += units)
        {
            units = PythonText.UnitsAt(text, at);
            char c = text[at];
            if (c == quote || c == '\\') output.Append('\\').Append(c);
            else if (c is >= ' ' and < '\x7f') output.Append(c);
            else if (c is '\n' or '\r' or '\t') output.Append(c switch { '\n' => "\\n", '\r' => "\\r", _ => "\\t" });
            else if (IsPrintable(text, at)) output.Append(text, at, units);
            else AppendEscape(output, units == 2 ? char.ConvertToUtf32(c, text[at + 1]) : c);
        }
        output.Append(quote);
    }

    private static void AppendEscape(StringBuilder output, int codePoint) => output.Append('\\').Append(EscapeOf(codePoint));

    /// <summary>xHH, uHHHH or UHHHHHHHH.</summary>
    public static string EscapeOf(int codePoint) => codePoint switch
    {
        < 0x100 => $"x{codePoint:x2}",
        < 0x10000 => $"u{codePoint:x4}",
        _ => $"U{codePoint:x8}",
    };

    /// <summary>Python's str.isprintable for the code point that starts here.</summary>
    public static bool IsPrintable(string text, int at) => text[at] == ' ' || CharUnicodeInfo.GetUnicodeCategory(text, at) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}

/// <summary>What str.encode gives; it can only be printed and measured.</summary>
internal sealed record Bytes(byte[] Content)
{
    public override string ToString()
    {
        var output = new StringBuilder("b");
        char quote = Content.Contains((byte)'\'') && !Content.Contains((byte)'"') ? '"' : '\'';
        output.Append(quote);
        foreach (byte value in Content)
        {
            char c = (char)value;
            if (c == quote || c == '\\') output.Append('\\').Append(c);
            else if (c is >= ' ' and < '\x7f') output.Append(c);
            else output.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => $"\\x{value:x2}" });
        }
        return output.Append(quote).ToString();
    }
}
