namespace MicroChat.Model.Templates;

/// <summary>What values have in common as containers: truth, length, iteration, membership, slices.</summary>
internal static class Sequences
{
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        Markup markup => markup.Text.Length > 0,
        List<object?> list => list.Count > 0,
        object?[] tuple => tuple.Length > 0,
        PythonDictionary dictionary => dictionary.Count > 0,
        NumberRange range => range.Count > 0,
        DictionaryView view => view.Dictionary.Count > 0,
        Bytes bytes => bytes.Content.Length > 0,
        _ => true,
    };

    /// <summary>Python's len(value); 0 for an undefined value.</summary>
    public static long Length(object? value) => value switch
    {
        string text => PythonText.Length(text),
        Markup markup => PythonText.Length(markup.Text),
        List<object?> list => list.Count,
        object?[] tuple => tuple.Length,
        PythonDictionary dictionary => dictionary.Count,
        NumberRange range => range.Count,
        DictionaryView view => view.Dictionary.Count,
        LoopState loop => loop.Length,
        Group => 2,
        Undefined => 0,
        Bytes bytes => bytes.Content.Length,
        _ => throw new TemplateException($"A value of type '{TypeNames.Of(value)}' has no length."),
    };

    /// <summary>The values that a loop over this one gives; null where it cannot be looped over.</summary>
    public static IEnumerable<object?>? TryIterate(object? value) => value switch
    {
        List<object?> list => list,
        object?[] tuple => tuple,
        Group group => group.AsTuple(),
        PythonDictionary dictionary => dictionary.Keys,
        DictionaryView view => view.Items(),
        string text => PythonText.Characters(text),
        Markup markup => PythonText.Characters(markup.Text).Select(c => new Markup(c)),
        NumberRange range => range.Items(),
        Generator generator => generator.Rest(),
        LoopState loop => loop.Rest(),
        Undefined => [],
        Bytes bytes => bytes.Content.Select(b => (object?)(long)b),
        _ => null,
    };

    /// <summary>The values that a loop over this one gives, each counted as a step.</summary>
    public static IEnumerable<object?> Iterate(object? value, RenderState state) => Counted(
        TryIterate(value) ?? throw new TemplateException($"A value of type '{TypeNames.Of(value)}' cannot be iterated over."), state);

    public static List<object?> ToList(object? value, RenderState state)
    {
        var list = new List<object?>(Iterate(value, state));
        state.Charge(list.Count);
        return list;
    }

    private static IEnumerable<object?> Counted(IEnumerable<object?> items, RenderState state)
    {
        foreach (object? item in items)
        {
            state.Step();
            yield return item;
        }
    }

    /// <summary>Python's "item in container".</summary>
    public static bool Contains(object? container, object? item, RenderState state)
    {
        switch (container)
        {
            case Undefined: return false;
            case PythonDictionary dictionary: return dictionary.TryGet(item, out _);
            case DictionaryView { Kind: "keys" } view: return view.Dictionary.TryGet(item, out _);
            case NumberRange range when Numbers.TryIndex(item, out long number):
                return range.Count > 0 && (range.Step > 0 ? number >= range.Start && number < range.Stop : number <= range.Start && number > range.Stop)
                    && (number - range.Start) % range.Step == 0;
        }
        if (Texts.TryGet(container, out string? text))
        {
            state.Charge(text.Length);
            return Texts.TryGet(item, out string? part) ? text.Contains(part, StringComparison.Ordinal)
                : throw new TemplateException($"'in' a text wants a text on its left side, not {TypeNames.Of(item)}.");
        }
        if (TryIterate(container) is null) throw new TemplateException($"A value of type '{TypeNames.Of(container)}' cannot be searched by 'in'.");
        foreach (object? candidate in Iterate(container, state))
            if (Comparison.AreEqual(candidate, item, state)) return true;
        return false;
    }

    /// <summary>container[start:stop:step]; null where this value has no slices.</summary>
    public static object? Slice(object? container, object? start, object? stop, object? step, RenderState state)
    {
        long length = Length(container);
        long stride = step is null ? 1 : Numbers.Index(step);
        if (stride == 0) throw new TemplateException("The step of a slice must not be 0.");
        long low = stride > 0 ? 0 : -1, high = stride > 0 ? length : length - 1;
        long from = start is null ? (stride > 0 ? low : high) : Clamp(Numbers.Index(start), length, low, high);
        long to = stop is null ? (stride > 0 ? high : low) : Clamp(Numbers.Index(stop), length, low, high);
        var range = new NumberRange(from, to, stride);
        state.Charge(range.Count);
        switch (container)
        {
            case List<object?> list: return Pick(list, range).ToList();
            case object?[] tuple: return Pick(tuple, range).ToArray();
            case Group group: return Pick(group.AsTuple(), range).ToArray();
            case NumberRange whole:
                return new NumberRange(whole.At(from), whole.At(to), whole.Step * Math.Clamp(stride, -MaximumStride, MaximumStride));
        }
        Texts.TryGet(container, out string? text);
        state.Charge(text!.Length);
        return Texts.Like(container, SliceText(text, range));
    }

    private const long MaximumStride = 1L << 31;

    private static string SliceText(string text, NumberRange range)
    {
        if (range is { Step: 1 })
        {
            int start = PythonText.OffsetOf(text, (int)range.Start);
            return range.Count == 0 ? "" : text[start..PythonText.OffsetOf(text, (int)range.Stop)];
        }
        List<object?> characters = [.. PythonText.Characters(text)];
        return string.Concat(Pick(characters, range));
    }

    private static IEnumerable<object?> Pick(IList<object?> items, NumberRange range) => range.Items().Select(at => items[(int)(long)at!]);

    private static long Clamp(long index, long length, long low, long high) =>
        Math.Clamp(index < 0 ? index < -length - 1 ? low : index + length : index, low, high);

    public static bool IsSliceable(object? value) => value is List<object?> or object?[] or Group or NumberRange or string or Markup;
}
