using System.Globalization;

namespace MicroChat.Model.Templates;

/// <summary>The methods of texts that search, count, and ask what kind of characters there are.</summary>
internal static partial class TextMethods
{
    private static Method? FindSearch(string name) => name switch
    {
        "startswith" => (self, state, arguments) => HasEnd(self, arguments, "startswith", (text, part) => text.StartsWith(part, StringComparison.Ordinal)),
        "endswith" => (self, state, arguments) => HasEnd(self, arguments, "endswith", (text, part) => text.EndsWith(part, StringComparison.Ordinal)),
        "find" => (self, state, arguments) => Position(self, arguments, "find", fromRight: false),
        "rfind" => (self, state, arguments) => Position(self, arguments, "rfind", fromRight: true),
        "index" => (self, state, arguments) => Found(Position(self, arguments, "index", fromRight: false)),
        "rindex" => (self, state, arguments) => Found(Position(self, arguments, "rindex", fromRight: true)),
        "count" => Count,
        _ => null,
    };

    private static Method? FindPredicate(string name) => name switch
    {
        "isdigit" => Asks(name, (text, at) => CharUnicodeInfo.GetDigitValue(text, at) >= 0),
        "isdecimal" => Asks(name, (text, at) => PythonCase.Category(text, at) == UnicodeCategory.DecimalDigitNumber),
        "isnumeric" => Asks(name, (text, at) => CharUnicodeInfo.GetNumericValue(text, at) >= 0),
        "isalpha" => Asks(name, (text, at) => PythonCase.Category(text, at) <= UnicodeCategory.OtherLetter),
        "isalnum" => Asks(name, IsAlphanumeric),
        "isspace" => Asks(name, (text, at) => PythonText.IsSpace(text[at])),
        "isascii" => (self, state, arguments) => System.Text.Ascii.IsValid(Own(self)),
        "isprintable" => (self, state, arguments) => Own(self).Length == 0 || All(Own(self), Texts.IsPrintable),
        "islower" => (self, state, arguments) => PythonCase.IsAll(Own(self), upper: false),
        "isupper" => (self, state, arguments) => PythonCase.IsAll(Own(self), upper: true),
        "istitle" => (self, state, arguments) => Own(self) is var text && text == PythonCase.Title(text) && PythonCase.Upper(text) != PythonCase.Lower(text),
        "isidentifier" => (self, state, arguments) => Own(self) is var text && All(text, (t, at) => t[at] == '_' || IsAlphanumeric(t, at)) && !char.IsDigit(text[0]),
        _ => null,
    };

    private static Method Asks(string name, Func<string, int, bool> holds) => (self, state, arguments) =>
    {
        arguments.Nothing(name);
        return All(Own(self), holds);
    };

    private static bool All(string text, Func<string, int, bool> holds)
    {
        for (int at = 0; at < text.Length; at += PythonText.UnitsAt(text, at))
            if (!holds(text, at)) return false;
        return text.Length > 0;
    }

    /// <summary>The part between two positions in code points, and where it starts; null where the start is past the end.</summary>
    private static (string Text, int Start)? Part(object self, object? start, object? end)
    {
        string text = Own(self);
        int length = PythonText.Length(text), from = Position(start, length, 0), to = Position(end, length, length);
        if (from > to || from > length) return null;
        return (text[PythonText.OffsetOf(text, from)..PythonText.OffsetOf(text, to)], from);
    }

    private static int Position(object? value, int length, int absent)
    {
        if (value is null) return absent;
        int position = Arguments.Integer(value, absent);
        return position < 0 ? Math.Max(position + length, 0) : value is Missing ? absent : position > length && absent == length ? length : position;
    }

    private static object HasEnd(object self, Arguments arguments, string name, Func<string, string, bool> matches)
    {
        object?[] given = arguments.Match(name, 1, "", "", "");
        IEnumerable<object?> parts = given[0] as object?[] ?? [given[0]];
        (string Text, int Start)? own = Part(self, given[1], given[2]);
        bool any = false;
        foreach (object? part in parts) any |= own is var (text, _) && matches(text, Arguments.Text(part, name)) || (own is null && Arguments.Text(part, name) is null);
        return any;
    }

    private static long Position(object self, Arguments arguments, string name, bool fromRight)
    {
        object?[] given = arguments.Match(name, 1, "", "", "");
        string wanted = Arguments.Text(given[0], name);
        if (Part(self, given[1], given[2]) is not var (text, start)) return -1;
        int at = !fromRight ? text.IndexOf(wanted, StringComparison.Ordinal) : wanted.Length == 0 ? text.Length : text.LastIndexOf(wanted, StringComparison.Ordinal);
        return at < 0 ? -1 : start + PythonText.Length(text.AsSpan(0, at));
    }

    private static long Found(long position) => position >= 0 ? position : throw new TemplateException("The text that was searched for is not there.");

    private static object Count(object self, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("count", 1, "", "", "");
        string wanted = Arguments.Text(given[0], "count");
        if (Part(self, given[1], given[2]) is not var (text, _)) return 0L;
        return wanted.Length == 0 ? PythonText.Length(text) + 1L : text.AsSpan().Count(wanted);
    }
}
