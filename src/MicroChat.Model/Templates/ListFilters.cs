namespace MicroChat.Model.Templates;

/// <summary>Filters that take a list or another container.</summary>
internal static class ListFilters
{
    public static object? Length(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("length");
        return Sequences.Length(value);
    }

    public static object? Join(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("join", 0, "d", "attribute");
        string glue = Texts.Of(Arguments.Or(given[0], ""), state);
        object? attribute = Arguments.Or(given[1], null);
        var texts = new List<string>();
        long length = 0;
        bool escape = state.AutoEscape;
        foreach (object? item in Sequences.Iterate(value, state))
        {
            object? part = attribute is null ? item : AttributePath.Of(attribute).Read(item);
            texts.Add(escape ? Texts.Escape(part, state) : Texts.Of(part, state));
            state.Charge(length += texts[^1].Length + glue.Length);
        }
        return escape ? new Markup(string.Join(Texts.Escape(given[0] is Missing ? "" : given[0], state), texts)) : string.Join(glue, texts);
    }

    public static object? ToList(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("list");
        return Sequences.ToList(value, state);
    }

    public static object? First(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("first");
        foreach (object? item in Sequences.Iterate(value, state)) return item;
        return new Undefined("There is no first item, the sequence is empty.");
    }

    public static object? Last(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("last");
        if (value is Generator) throw new TemplateException("A generator has no last item; make it a list first.");
        List<object?> items = Sequences.ToList(value, state);
        return items.Count > 0 ? items[^1] : new Undefined("There is no last item, the sequence is empty.");
    }

    public static object? Reverse(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("reverse");
        if (Texts.TryGet(value, out string? text)) return Texts.Like(value, PythonText.Reverse(text));
        List<object?> items = Sequences.ToList(value, state);
        items.Reverse();
        return value is Generator ? items : new Generator(items);
    }

    public static object? Items(object? value, RenderState state, Arguments arguments)
    {
        arguments.Nothing("items");
        return value switch
        {
            Undefined => new Generator([]),
            PythonDictionary dictionary => new Generator(new DictionaryView(dictionary, "items").Items()),
            _ => throw new TemplateException($"Only a dictionary has items, not '{TypeNames.Of(value)}'."),
        };
    }

    public static object? Batch(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("batch", 1, "linecount", "fill_with");
        int size = Arguments.Integer(given[0], 0);
        object? filler = Arguments.Or(given[1], null);
        if (filler is not null) state.Charge(size);
        return new Generator(Batches(Sequences.Iterate(value, state), size, filler));
    }

    private static IEnumerable<object?> Batches(IEnumerable<object?> items, int size, object? filler)
    {
        var row = new List<object?>();
        foreach (object? item in items)
        {
            if (row.Count == size)
            {
                yield return row;
                row = [];
            }
            row.Add(item);
        }
        if (row.Count == 0) yield break;
        while (filler is not null && row.Count < size) row.Add(filler);
        yield return row;
    }

    public static object? Slice(object? value, RenderState state, Arguments arguments)
    {
        object?[] given = arguments.Match("slice", 1, "slices", "fill_with");
        int slices = Arguments.Integer(given[0], 0);
        if (slices == 0) throw new TemplateException("slice cannot make 0 pieces.");
        return new Generator(Pieces(Sequences.ToList(value, state), slices, Arguments.Or(given[1], null), state));
    }

    private static IEnumerable<object?> Pieces(List<object?> items, int slices, object? filler, RenderState state)
    {
        (int size, int longer) = Math.DivRem(items.Count, slices);
        for (int piece = 0, start = 0; piece < slices; piece++)
        {
            state.Step();
            int length = size + (piece < longer ? 1 : 0);
            List<object?> row = items.GetRange(start, length);
            if (filler is not null && piece >= longer) row.Add(filler);
            start += length;
            yield return row;
        }
    }
}

/// <summary>The argument "attribute" of filters: a key, an index, or several with dots between.</summary>
internal sealed class AttributePath(List<object?> steps, object? absent)
{
    public static AttributePath Of(object? attribute, object? absent = null)
    {
        if (!Texts.TryGet(attribute, out string? text)) return new AttributePath(attribute is null ? [] : [attribute], absent);
        return new AttributePath([.. text.Split('.').Select(step => (object?)(step.Length > 0 && step.All(char.IsAsciiDigit) ? Numbers.ParseInteger(step, 10) : step))], absent);
    }

    public object? Read(object? item)
    {
        foreach (object? step in steps)
        {
            item = Members.Item(item, step);
            if (item is Undefined && absent is not null) item = absent;
        }
        return item;
    }
}
