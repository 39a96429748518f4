namespace MicroChat.Model.Templates;

/// <summary>map, select, reject and their kin, and sum.</summary>
internal static class SelectionFilters
{
    public static object? Map(object? value, RenderState state, Arguments arguments) => new Generator(MapItems(value, state, arguments));

    private static IEnumerable<object?> MapItems(object? value, RenderState state, Arguments arguments)
    {
        if (!Sequences.IsTrue(value)) yield break;
        Func<object?, object?> change = arguments.Positional.Count == 0 && arguments.Named.Exists(argument => argument.Key == "attribute")
            ? ByAttribute(arguments) : ByFilter(state, arguments);
        foreach (object? item in Sequences.Iterate(value, state)) yield return change(item);
    }

    private static Func<object?, object?> ByAttribute(Arguments arguments)
    {
        object?[] given = arguments.Match("map", 0, "attribute", "default");
        return AttributePath.Of(given[0], Arguments.Or(given[1], null)).Read;
    }

    private static Func<object?, object?> ByFilter(RenderState state, Arguments arguments)
    {
        if (arguments.Positional.Count == 0) throw new TemplateException("map needs the name of a filter.");
        string name = Arguments.Text(arguments.Positional[0], "map");
        Filter filter = Filters.Find(name) ?? throw Filters.Unknown(name, 0);
        var rest = new Arguments(arguments.Positional[1..], arguments.Named);
        return item => filter(item, state, rest);
    }

    public static object? Select(object? value, RenderState state, Arguments arguments) =>
        new Generator(Choose(value, state, arguments, byAttribute: false, wanted: true));

    public static object? Reject(object? value, RenderState state, Arguments arguments) =>
        new Generator(Choose(value, state, arguments, byAttribute: false, wanted: false));

    public static object? SelectAttribute(object? value, RenderState state, Arguments arguments) =>
        new Generator(Choose(value, state, arguments, byAttribute: true, wanted: true));

    public static object? RejectAttribute(object? value, RenderState state, Arguments arguments) =>
        new Generator(Choose(value, state, arguments, byAttribute: true, wanted: false));

    private static IEnumerable<object?> Choose(object? value, RenderState state, Arguments arguments, bool byAttribute, bool wanted)
    {
        if (!Sequences.IsTrue(value)) yield break;
        List<object?> given = arguments.Positional;
        if (byAttribute && given.Count == 0) throw new TemplateException("selectattr and rejectattr need the name of an attribute.");
        AttributePath path = AttributePath.Of(byAttribute ? given[0] : null);
        int at = byAttribute ? 1 : 0;
        Func<object?, bool> holds = Sequences.IsTrue;
        if (given.Count > at)
        {
            string name = Arguments.Text(given[at], "select");
            Test test = Tests.Find(name) ?? throw Tests.Unknown(name, 0);
            var rest = new Arguments(given[(at + 1)..], arguments.Named);
            holds = item => test(item, state, rest);
        }
        foreach (object? item in Sequences.Iterate(value, state))
            if (holds(path.Read(item)) == wanted) yield return item;
    }

    public static object? Sum(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("sum", 0, "attribute", "start");
        AttributePath path = AttributePath.Of(Arguments.Or(given[0], null));
        object? sum = Arguments.Or(given[1], 0L);
        if (Texts.TryGet(sum, out _)) throw new TemplateException("sum does not add texts; use join.");
        foreach (object? item in Sequences.Iterate(value, state)) sum = Operators.Apply("+", sum, path.Read(item), state);
        return sum;
    }
}
