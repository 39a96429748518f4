namespace MicroChat.Model.Templates;

/// <summary>Filters that sort, compare or group.</summary>
internal static class OrderFilters
{
    public static object? Sort(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("sort", 0, "reverse", "case_sensitive", "attribute");
        bool isExact = Sequences.IsTrue(Arguments.Or(given[1], false));
        object? attribute = Arguments.Or(given[2], null);
        AttributePath[] paths = Texts.TryGet(attribute, out string? names)
            ? [.. names.Split(',').Select(name => AttributePath.Of(name))] : [AttributePath.Of(attribute)];
        return Sorted(Sequences.ToList(value, state), item => KeyOf(item, paths, isExact), Sequences.IsTrue(Arguments.Or(given[0], false)), state);
    }

    private static object? KeyOf(object? item, AttributePath[] paths, bool isExact) => paths.Length == 1
        ? Key(paths[0].Read(item), isExact) : paths.Select(path => Key(path.Read(item), isExact)).ToArray();

    private static object? Key(object? value, bool isExact) =>
        !isExact && Texts.TryGet(value, out string? text) ? PythonCase.Lower(text) : value;

    /// <summary>A stable merge sort: it asks for an order only where Python could.</summary>
    private static List<object?> Sorted(List<object?> items, Func<object?, object?> key, bool isReversed, RenderState state)
    {
        (object? Key, object? Item)[] source = [.. items.Select(item => (key(item), item))];
        var target = new (object? Key, object? Item)[source.Length];
        for (int width = 1; width < source.Length; width *= 2)
        {
            for (int start = 0; start < source.Length; start += 2 * width) Merge(source, target, start, width, isReversed, state);
            (source, target) = (target, source);
        }
        return [.. source.Select(pair => pair.Item)];
    }

    private static void Merge((object? Key, object? Item)[] source, (object? Key, object? Item)[] target, int start, int width, bool isReversed, RenderState state)
    {
        int left = start, middle = Math.Min(start + width, source.Length), right = middle, end = Math.Min(start + 2 * width, source.Length);
        for (int at = start; at < end; at++)
        {
            state.Step();
            bool takesRight = left == middle || (right < end
                && (isReversed ? Comparison.Order(source[left].Key, source[right].Key, state) : Comparison.Order(source[right].Key, source[left].Key, state)) == -1);
            target[at] = source[takesRight ? right++ : left++];
        }
    }

    public static object? SortDictionary(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("dictsort", 0, "case_sensitive", "by", "reverse");
        string by = given[1] is Missing ? "key" : Arguments.Text(given[1], "dictsort");
        if (by is not ("key" or "value")) throw new TemplateException($"dictsort sorts by 'key' or 'value', not by '{by}'.");
        if (value is not PythonDictionary dictionary)
            throw new TemplateException(value is Undefined missing ? missing.Message : $"dictsort wants a dictionary, not '{TypeNames.Of(value)}'.");
        bool isExact = Sequences.IsTrue(Arguments.Or(given[0], false));
        List<object?> pairs = Sequences.ToList(new DictionaryView(dictionary, "items"), state);
        return Sorted(pairs, pair => Key(((object?[])pair!)[by == "key" ? 0 : 1], isExact), Sequences.IsTrue(Arguments.Or(given[2], false)), state);
    }

    public static object? Unique(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("unique", 0, "case_sensitive", "attribute");
        return new Generator(Distinct(value, AttributePath.Of(Arguments.Or(given[1], null)), Sequences.IsTrue(Arguments.Or(given[0], false)), state));
    }

    private static IEnumerable<object?> Distinct(object? value, AttributePath path, bool isExact, RenderState state)
    {
        var seen = new PythonDictionary();
        foreach (object? item in Sequences.Iterate(value, state))
        {
            object? key = Key(path.Read(item), isExact);
            if (seen.TryGet(key, out _)) continue;
            seen.Set(key, null);
            yield return item;
        }
    }

    public static object? Minimum(object? value, RenderState state, Arguments arguments) => Best(value, state, arguments.Match("min", 0, "case_sensitive", "attribute"), -1);

    public static object? Maximum(object? value, RenderState state, Arguments arguments) => Best(value, state, arguments.Match("max", 0, "case_sensitive", "attribute"), 1);

    private static object? Best(object? value, RenderState state, object?[] given, int wanted)
    {
        bool isExact = Sequences.IsTrue(Arguments.Or(given[0], false));
        AttributePath path = AttributePath.Of(Arguments.Or(given[1], null));
        object? best = Missing.Value, bestKey = null;
        foreach (object? item in Sequences.Iterate(value, state))
        {
            object? key = Key(path.Read(item), isExact);
            if (best is not Missing && Comparison.Order(key, bestKey, state) != wanted) continue;
            (best, bestKey) = (item, key);
        }
        return best is Missing ? new Undefined("There is no smallest or largest item, the sequence is empty.") : best;
    }

    public static object? GroupBy(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("groupby", 1, "attribute", "default", "case_sensitive");
        AttributePath path = AttributePath.Of(given[0], Arguments.Or(given[1], null));
        bool isExact = Sequences.IsTrue(Arguments.Or(given[2], false));
        var groups = new List<object?>();
        object? key = Missing.Value;
        foreach (object? item in Sorted(Sequences.ToList(value, state), item => Key(path.Read(item), isExact), isReversed: false, state))
        {
            object? own = Key(path.Read(item), isExact);
            if (key is Missing || !Comparison.AreEqual(key, own, state)) groups.Add(new Group(path.Read(item), []));
            ((Group)groups[^1]!).Members.Add(item);
            key = own;
        }
        return groups;
    }

    /// <summary>The value with the keys of its dictionaries in order, as pprint shows it.</summary>
    public static object? WithSortedKeys(object? value, RenderState state)
    {
        state.Enter();
        object? sorted = value switch
        {
            List<object?> list => list.ConvertAll(item => WithSortedKeys(item, state)),
            object?[] tuple => Array.ConvertAll(tuple, item => WithSortedKeys(item, state)),
            PythonDictionary dictionary => SortedCopy(dictionary, state),
            _ => value,
        };
        state.Leave();
        return sorted;
    }

    private static PythonDictionary SortedCopy(PythonDictionary dictionary, RenderState state)
    {
        var copy = new PythonDictionary();
        foreach (object? key in Sorted([.. dictionary.Keys], key => key, isReversed: false, state))
        {
            dictionary.TryGet(key, out object? value);
            copy.Set(key, WithSortedKeys(value, state));
        }
        return copy;
    }
}
