using System.Globalization;
using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>The functions that every chat template can call.</summary>
internal static class Globals
{
    private const long MaximumRange = 100_000;
    private static readonly Function Range = new("range", MakeRange);
    private static readonly Function Dict = new("dict", MakeDictionary);
    private static readonly Function NamespaceOf = new("namespace", MakeNamespace);
    private static readonly Function Raise = new("raise_exception", RaiseException);
    private static readonly Function Now = new("strftime_now", FormatNow);
    private static readonly Function CyclerOf = new("cycler", (state, arguments) => new Cycler(arguments.Positional));
    private static readonly Function JoinerOf = new("joiner", (state, arguments) => MakeJoiner(arguments));
    private static readonly Function Lipsum = new("lipsum", (state, arguments) => throw new TemplateException("lipsum draws by chance; it is not available."));

    public static bool TryGet(string name, RenderState state, out object? value)
    {
        value = name switch
        {
            "range" => Range,
            "dict" => Dict,
            "namespace" => NamespaceOf,
            "raise_exception" => Raise,
            "strftime_now" => Now,
            "cycler" => CyclerOf,
            "joiner" => JoinerOf,
            "lipsum" => Lipsum,
            "self" => new BlockReferences(state),
            _ => null,
        };
        return value is not null;
    }

    private static object? MakeRange(RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("range", 1, "", "", "");
        long first = Numbers.Index(given[0]);
        (long start, long stop) = given[1] is Missing ? (0, first) : (first, Numbers.Index(given[1]));
        var range = new NumberRange(start, stop, given[2] is Missing ? 1 : Numbers.Index(given[2]));
        if (range.Step == 0) throw new TemplateException("The step of range must not be 0.");
        return range.Count <= MaximumRange ? range : throw new TemplateException($"A range of {range.Count} numbers is too long; {MaximumRange} are allowed.");
    }

    private static object? MakeDictionary(RenderState state, Arguments arguments)
    {
        if (arguments.Positional.Count > 1) throw new TemplateException("dict takes one value and names.");
        var dictionary = new PythonDictionary();
        if (arguments.Positional is [var given])
        {
            if (given is PythonDictionary source) dictionary = CollectionMethods.Copy(source);
            else
                foreach (object? pair in Sequences.Iterate(given, state))
                {
                    if (Sequences.ToList(pair, state) is not [var key, var value]) throw new TemplateException("dict wants pairs of a key and a value.");
                    dictionary.Set(key, value);
                }
        }
        foreach ((string key, object? value) in arguments.Named) dictionary.Set(key, value);
        return dictionary;
    }

    private static object? MakeNamespace(RenderState state, Arguments arguments)
    {
        var space = new Namespace();
        var values = (PythonDictionary)MakeDictionary(state, arguments)!;
        foreach ((object? key, object? value) in values.Pairs) space.Set(Arguments.Text(key, "namespace"), value);
        return space;
    }

    private static object? RaiseException(RenderState state, Arguments arguments)
    {
        object? message = arguments.Match("raise_exception", 1, "message")[0];
        throw new TemplateException(Texts.Of(message, state), state.Line, raisedByTemplate: true);
    }

    private static object? FormatNow(RenderState state, Arguments arguments)
    {
        string format = Arguments.Text(arguments.Match("strftime_now", 1, "format")[0], "strftime_now");
        state.Charge(format.Length * 10L);
        DateTimeOffset now = state.Clock.GetLocalNow();
        var text = new StringBuilder();
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length) text.Append(format[at]);
            else text.Append(Field(now, format[++at]));
        }
        return text.ToString();
    }

    private static string Field(DateTimeOffset now, char directive)
    {
        string? format = directive switch
        {
            'Y' => "yyyy",
            'y' => "yy",
            'm' => "MM",
            'd' => "dd",
            'H' => "HH",
            'I' => "hh",
            'M' => "mm",
            'S' => "ss",
            'p' => "tt",
            'B' => "MMMM",
            'b' or 'h' => "MMM",
            'A' => "dddd",
            'a' => "ddd",
            'f' => "ffffff",
            'D' or 'x' => "MM/dd/yy",
            'F' => "yyyy-MM-dd",
            'T' or 'X' => "HH:mm:ss",
            'R' => "HH:mm",
            'r' => "hh:mm:ss tt",
            _ => null,
        };
        if (format is not null) return now.ToString(format.Length == 1 ? "%" + format : format, CultureInfo.InvariantCulture);
        int monday = ((int)now.DayOfWeek + 6) % 7;
        return directive switch
        {
            'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'w' => ((int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'u' => (monday + 1).ToString(CultureInfo.InvariantCulture),
            'C' => (now.Year / 100).ToString("00", CultureInfo.InvariantCulture),
            'G' => ISOWeek.GetYear(now.DateTime).ToString("0000", CultureInfo.InvariantCulture),
            'V' => ISOWeek.GetWeekOfYear(now.DateTime).ToString("00", CultureInfo.InvariantCulture),
            'U' => ((now.DayOfYear + 6 - (int)now.DayOfWeek) / 7).ToString("00", CultureInfo.InvariantCulture),
            'W' => ((now.DayOfYear + 6 - monday) / 7).ToString("00", CultureInfo.InvariantCulture),
            's' => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'c' => now.ToString("ddd MMM ", CultureInfo.InvariantCulture) + Field(now, 'e') + now.ToString(" HH:mm:ss yyyy", CultureInfo.InvariantCulture),
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            'Z' or 'z' => "",
            _ => "%" + directive,
        };
    }

    private static Function MakeJoiner(Arguments arguments)
    {
        object? separator = Arguments.Or(arguments.Match("joiner", 0, "sep")[0], ", ");
        bool isUsed = false;
        return new Function("joiner", (state, rest) =>
        {
            if (isUsed) return separator;
            isUsed = true;
            return "";
        });
    }
}

/// <summary>cycler(a, b, …): gives its values in turn.</summary>
internal sealed class Cycler
{
    private readonly List<object?> values;
    private int at;

    public Cycler(List<object?> values) =>
        this.values = values.Count > 0 ? values : throw new TemplateException("cycler needs at least one value.");

    public bool TryAttribute(string name, out object? value)
    {
        value = name switch
        {
            "current" => values[at],
            "next" => new Function("next", (state, arguments) => Next()),
            "reset" => new Function("reset", (state, arguments) =>
            {
                at = 0;
                return null;
            }),
            "items" => values.ToArray(),
            "pos" => (long)at,
            _ => Missing.Value,
        };
        return value is not Missing;
    }

    private object? Next()
    {
        object? current = values[at];
        at = (at + 1) % values.Count;
        return current;
    }
}
