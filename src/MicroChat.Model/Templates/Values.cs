namespace MicroChat.Model.Templates;

// What a value is: null (None), bool, long, BigInteger beyond 64 bits, double, string, Markup, List<object?>,
// object?[] (a tuple), PythonDictionary, and the types below. None of them is ever changed by a template, except a namespace.

/// <summary>A value that does not exist: prints nothing, is false, fails when it is used further.</summary>
internal sealed class Undefined(string message)
{
    public string Message => message;

    public static Undefined Name(string name) => new($"'{name}' is undefined.");

    /// <summary>A missing attribute, key or index.</summary>
    public static Undefined Member(object? owner, object? name) => new(
        owner is List<object?> or object?[] or string && name is long index
            ? $"{TypeNames.Of(owner)} object has no element {index}."
            : $"'{(owner is null ? "None" : TypeNames.Of(owner) + " object")}' has no attribute '{(name is string text ? text : TypeNames.Of(name))}'.");
}

/// <summary>Marks a variable that has no value yet, and an argument that was not given.</summary>
internal sealed class Missing
{
    public static readonly Missing Value = new();
}

/// <summary>A text that counts as escaped already.</summary>
internal sealed record Markup(string Text);

/// <summary>An object whose attributes "set" may change.</summary>
internal sealed class Namespace
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);

    public void Set(string name, object? value)
    {
        if (name.StartsWith('_')) throw new TemplateException($"A namespace does not take the name '{name}', which begins with an underscore.");
        Attributes[name] = value;
    }
}

/// <summary>Python's range.</summary>
internal sealed record NumberRange(long Start, long Stop, long Step)
{
    public long Count => Step > 0
        ? Stop > Start ? (long)(((Int128)Stop - Start + Step - 1) / Step) : 0
        : Start > Stop ? (long)(((Int128)Start - Stop - Step - 1) / -(Int128)Step) : 0;

    public long At(long index) => Start + index * Step;

    public IEnumerable<object?> Items()
    {
        for (long index = 0, count = Count; index < count; index++) yield return At(index);
    }
}

/// <summary>Values that are computed while they are read, once.</summary>
internal sealed class Generator(IEnumerable<object?> items)
{
    private IEnumerator<object?>? reader;

    public IEnumerable<object?> Rest()
    {
        reader ??= items.GetEnumerator();
        while (reader.MoveNext()) yield return reader.Current;
    }
}

/// <summary>dict.keys(), values() or items().</summary>
internal sealed record DictionaryView(PythonDictionary Dictionary, string Kind)
{
    public IEnumerable<object?> Items() => Kind switch
    {
        "keys" => Dictionary.Keys,
        "values" => Dictionary.Pairs.Select(pair => pair.Value),
        _ => Dictionary.Pairs.Select(pair => (object?)new object?[] { pair.Key, pair.Value }),
    };
}

/// <summary>A group of the filter groupby: the tuple (grouper, list), whose items have these names too.</summary>
internal sealed record Group(object? Grouper, List<object?> Members)
{
    public object?[] AsTuple() => [Grouper, Members];
}

/// <summary>Something that a template can call.</summary>
internal abstract class Callable
{
    /// <summary>The name in error messages.</summary>
    public abstract string Name { get; }

    public abstract object? Call(RenderState state, Arguments arguments);
}

/// <summary>A function that is written in C#.</summary>
internal sealed class Function(string name, Func<RenderState, Arguments, object?> body) : Callable
{
    public override string Name => name;

    public override object? Call(RenderState state, Arguments arguments) => body(state, arguments);
}

/// <summary>A method together with its object.</summary>
internal delegate object? Method(object self, RenderState state, Arguments arguments);

/// <summary>A method that was looked up but not called yet.</summary>
internal sealed class BoundMethod(object self, string name, Method body) : Callable
{
    public override string Name => name;

    public override object? Call(RenderState state, Arguments arguments) => body(self, state, arguments);
}

/// <summary>Python's names of the types, for messages.</summary>
internal static class TypeNames
{
    public static string Of(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or System.Numerics.BigInteger => "int",
        double => "float",
        string => "str",
        Markup => "Markup",
        List<object?> => "list",
        object?[] or Group => "tuple",
        PythonDictionary => "dict",
        Undefined => "Undefined",
        NumberRange => "range",
        Generator => "generator",
        Namespace => "namespace",
        DictionaryView view => "dict_" + view.Kind,
        _ => value.GetType().Name,
    };
}
