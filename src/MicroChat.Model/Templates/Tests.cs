namespace MicroChat.Model.Templates;

internal delegate bool Test(object? value, RenderState state, Arguments arguments);

/// <summary>What stands after "is", by name.</summary>
/// <remarks>Source: Jinja 3.1 documentation, "List of Builtin Tests".</remarks>
internal static class Tests
{
    public static TemplateException Unknown(string name, int line) => new($"There is no test '{name}'.", line);

    public static Test? Find(string name) => FindForTypes(name) ?? name switch
    {
        "==" or "eq" or "equalto" => Compares("=="),
        "!=" or "ne" => Compares("!="),
        "<" or "lt" or "lessthan" => Compares("<"),
        "<=" or "le" => Compares("<="),
        ">" or "gt" or "greaterthan" => Compares(">"),
        ">=" or "ge" => Compares(">="),
        "in" => Compares("in"),
        "sameas" => (value, state, arguments) => IsSame(value, arguments.One("sameas"), state),
        "odd" => (value, state, arguments) => Rest(value, 2L, state) is 1L or 1.0,
        "even" => (value, state, arguments) => Rest(value, 2L, state) is 0L or 0.0,
        "divisibleby" => (value, state, arguments) => Rest(value, arguments.One("divisibleby"), state) is 0L or 0.0,
        "lower" => (value, state, arguments) => PythonCase.IsAll(Texts.Of(value, state), upper: false),
        "upper" => (value, state, arguments) => PythonCase.IsAll(Texts.Of(value, state), upper: true),
        "filter" => (value, state, arguments) => Texts.TryGet(value, out string? filter) && Filters.Find(filter) is not null,
        "test" => (value, state, arguments) => Texts.TryGet(value, out string? test) && Find(test) is not null,
        _ => null,
    };

    private static Test? FindForTypes(string name) => name switch
    {
        "defined" => Is(value => value is not Undefined),
        "undefined" => Is(value => value is Undefined),
        "none" => Is(value => value is null),
        "boolean" => Is(value => value is bool),
        "true" => Is(value => value is true),
        "false" => Is(value => value is false),
        "string" => Is(value => value is string or Markup),
        "number" => Is(Numbers.IsNumber),
        "integer" => Is(value => value is not bool && Numbers.IsInteger(value)),
        "float" => Is(value => value is double),
        "mapping" => Is(value => value is PythonDictionary),
        "sequence" => Is(value => value is PythonDictionary or Undefined or Bytes || Sequences.IsSliceable(value)),
        "iterable" => Is(value => value is Generator || Sequences.TryIterate(value) is not null),
        "callable" => Is(value => value is Callable),
        "escaped" => Is(value => value is Markup),
        _ => null,
    };

    private static Test Is(Func<object?, bool> holds) => (value, state, arguments) =>
    {
        arguments.Nothing("The test");
        return holds(value);
    };

    private static Test Compares(string sign) => (value, state, arguments) => Comparison.Holds(sign, value, arguments.One("The test"), state);

    private static object? Rest(object? value, object? divisor, RenderState state) =>
        Numbers.IsNumber(value) && Numbers.IsNumber(divisor) ? Operators.Apply("%", value, divisor, state)
        : throw new TemplateException(value is Undefined missing ? missing.Message : $"The test wants a number, not '{TypeNames.Of(value)}'.");

    private static bool IsSame(object? a, object? b, RenderState state) => ReferenceEquals(a, b)
        || (a?.GetType() == b?.GetType() && a is bool or long or string && Comparison.AreEqual(a, b, state));
}
