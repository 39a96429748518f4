namespace MicroChat.Model.Templates;

/// <summary>The methods of dictionaries and lists that change nothing; the others count as missing.</summary>
internal static class CollectionMethods
{
    public static Method? FindForDictionary(string name) => name switch
    {
        "get" => Get,
        "keys" or "values" or "items" => (self, state, arguments) =>
        {
            arguments.Nothing(name);
            return new DictionaryView((PythonDictionary)self, name);
        }
        ,
        "copy" => (self, state, arguments) =>
        {
            arguments.Nothing(name);
            return Copy((PythonDictionary)self);
        }
        ,
        "fromkeys" => FromKeys,
        _ => null,
    };

    public static Method? FindForList(object? owner, string name) => name switch
    {
        "count" => Count,
        "index" => Index,
        "copy" when owner is List<object?> => (self, state, arguments) => Sequences.ToList(self, state),
        _ => null,
    };

    private static object? Get(object self, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("get", 1, "", "");
        return ((PythonDictionary)self).TryGet(given[0], out object? value) ? value : Arguments.Or(given[1], null);
    }

    public static PythonDictionary Copy(PythonDictionary dictionary)
    {
        var copy = new PythonDictionary();
        foreach ((object? key, object? value) in dictionary.Pairs) copy.Set(key, value);
        return copy;
    }

    /// <summary>dict.fromkeys.</summary>
    public static object? FromKeys(object self, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("fromkeys", 1, "", "");
        var dictionary = new PythonDictionary();
        foreach (object? key in Sequences.Iterate(given[0], state)) dictionary.Set(key, Arguments.Or(given[1], null));
        return dictionary;
    }

    private static object? Count(object self, RenderState state, Arguments arguments)
    {
        object? wanted = arguments.One("count");
        return Sequences.Iterate(self, state).LongCount(item => Comparison.AreEqual(item, wanted, state));
    }

    private static object? Index(object self, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("index", 1, "", "", "");
        List<object?> items = Sequences.ToList(self, state);
        int start = Bound(given[1], 0, items.Count), end = Bound(given[2], items.Count, items.Count);
        for (int at = start; at < end; at++)
            if (Comparison.AreEqual(items[at], given[0], state)) return (long)at;
        throw new TemplateException("The value that was searched for is not in the list.");
    }

    private static int Bound(object? value, int absent, int count)
    {
        int bound = Arguments.Integer(value, absent);
        return Math.Clamp(bound < 0 ? bound + count : bound, 0, count);
    }
}
