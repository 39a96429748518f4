namespace MicroChat.Model.Templates;

/// <summary>The arguments of one call.</summary>
internal sealed class Arguments(List<object?> positional, List<KeyValuePair<string, object?>> named)
{
    public static Arguments None { get; } = new([], []);

    public List<object?> Positional => positional;

    public List<KeyValuePair<string, object?>> Named => named;

    public static Arguments Of(params List<object?> positional) => new(positional, []);

    /// <summary>
    /// The arguments in the order of the parameters; <see cref="Missing"/> where one was not given.
    /// An empty parameter name cannot be used as a keyword.
    /// </summary>
    public object?[] Match(string function, int required, params ReadOnlySpan<string> parameters)
    {
        if (positional.Count > parameters.Length)
            throw new TemplateException($"{function} takes at most {parameters.Length} arguments; {positional.Count} are given.");
        var values = new object?[parameters.Length];
        for (int i = 0; i < values.Length; i++) values[i] = i < positional.Count ? positional[i] : Missing.Value;
        foreach ((string name, object? value) in named)
        {
            int at = parameters.IndexOf(name);
            if (at < 0 || name.Length == 0) throw new TemplateException($"{function} has no parameter named '{name}'.");
            if (values[at] is not Missing) throw new TemplateException($"{function} gets its argument '{name}' twice.");
            values[at] = value;
        }
        for (int i = 0; i < required; i++)
            if (values[i] is Missing) throw new TemplateException($"{function} needs at least {required} arguments; the argument {i + 1} is missing.");
        return values;
    }

    /// <summary>The only value of a call with one argument.</summary>
    public object? One(string function) => Match(function, 1, "")[0];

    /// <summary>Refuses any argument.</summary>
    public void Nothing(string function) => Match(function, 0);

    /// <summary>This argument, or what counts where it was not given.</summary>
    public static object? Or(object? value, object? absent) => value is Missing ? absent : value;

    /// <summary>A text argument; null where it is absent or none.</summary>
    public static string? TextOrNone(object? value, string function) =>
        value is null or Missing ? null : Text(value, function);

    public static string Text(object? value, string function) => Texts.TryGet(value, out string? text) ? text
        : throw new TemplateException($"{function} wants a text, not '{TypeNames.Of(value)}'.");

    /// <summary>A whole-number argument within 32 bits (nearer to zero where it is not).</summary>
    public static int Integer(object? value, int absent) =>
        value is Missing ? absent : (int)Math.Clamp(Numbers.Index(value), int.MinValue / 2, int.MaxValue / 2);
}
