namespace MicroChat.Model.Templates;

/// <summary>Python's equality and order.</summary>
internal static class Comparison
{
    public static bool AreEqual(object? a, object? b, RenderState state)
    {
        if (a is string x && b is string y)
        {
            state.Charge(x.Length);
            return x == y;
        }
        if (a is null || b is null) return a is null && b is null;
        if (Numbers.IsNumber(a)) return Numbers.IsNumber(b) && Numbers.Compare(a, b) == 0;
        if (Texts.TryGet(a, out string? text)) return Texts.TryGet(b, out string? other) && text == other;
        state.Enter();
        bool equal = AreEqualContainers(a, b, state);
        state.Leave();
        return equal;
    }

    private static bool AreEqualContainers(object a, object b, RenderState state)
    {
        if (a is Undefined) return b is Undefined;
        if (a is List<object?> list) return b is List<object?> others && AreEqualItems(list, others, state);
        if (AsTuple(a) is { } tuple) return AsTuple(b) is { } items && AreEqualItems(tuple, items, state);
        if (a is PythonDictionary dictionary)
        {
            if (b is not PythonDictionary counterpart || counterpart.Count != dictionary.Count) return false;
            foreach ((object? key, object? value) in dictionary.Pairs)
                if (!counterpart.TryGet(key, out object? wanted) || !AreEqual(value, wanted, state)) return false;
            return true;
        }
        if (a is NumberRange range)
            return b is NumberRange { Count: var count } second && count == range.Count && (count == 0 || (range.Start == second.Start && (count == 1 || range.Step == second.Step)));
        if (a is Bytes bytes) return b is Bytes same && bytes.Content.AsSpan().SequenceEqual(same.Content);
        return ReferenceEquals(a, b);
    }

    private static bool AreEqualItems(IList<object?> a, IList<object?> b, RenderState state)
    {
        if (a.Count != b.Count) return false;
        for (int i = 0; i < a.Count; i++)
            if (!AreEqual(a[i], b[i], state)) return false;
        return true;
    }

    private static object?[]? AsTuple(object? value) => value as object?[] ?? (value as Group)?.AsTuple();

    /// <summary>-1, 0 or 1 as a is before, at or after b; 2 where a NaN is compared.</summary>
    public static int Order(object? a, object? b, RenderState state)
    {
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b)) return Numbers.Compare(a, b) is var sign and not 2 ? Math.Sign(sign) : 2;
        if (Texts.TryGet(a, out string? text) && Texts.TryGet(b, out string? other))
        {
            state.Charge(Math.Min(text.Length, other.Length));
            return ByCodePoints(text, other);
        }
        if (a is List<object?> list && b is List<object?> others) return OrderItems(list, others, state);
        if (AsTuple(a) is { } tuple && AsTuple(b) is { } items) return OrderItems(tuple, items, state);
        if ((a as Undefined ?? b as Undefined) is { } missing) throw new TemplateException(missing.Message);
        throw new TemplateException($"Values of the types '{TypeNames.Of(a)}' and '{TypeNames.Of(b)}' have no order.");
    }

    private static int OrderItems(IList<object?> a, IList<object?> b, RenderState state)
    {
        state.Enter();
        int order = a.Count.CompareTo(b.Count);
        for (int i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            if (AreEqual(a[i], b[i], state)) continue;
            order = Order(a[i], b[i], state);
            break;
        }
        state.Leave();
        return order;
    }

    // UTF-16 units order the characters beyond U+FFFF before U+E000 to U+FFFF.
    private static int ByCodePoints(string a, string b)
    {
        int at = a.AsSpan().CommonPrefixLength(b);
        if (at == a.Length || at == b.Length) return Math.Sign(a.Length.CompareTo(b.Length));
        return Math.Sign(Rank(a[at]).CompareTo(Rank(b[at])));
    }

    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;

    /// <summary>One link of a comparison, by its sign in the template.</summary>
    public static bool Holds(string sign, object? a, object? b, RenderState state) => sign switch
    {
        "==" => AreEqual(a, b, state),
        "!=" => !AreEqual(a, b, state),
        "in" => Contains(a, b, state),
        "not in" => !Contains(a, b, state),
        "<" => Order(a, b, state) == -1,
        "<=" => Order(a, b, state) is -1 or 0,
        ">" => Order(a, b, state) == 1,
        _ => Order(a, b, state) is 0 or 1,
    };

    private static bool Contains(object? item, object? container, RenderState state) => Sequences.Contains(container, item, state);
}
