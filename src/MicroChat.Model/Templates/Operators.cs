using System.Text;

namespace MicroChat.Model.Templates;

/// <summary>Python's binary operators on numbers, texts and lists.</summary>
internal static class Operators
{
    public static object? Apply(string sign, object? a, object? b, RenderState state)
    {
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b)) return OnNumbers(sign, a, b);
        if ((a as Undefined ?? (sign == "%" && Texts.TryGet(a, out _) ? null : b as Undefined)) is { } missing) throw new TemplateException(missing.Message);
        return sign switch
        {
            "+" => Concatenate(a, b, state),
            "*" when Numbers.IsInteger(b) => Repeat(a, Numbers.Index(b), state),
            "*" when Numbers.IsInteger(a) => Repeat(b, Numbers.Index(a), state),
            "%" when Texts.TryGet(a, out string? format) => Texts.Like(a, PercentFormat.Apply(format, b, state)),
            _ => null,
        } ?? throw new TemplateException($"The operator {sign} does not take '{TypeNames.Of(a)}' and '{TypeNames.Of(b)}'.");
    }

    private static object OnNumbers(string sign, object a, object b) => sign switch
    {
        "+" => Numbers.Add(a, b),
        "-" => Numbers.Subtract(a, b),
        "*" => Numbers.Multiply(a, b),
        "/" => Numbers.Divide(a, b),
        "//" => Numbers.FloorDivide(a, b),
        "%" => Numbers.Modulo(a, b),
        _ => Numbers.Power(a, b),
    };

    private static object? Concatenate(object? a, object? b, RenderState state)
    {
        switch (a, b)
        {
            case (string left, string right):
                state.Charge((long)left.Length + right.Length);
                return left + right;
            case (List<object?> left, List<object?> right):
                state.Charge((long)left.Count + right.Count);
                return (List<object?>)[.. left, .. right];
            case (object?[] left, object?[] right):
                state.Charge((long)left.Length + right.Length);
                return (object?[])[.. left, .. right];
            case (Markup, string or Markup) or (string, Markup):
                return new Markup(Texts.Escape(a, state) + Texts.Escape(b, state));
            default:
                return null;
        }
    }

    private static object? Repeat(object? value, long count, RenderState state)
    {
        count = Math.Max(count, 0);
        if (!Sequences.IsSliceable(value) || value is NumberRange) return null;
        long length = Texts.TryGet(value, out string? text) ? text.Length : Sequences.Length(value);
        state.Charge(length == 0 ? 0 : count > state.Limits.OutputCharacters ? long.MaxValue : length * count);
        if (text is not null) return Texts.Like(value, new StringBuilder().Insert(0, text, length == 0 ? 0 : (int)count).ToString());
        var items = new List<object?>();
        for (long i = 0; i < count && length > 0; i++) items.AddRange(Sequences.TryIterate(value)!);
        return value is List<object?> ? items : items.ToArray();
    }

    /// <summary>The operator ~: the texts of the operands, one after another.</summary>
    public static object Join(object?[] values, RenderState state)
    {
        var parts = new string[values.Length];
        bool escape = state.AutoEscape && values.Any(value => value is Markup);
        long length = 0;
        for (int i = 0; i < values.Length; i++) length += (parts[i] = escape ? Texts.Escape(values[i], state) : Texts.Of(values[i], state)).Length;
        state.Charge(length);
        return escape ? new Markup(string.Concat(parts)) : string.Concat(parts);
    }
}
