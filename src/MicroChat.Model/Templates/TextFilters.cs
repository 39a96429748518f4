using System.Net;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>Filters that take a text.</summary>
internal static class TextFilters
{
    public static object? Upper(object? value, RenderState state, Arguments arguments) => Change(value, state, arguments, "upper", PythonCase.Upper);

    public static object? Lower(object? value, RenderState state, Arguments arguments) => Change(value, state, arguments, "lower", PythonCase.Lower);

    public static object? Capitalize(object? value, RenderState state, Arguments arguments) => Change(value, state, arguments, "capitalize", PythonCase.Capitalize);

    public static object? Title(object? value, RenderState state, Arguments arguments) => Change(value, state, arguments, "title", PythonCase.TitleWords);

    public static object? String(object? value, RenderState state, Arguments arguments) => Change(value, state, arguments, "string", text => text);

    private static object? Change(object? value, RenderState state, Arguments arguments, string name, Func<string, string> change)
    {
        arguments.Nothing(name);
        return Texts.Like(value, change(Texts.Of(value, state)));
    }

    public static object? Trim(object? value, RenderState state, Arguments arguments)
    {
        string? characters = Arguments.TextOrNone(arguments.Match("trim", 0, "chars")[0], "trim");
        return Texts.Like(value, PythonText.Strip(Texts.Of(value, state), characters, left: true, right: true));
    }

    public static object? Replace(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("replace", 2, "old", "new", "count");
        int count = given[2] is null ? -1 : Arguments.Integer(given[2], -1);
        return TextMethods.Replace(Texts.Of(value, state), Texts.Of(given[0], state), Texts.Of(given[1], state), count, state);
    }

    public static object? Safe(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("safe");
        return new Markup(Texts.Of(value, state));
    }

    public static object? Escape(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("escape");
        return new Markup(Texts.Escape(value, state));
    }

    public static object? ForceEscape(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("forceescape");
        return new Markup(Texts.Escape(Texts.Of(value, state), state));
    }

    public static object? Indent(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("indent", 0, "width", "first", "blank");
        string text = Arguments.Text(value, "indent");
        string indentation = Texts.TryGet(given[0], out string? own) ? own : Blanks(Arguments.Integer(given[0], 4), state);
        bool first = Sequences.IsTrue(Arguments.Or(given[1], false)), blank = Sequences.IsTrue(Arguments.Or(given[2], false));
        List<object?> lines = PythonText.Lines(text + "\n", keepEnds: false);
        state.Charge(text.Length + (long)lines.Count * indentation.Length);
        var indented = new StringBuilder(first ? indentation : "");
        for (int i = 0; i < lines.Count; i++)
        {
            var line = (string)lines[i]!;
            if (i > 0) indented.Append('\n').Append(blank || line.Length > 0 ? indentation : "");
            indented.Append(line);
        }
        return Texts.Like(value, indented.ToString());
    }

    private static string Blanks(int count, RenderState state)
    {
        state.Charge(count);
        return new string(' ', Math.Max(count, 0));
    }

    public static object? Center(object? value, RenderState state, Arguments arguments)
    {
        int width = Arguments.Integer(arguments.Match("center", 0, "width")[0], 80);
        return Texts.Like(value, TextMethods.Pad(Texts.Of(value, state), width, ' ', '^', state));
    }

    public static object? Format(object? value, RenderState state, Arguments arguments)
    {
        object? operand = arguments.Positional.ToArray();
        if (arguments.Named.Count > 0)
        {
            if (arguments.Positional.Count > 0) throw new TemplateException("The filter format takes values by place or by name, not both.");
            var named = new PythonDictionary();
            foreach ((string key, object? item) in arguments.Named) named.Set(key, item);
            operand = named;
        }
        return Texts.Like(value, PercentFormat.Apply(Texts.Of(value, state), operand, state));
    }

    public static object? StripTags(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("striptags");
        string text = Without(Without(Texts.Of(value, state), "<!--", "-->"), "<", ">");
        return WebUtility.HtmlDecode(string.Join(' ', PythonText.SplitBlanks(text, -1)));
    }

    private static string Without(string text, string begin, string end)
    {
        var kept = new StringBuilder();
        int at = 0;
        while (text.IndexOf(begin, at, StringComparison.Ordinal) is >= 0 and var start && text.IndexOf(end, start, StringComparison.Ordinal) is >= 0 and var stop)
        {
            kept.Append(text, at, start - at);
            at = stop + end.Length;
        }
        return kept.Append(text, at, text.Length - at).ToString();
    }

    public static object? Truncate(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("truncate", 0, "length", "killwords", "end", "leeway");
        string text = Texts.Of(value, state), end = given[2] is Missing ? "..." : Arguments.Text(given[2], "truncate");
        int length = Arguments.Integer(given[0], 255), leeway = given[3] is null ? 5 : Arguments.Integer(given[3], 5), kept = length - PythonText.Length(end);
        if (kept < 0 || leeway < 0) throw new TemplateException("truncate needs a length that holds the end mark, and a leeway that is not negative.");
        if (PythonText.Length(text) <= length + leeway) return value;
        string cut = text[..PythonText.OffsetOf(text, kept)];
        if (!Sequences.IsTrue(Arguments.Or(given[1], false)) && cut.LastIndexOf(' ') is >= 0 and var blank) cut = cut[..blank];
        return Texts.Like(value, cut + end);
    }

    public static object? WordWrap(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("wordwrap", 0, "width", "break_long_words", "wrapstring", "break_on_hyphens");
        int width = Arguments.Integer(given[0], 79);
        if (width <= 0) throw new TemplateException("wordwrap needs a width of at least 1.");
        bool breaksWords = Sequences.IsTrue(Arguments.Or(given[1], true)), breaksHyphens = Sequences.IsTrue(Arguments.Or(given[3], true));
        string glue = Arguments.TextOrNone(given[2], "wordwrap") ?? "\n", text = Arguments.Text(value, "wordwrap");
        var lines = new List<string>();
        foreach (object? line in PythonText.Lines(text, keepEnds: false)) lines.Add(string.Join(glue, WordWrapping.Wrap((string)line!, width, breaksWords, breaksHyphens)));
        state.Charge(text.Length + (long)text.Length / width * glue.Length);
        return string.Join(glue, lines);
    }

    public static object? WordCount(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("wordcount");
        string text = Texts.Of(value, state);
        long count = 0;
        bool inWord = false;
        for (int at = 0; at < text.Length; at += PythonText.UnitsAt(text, at))
        {
            bool isPart = text[at] == '_' || TextMethods.IsAlphanumeric(text, at);
            if (isPart && !inWord) count++;
            inWord = isPart;
        }
        return count;
    }

    public static object? UrlEncode(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("urlencode");
        bool isText = Texts.TryGet(value, out string? text);
        if (isText || Sequences.TryIterate(value) is null) return Quote(text ?? Texts.Of(value, state), isQuery: false, state);
        IEnumerable<object?> pairs = value is PythonDictionary dictionary ? new DictionaryView(dictionary, "items").Items() : Sequences.Iterate(value, state);
        return string.Join('&', pairs.Select(pair => Sequences.ToList(pair, state) is [var key, var item]
            ? Quote(Texts.Of(key, state), isQuery: true, state) + "=" + Quote(Texts.Of(item, state), isQuery: true, state)
            : throw new TemplateException("urlencode wants pairs of a key and a value.")));
    }

    private static string Quote(string text, bool isQuery, RenderState state)
    {
        state.Charge(text.Length * 9L);
        string quoted = Uri.EscapeDataString(text);
        return isQuery ? quoted.Replace("%20", "+", StringComparison.Ordinal) : quoted.Replace("%2F", "/", StringComparison.Ordinal);
    }

    public static object? XmlAttributes(object? value, RenderState state, Arguments arguments)
    {
        bool leadingBlank = Sequences.IsTrue(Arguments.Or(arguments.Match("xmlattr", 0, "autospace")[0], true));
        if (value is not PythonDictionary dictionary) throw new TemplateException("xmlattr wants a dictionary.");
        var items = new List<string>();
        foreach ((object? key, object? item) in dictionary.Pairs)
        {
            if (item is null or Undefined) continue;
            string name = Texts.Of(key, state);
            if (name.Any(" \t\n\f\r/>=".Contains)) throw new TemplateException($"'{name}' is no name of an attribute.");
            items.Add($"{Texts.Escape(name, state)}=\"{Texts.Escape(item, state)}\"");
        }
        string text = (leadingBlank && items.Count > 0 ? " " : "") + string.Join(' ', items);
        return state.AutoEscape ? new Markup(text) : text;
    }
}

/// <summary>Python's textwrap for one paragraph.</summary>
internal static class WordWrapping
{
    public static List<string> Wrap(string text, int width, bool breaksWords, bool breaksHyphens)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        var chunks = new Stack<string>(Chunks(text, breaksHyphens).Reverse());
        while (chunks.TryPop(out string? chunk))
        {
            if (chunk.AsSpan().Trim(' ').Length == 0 && line.Length == 0 && lines.Count > 0) continue;
            if (line.Length + chunk.Length <= width)
            {
                line.Append(chunk);
                continue;
            }
            if (chunk.Length > width && breaksWords && width > line.Length)
            {
                int room = width - line.Length;
                line.Append(chunk, 0, room);
                chunk = chunk[room..];
            }
            else if (chunk.Length > width && line.Length == 0)
            {
                line.Append(chunk);
                chunk = "";
            }
            if (chunk.Length > 0) chunks.Push(chunk);
            Flush(line, lines);
        }
        Flush(line, lines);
        return lines;
    }

    private static void Flush(StringBuilder line, List<string> lines)
    {
        string text = line.ToString().TrimEnd();
        if (text.Length > 0) lines.Add(text);
        line.Clear();
    }

    // Blanks and words in turn; a word also ends after a hyphen between letters.
    private static IEnumerable<string> Chunks(string text, bool breaksHyphens)
    {
        int start = 0;
        for (int at = 1; at <= text.Length; at++)
        {
            bool ends = at == text.Length || PythonText.IsSpace(text[at]) != PythonText.IsSpace(text[at - 1])
                || (breaksHyphens && text[at - 1] == '-' && at - 2 > start && char.IsLetter(text[at - 2]) && char.IsLetter(text[at]));
            if (!ends) continue;
            yield return text[start..at];
            start = at;
        }
    }
}
