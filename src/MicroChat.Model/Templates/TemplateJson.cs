using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace MicroChat.Model.Templates;

/// <summary>JSON as Python's json module writes it, and JSON read as values of a template.</summary>
internal static class TemplateJson
{
    private sealed record Style(bool IsAscii, string? Indentation, string ItemSeparator, string KeySeparator, bool SortsKeys);

    /// <summary>The filter tojson of chat templates.</summary>
    public static object? Filter(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        string? indentation = IndentationOf(Arguments.Or(given[1], null), state);
        string item = indentation is null ? ", " : ",", key = ": ";
        if (Arguments.Or(given[2], null) is { } separators)
        {
            if (Sequences.ToList(separators, state) is not [var first, var second]) throw new TemplateException("tojson wants two separators.");
            (item, key) = (Arguments.Text(first, "tojson"), Arguments.Text(second, "tojson"));
        }
        var style = new Style(Sequences.IsTrue(Arguments.Or(given[0], false)), indentation, item, key, Sequences.IsTrue(Arguments.Or(given[3], false)));
        var output = new StringBuilder();
        Append(output, value, style, 0, state);
        return output.ToString();
    }

    private static string? IndentationOf(object? indent, RenderState state)
    {
        if (indent is null) return null;
        if (Texts.TryGet(indent, out string? text)) return text;
        int width = Math.Max(Arguments.Integer(indent, 0), 0);
        state.Charge(width);
        return new string(' ', width);
    }

    private static void Append(StringBuilder output, object? value, Style style, int depth, RenderState state)
    {
        state.Enter();
        if (output.Length > state.Limits.OutputCharacters) state.Charge(output.Length);
        switch (value)
        {
            case null or bool or double or long or BigInteger: output.Append(Scalar(value)); break;
            case string text: AppendText(output, text, style.IsAscii, state); break;
            case Markup markup: AppendText(output, markup.Text, style.IsAscii, state); break;
            case PythonDictionary dictionary: AppendObject(output, dictionary, style, depth, state); break;
            case List<object?> or object?[] or Group: AppendArray(output, Sequences.TryIterate(value)!, style, depth, state); break;
            default: throw new TemplateException($"A value of type '{TypeNames.Of(value)}' cannot be written as JSON.");
        }
        state.Leave();
    }

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        double number when double.IsNaN(number) => "NaN",
        double number when double.IsInfinity(number) => number > 0 ? "Infinity" : "-Infinity",
        double number => Floats.Repr(number),
        _ => Numbers.Digits(Numbers.Big(value)),
    };

    private static void AppendObject(StringBuilder output, PythonDictionary dictionary, Style style, int depth, RenderState state)
    {
        var pairs = dictionary.Pairs.ToList();
        if (style.SortsKeys) pairs.Sort((a, b) => Comparison.Order(a.Key, b.Key, state));
        output.Append('{');
        for (int i = 0; i < pairs.Count; i++)
        {
            Separate(output, style, i == 0, depth + 1, state);
            AppendText(output, KeyText(pairs[i].Key), style.IsAscii, state);
            output.Append(style.KeySeparator);
            Append(output, pairs[i].Value, style, depth + 1, state);
        }
        Close(output, '}', pairs.Count, style, depth, state);
    }

    private static string KeyText(object? key) => key switch
    {
        string text => text,
        Markup markup => markup.Text,
        null or bool or double or long or BigInteger => Scalar(key),
        _ => throw new TemplateException($"A key of type '{TypeNames.Of(key)}' cannot be written as JSON."),
    };

    private static void AppendArray(StringBuilder output, IEnumerable<object?> items, Style style, int depth, RenderState state)
    {
        output.Append('[');
        int count = 0;
        foreach (object? item in items)
        {
            Separate(output, style, count++ == 0, depth + 1, state);
            Append(output, item, style, depth + 1, state);
        }
        Close(output, ']', count, style, depth, state);
    }

    private static void Separate(StringBuilder output, Style style, bool isFirst, int depth, RenderState state)
    {
        if (!isFirst) output.Append(style.ItemSeparator);
        if (style.Indentation is not null) BreakLine(output, style.Indentation, depth, state);
    }

    private static void Close(StringBuilder output, char end, int count, Style style, int depth, RenderState state)
    {
        if (style.Indentation is not null && count > 0) BreakLine(output, style.Indentation, depth, state);
        output.Append(end);
    }

    private static void BreakLine(StringBuilder output, string indentation, int depth, RenderState state)
    {
        state.Charge((long)indentation.Length * depth);
        output.Append('\n').Insert(output.Length, indentation, depth);
    }

    private static void AppendText(StringBuilder output, string text, bool isAscii, RenderState state)
    {
        state.Charge(text.Length);
        output.Append('"');
        foreach (char c in text)
        {
            switch (c)
            {
                case '"' or '\\': output.Append('\\').Append(c); break;
                case '\n': output.Append("\\n"); break;
                case '\r': output.Append("\\r"); break;
                case '\t': output.Append("\\t"); break;
                case '\b': output.Append("\\b"); break;
                case '\f': output.Append("\\f"); break;
                default:
                    if (c < ' ' || (isAscii && c >= '\x7f')) output.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    else output.Append(c);
                    break;
            }
        }
        output.Append('"');
    }

    /// <summary>A JSON value as a template sees it: the order of keys is kept, integers and floats stay apart.</summary>
    public static object? Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => ReadNumber(element),
        JsonValueKind.Array => element.EnumerateArray().Select(Read).ToList(),
        _ => ReadObject(element),
    };

    private static object ReadNumber(JsonElement element)
    {
        if (element.TryGetInt64(out long integer)) return integer;
        string text = element.GetRawText();
        if (text.AsSpan().IndexOfAny(".eE") >= 0) return Floats.Parse(text)!.Value;
        return Numbers.ParseInteger(text, 10) ?? throw new TemplateException("An integer of more than 4,300 digits was given.");
    }

    private static PythonDictionary ReadObject(JsonElement element)
    {
        var dictionary = new PythonDictionary();
        foreach (JsonProperty property in element.EnumerateObject()) dictionary.Set(property.Name, Read(property.Value));
        return dictionary;
    }
}
