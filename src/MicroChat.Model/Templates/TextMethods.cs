using System.Globalization;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>The methods of texts that do not look into single characters; the others are in <see cref="TextMethods"/>' second part.</summary>
internal static partial class TextMethods
{
    public static Method? Find(string name) => FindSearch(name) ?? FindPredicate(name) ?? name switch
    {
        "strip" => (self, state, arguments) => Strip(self, arguments, "strip", left: true, right: true),
        "lstrip" => (self, state, arguments) => Strip(self, arguments, "lstrip", left: true, right: false),
        "rstrip" => (self, state, arguments) => Strip(self, arguments, "rstrip", left: false, right: true),
        "split" => (self, state, arguments) => Split(self, arguments, fromRight: false),
        "rsplit" => (self, state, arguments) => Split(self, arguments, fromRight: true),
        "splitlines" => (self, state, arguments) => PythonText.Lines(Own(self), Sequences.IsTrue(Arguments.Or(arguments.Match("splitlines", 0, "keepends")[0], false))),
        "partition" => (self, state, arguments) => Partition(self, arguments, fromRight: false),
        "rpartition" => (self, state, arguments) => Partition(self, arguments, fromRight: true),
        "replace" => ReplaceMethod,
        "join" => Join,
        "upper" => Changes("upper", PythonCase.Upper),
        "lower" => Changes("lower", PythonCase.Lower),
        "title" => Changes("title", PythonCase.Title),
        "capitalize" => Changes("capitalize", PythonCase.Capitalize),
        "swapcase" => Changes("swapcase", PythonCase.SwapCase),
        "casefold" => Changes("casefold", PythonCase.Fold),
        "removeprefix" => (self, state, arguments) => RemoveEnd(self, arguments, atStart: true),
        "removesuffix" => (self, state, arguments) => RemoveEnd(self, arguments, atStart: false),
        "center" => Pads("center", '^'),
        "ljust" => Pads("ljust", '<'),
        "rjust" => Pads("rjust", '>'),
        "zfill" => ZeroFill,
        "expandtabs" => ExpandTabs,
        "encode" => (self, state, arguments) => new Bytes(Encoding.UTF8.GetBytes(Own(self))),
        "format" => (self, state, arguments) => Texts.Like(self, BraceFormat.Apply(Own(self), arguments, state)),
        "format_map" => (self, state, arguments) => Texts.Like(self, BraceFormat.Apply(Own(self), NamedOf(arguments.One("format_map")), state)),
        _ => null,
    };

    private static string Own(object self) => self as string ?? ((Markup)self).Text;

    private static Method Changes(string name, Func<string, string> change) => (self, state, arguments) =>
    {
        arguments.Nothing(name);
        state.Charge(Own(self).Length);
        return Texts.Like(self, change(Own(self)));
    };

    private static object Strip(object self, Arguments arguments, string name, bool left, bool right) =>
        Texts.Like(self, PythonText.Strip(Own(self), Arguments.TextOrNone(arguments.Match(name, 0, "")[0], name), left, right));

    private static List<object?> Split(object self, Arguments arguments, bool fromRight)
    {
        object?[] given = arguments.Match("split", 0, "sep", "maxsplit");
        string? separator = Arguments.TextOrNone(given[0], "split");
        int splits = Arguments.Integer(given[1], -1);
        if (separator is null) return fromRight ? PythonText.SplitBlanksFromRight(Own(self), splits) : PythonText.SplitBlanks(Own(self), splits);
        if (separator.Length == 0) throw new TemplateException("split wants a separator that is not empty.");
        return fromRight ? PythonText.SplitFromRight(Own(self), separator, splits) : PythonText.Split(Own(self), separator, splits);
    }

    private static object?[] Partition(object self, Arguments arguments, bool fromRight)
    {
        string text = Own(self), separator = Arguments.Text(arguments.One("partition"), "partition");
        if (separator.Length == 0) throw new TemplateException("partition wants a separator that is not empty.");
        int at = fromRight ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        if (at < 0) return fromRight ? ["", "", text] : [text, "", ""];
        return [text[..at], separator, text[(at + separator.Length)..]];
    }

    private static object ReplaceMethod(object self, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("replace", 2, "", "", "count");
        string old = Arguments.Text(given[0], "replace"), fresh = Arguments.Text(given[1], "replace");
        if (self is Markup) (old, fresh) = (Texts.Escape(given[0], state), Texts.Escape(given[1], state));
        return Texts.Like(self, Replace(Own(self), old, fresh, Arguments.Integer(given[2], -1), state));
    }

    /// <summary>str.replace; a negative count means all. An empty old text stands between all characters.</summary>
    public static string Replace(string text, string old, string fresh, int count, RenderState state)
    {
        if (count < 0 && old.Length > 0 && fresh.Length <= old.Length) return text.Replace(old, fresh, StringComparison.Ordinal);
        var replaced = new StringBuilder();
        int at = 0;
        for (int done = 0; count < 0 || done < count; done++)
        {
            int next = old.Length > 0 ? text.IndexOf(old, at, StringComparison.Ordinal) : at;
            if (next < 0) break;
            state.Charge((long)replaced.Length + fresh.Length > state.Limits.OutputCharacters ? long.MaxValue : fresh.Length);
            replaced.Append(text, at, next - at).Append(fresh);
            at = next + old.Length;
            if (old.Length > 0) continue;
            if (at == text.Length) break;
            int units = PythonText.UnitsAt(text, at);
            replaced.Append(text, at, units);
            at += units;
        }
        return replaced.Append(text, at, text.Length - at).ToString();
    }

    private static object Join(object self, RenderState state, Arguments arguments)
    {
        var texts = new List<string>();
        long length = 0;
        foreach (object? item in Sequences.Iterate(arguments.One("join"), state))
        {
            string text = Texts.TryGet(item, out _) ? self is Markup ? Texts.Escape(item, state) : Texts.Of(item, state)
                : throw new TemplateException($"join wants texts; the item {texts.Count} is '{TypeNames.Of(item)}'.");
            texts.Add(text);
            state.Charge(length += text.Length + Own(self).Length);
        }
        return Texts.Like(self, string.Join(Own(self), texts));
    }

    private static object RemoveEnd(object self, Arguments arguments, bool atStart)
    {
        string text = Own(self), end = Arguments.Text(arguments.One("removeprefix"), "removeprefix");
        return Texts.Like(self, atStart
            ? text.StartsWith(end, StringComparison.Ordinal) ? text[end.Length..] : text
            : text.EndsWith(end, StringComparison.Ordinal) ? text[..^end.Length] : text);
    }

    private static Method Pads(string name, char alignment) => (self, state, arguments) =>
    {
        object?[] given = arguments.Match(name, 1, "", "");
        string filler = given[1] is Missing ? " " : Arguments.Text(given[1], name);
        if (PythonText.Length(filler) != 1) throw new TemplateException($"{name} fills with exactly one character.");
        return Texts.Like(self, Pad(Own(self), Arguments.Integer(given[0], 0), filler, alignment, state));
    };

    /// <summary>Fills up to a width in code points; '^' puts the odd character to the left where the width is odd.</summary>
    public static string Pad(string text, int width, string filler, char alignment, RenderState state)
    {
        int missing = width - PythonText.Length(text);
        if (missing <= 0) return text;
        state.Charge((long)missing * filler.Length);
        int left = alignment switch { '<' => 0, '>' => missing, _ => missing / 2 + (missing & width & 1) };
        return new StringBuilder().Insert(0, filler, left).Append(text).Insert(left * filler.Length + text.Length, filler, missing - left).ToString();
    }

    public static string Pad(string text, int width, char filler, char alignment, RenderState state) => Pad(text, width, filler.ToString(), alignment, state);

    private static object ZeroFill(object self, RenderState state, Arguments arguments)
    {
        string text = Own(self);
        int sign = text.StartsWith('-') || text.StartsWith('+') ? 1 : 0;
        return Texts.Like(self, text[..sign] + Pad(text[sign..], Arguments.Integer(arguments.One("zfill"), 0) - sign, '0', '>', state));
    }

    private static object ExpandTabs(object self, RenderState state, Arguments arguments)
    {
        int size = Arguments.Integer(arguments.Match("expandtabs", 0, "tabsize")[0], 8), column = 0;
        var expanded = new StringBuilder();
        string text = Own(self);
        for (int at = 0, units; at < text.Length; at += units)
        {
            units = PythonText.UnitsAt(text, at);
            if (text[at] == '\t')
            {
                int blanks = size <= 0 ? 0 : size - column % size;
                state.Charge((long)expanded.Length + blanks > state.Limits.OutputCharacters ? long.MaxValue : blanks);
                expanded.Append(' ', blanks);
                column += blanks;
                continue;
            }
            expanded.Append(text, at, units);
            column = text[at] is '\n' or '\r' ? 0 : column + 1;
        }
        return Texts.Like(self, expanded.ToString());
    }

    private static Arguments NamedOf(object? value) => value is PythonDictionary dictionary
        ? new Arguments([], [.. dictionary.Pairs.Where(pair => pair.Key is string).Select(pair => KeyValuePair.Create((string)pair.Key!, pair.Value))])
        : throw new TemplateException("format_map wants a dictionary.");

    /// <summary>Whether the code point that starts here is a letter or a number.</summary>
    public static bool IsAlphanumeric(string text, int at) => PythonCase.Category(text, at) is <= UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
