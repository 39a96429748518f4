namespace MicroChat.Model.Templates;

/// <summary>x.name.</summary>
internal sealed class AttributeExpression(Expression owner, string name, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts => [owner];

    protected override object? Compute(Frame frame) => Members.Attribute(owner.Evaluate(frame), name);
}

/// <summary>x[key].</summary>
internal sealed class ItemExpression(Expression owner, Expression key, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts => [owner, key];

    protected override object? Compute(Frame frame)
    {
        object? container = owner.Evaluate(frame), index = key.Evaluate(frame);
        return index is Slice slice ? slice.Of(container, frame.State) : Members.Item(container, index);
    }
}

/// <summary>start:stop:step between brackets.</summary>
internal sealed class SliceExpression(Expression?[] bounds, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts { get; } = [.. bounds.OfType<Expression>()];

    protected override object? Compute(Frame frame) => new Slice(bounds[0]?.Evaluate(frame), bounds[1]?.Evaluate(frame), bounds[2]?.Evaluate(frame));
}

/// <summary>The value of start:stop:step.</summary>
internal sealed record Slice(object? Start, object? Stop, object? Step)
{
    /// <summary>The slice of a value. A value without slices, or a bound that is no integer, is an error, unlike a missing key.</summary>
    public object? Of(object? container, RenderState state)
    {
        if (container is Undefined missing) throw new TemplateException(missing.Message);
        if (!Sequences.IsSliceable(container)) throw new TemplateException($"A value of type '{TypeNames.Of(container)}' has no slices.");
        if (!IsBound(Start) || !IsBound(Stop) || !IsBound(Step)) throw new TemplateException("The bounds of a slice must be integers or none.");
        return Sequences.Slice(container, Start, Stop, Step, state);
    }

    private static bool IsBound(object? value) => value is null || Numbers.IsInteger(value);
}

/// <summary>The arguments of a call, a filter or a test as they stand in the template.</summary>
internal sealed class ArgumentList
{
    private readonly List<Expression> parts = [];

    public List<Expression> Positional { get; } = [];

    public List<(string Name, Expression Value)> Named { get; } = [];

    public Expression? Rest { get; set; }

    public Expression? NamedRest { get; set; }

    /// <summary>All expressions, in the order of the text.</summary>
    public List<Expression> Parts => parts;

    public Arguments Evaluate(Frame frame)
    {
        if (parts.Count == 0) return Arguments.None;
        RenderState state = frame.State;
        List<object?> values = [.. Positional.Select(expression => expression.Evaluate(frame))];
        if (Rest is not null) values.AddRange(Sequences.Iterate(Rest.Evaluate(frame), state));
        var named = new List<KeyValuePair<string, object?>>(Named.Count);
        foreach ((string name, Expression value) in Named) named.Add(new(name, value.Evaluate(frame)));
        if (NamedRest is not null)
        {
            if (NamedRest.Evaluate(frame) is not PythonDictionary dictionary) throw new TemplateException("What stands after ** must be a dictionary.");
            foreach ((object? key, object? value) in dictionary.Pairs) named.Add(new(Arguments.Text(key, "A keyword"), value));
        }
        return new Arguments(values, named);
    }
}

/// <summary>f(arguments).</summary>
internal sealed class CallExpression(Expression callee, ArgumentList arguments, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts { get; } = [callee, .. arguments.Parts];

    protected override object? Compute(Frame frame) => Call(frame, null);

    /// <summary>Calls with the body of a call block as the keyword "caller".</summary>
    public object? Call(Frame frame, Macro? caller)
    {
        object? target = callee.Evaluate(frame);
        Arguments values = arguments.Evaluate(frame);
        if (caller is not null) values = new Arguments(values.Positional, [.. values.Named, new("caller", caller)]);
        frame.State.Line = Line;
        return target switch
        {
            Callable callable => callable.Call(frame.State, values),
            Undefined missing => throw new TemplateException(missing.Message),
            _ => throw new TemplateException($"A value of type '{TypeNames.Of(target)}' cannot be called."),
        };
    }
}

/// <summary>operand | name(arguments).</summary>
internal sealed class FilterExpression(Expression operand, string name, ArgumentList arguments, int line) : Expression(line)
{
    private Filter? filter;

    protected override IReadOnlyList<Expression> Parts { get; } = [operand, .. arguments.Parts];

    public override void Bind(Scope scope)
    {
        filter = Filters.Find(name);
        if (filter is null && !scope.IsSoft) throw Filters.Unknown(name, Line);
        base.Bind(scope);
    }

    protected override object? Compute(Frame frame)
    {
        object? value = operand.Evaluate(frame);
        Arguments values = arguments.Evaluate(frame);
        frame.State.Line = Line;
        if (Texts.TryGet(value, out string? text)) frame.State.Charge(text.Length);
        return (filter ?? throw Filters.Unknown(name, Line))(value, frame.State, values);
    }
}

/// <summary>operand is name(arguments).</summary>
internal sealed class TestExpression(Expression operand, string name, ArgumentList arguments, int line) : Expression(line)
{
    private Test? test;

    protected override IReadOnlyList<Expression> Parts { get; } = [operand, .. arguments.Parts];

    public override void Bind(Scope scope)
    {
        test = Tests.Find(name);
        if (test is null && !scope.IsSoft) throw Tests.Unknown(name, Line);
        base.Bind(scope);
    }

    protected override object? Compute(Frame frame)
    {
        object? value = operand.Evaluate(frame);
        Arguments values = arguments.Evaluate(frame);
        frame.State.Line = Line;
        return (test ?? throw Tests.Unknown(name, Line))(value, frame.State, values);
    }
}
