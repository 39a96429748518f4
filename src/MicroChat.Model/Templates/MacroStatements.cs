namespace MicroChat.Model.Templates;

/// <summary>A macro, the body of a call block or of a generation block as it stands in the template.</summary>
internal sealed class MacroDefinition(string name, List<NameTarget> parameters, List<Expression> defaults, Body body, int line)
{
    private FunctionScope function = null!;
    private ScopeEntry entry = null!;
    private readonly List<(string Name, Variable Variable)> extras = [];

    public string Name => name;

    public int Line => line;

    public IEnumerable<string> Parameters => parameters.Select(parameter => parameter.Name);

    /// <summary>Whether the body reads the names caller, varargs, kwargs, which then are parameters too.</summary>
    public bool UsesCaller { get; init; }

    public bool UsesVarargs { get; init; }

    public bool UsesKwargs { get; init; }

    public void Bind(Scope outer)
    {
        Scope scope = outer.InnerFunction();
        function = scope.Function;
        foreach (NameTarget parameter in parameters) parameter.Declare(scope, asParameter: true);
        foreach ((string extra, bool isUsed) in ((string, bool)[])[("caller", UsesCaller), ("kwargs", UsesKwargs), ("varargs", UsesVarargs)])
        {
            if (!isUsed || Parameters.Contains(extra)) continue;
            scope.DeclareParameter(extra);
            extras.Add((extra, scope.Bind(extra)));
        }
        foreach (Expression expression in defaults) expression.Declare(scope);
        body.Declare(scope);
        foreach (NameTarget parameter in parameters) parameter.Bind(scope);
        foreach (Expression expression in defaults) expression.Bind(scope);
        body.Bind(scope);
        entry = scope.Entry();
    }

    public object Call(RenderState state, Frame? outer, Arguments arguments)
    {
        state.Enter();
        var frame = new Frame(state, function.Slots, outer);
        entry.Apply(frame);
        AssignParameters(frame, arguments);
        var before = state.BeginBuffer();
        body.Execute(frame);
        string text = state.EndBuffer(before);
        state.Leave();
        return state.AutoEscape ? new Markup(text) : text;
    }

    private void AssignParameters(Frame frame, Arguments arguments)
    {
        var named = new List<KeyValuePair<string, object?>>(arguments.Named);
        int given = Math.Min(arguments.Positional.Count, parameters.Count);
        for (int i = 0; i < parameters.Count; i++)
        {
            object? value = i < given ? arguments.Positional[i] : Take(named, parameters[i].Name);
            parameters[i].Assign(frame, value);
            if (value is Missing) parameters[i].Assign(frame, Default(frame, i));
        }
        AssignExtras(frame, arguments, named);
    }

    private object? Default(Frame frame, int parameter)
    {
        int at = parameter - parameters.Count + defaults.Count;
        return at >= 0 ? defaults[at].Evaluate(frame) : new Undefined($"The parameter '{parameters[parameter].Name}' was not given.");
    }

    private void AssignExtras(Frame frame, Arguments arguments, List<KeyValuePair<string, object?>> named)
    {
        object?[] rest = [.. arguments.Positional.Skip(parameters.Count)];
        bool takesRest = false, takesNamed = false;
        foreach ((string extra, Variable variable) in extras)
        {
            if (extra == "varargs") takesRest = true;
            if (extra == "kwargs") takesNamed = true;
            variable.Write(frame, extra switch
            {
                "varargs" => rest,
                "caller" => Take(named, extra) is var caller and not Missing ? caller : new Undefined("No caller is defined."),
                _ => ToDictionary(named),
            });
        }
        if (rest.Length > 0 && !takesRest) throw new TemplateException($"The macro '{name}' takes at most {parameters.Count} arguments.");
        if (named.Count > 0 && !takesNamed) throw new TemplateException($"The macro '{name}' has no parameter '{named[0].Key}', or gets it twice.");
    }

    private static object? Take(List<KeyValuePair<string, object?>> named, string name)
    {
        int at = named.FindIndex(argument => argument.Key == name);
        if (at < 0) return Missing.Value;
        object? value = named[at].Value;
        named.RemoveAt(at);
        return value;
    }

    private static PythonDictionary ToDictionary(List<KeyValuePair<string, object?>> named)
    {
        var dictionary = new PythonDictionary();
        foreach ((string key, object? value) in named) dictionary.Set(key, value);
        return dictionary;
    }
}

/// <summary>A macro with the variables around it.</summary>
internal sealed class Macro(MacroDefinition definition, Frame frame) : Callable
{
    public override string Name => definition.Name;

    public override object? Call(RenderState state, Arguments arguments) => definition.Call(state, frame, arguments);

    public bool TryAttribute(string name, out object? value)
    {
        value = name switch
        {
            "name" => definition.Name,
            "arguments" => definition.Parameters.ToArray<object?>(),
            "catch_kwargs" => definition.UsesKwargs,
            "catch_varargs" => definition.UsesVarargs,
            "caller" => definition.UsesCaller,
            _ => Missing.Value,
        };
        return value is not Missing;
    }
}

/// <summary>macro name(parameters).</summary>
internal sealed class MacroStatement(NameTarget target, MacroDefinition definition) : Statement(definition.Line)
{
    public override void Declare(Scope scope) => target.Declare(scope, asParameter: false);

    public override void Bind(Scope scope)
    {
        Guard();
        target.Bind(scope);
        definition.Bind(scope);
    }

    protected override Flow Run(Frame frame)
    {
        target.Assign(frame, new Macro(definition, frame));
        return Flow.Next;
    }
}

/// <summary>call(parameters) macro(arguments).</summary>
internal sealed class CallStatement(CallExpression call, MacroDefinition definition) : Statement(definition.Line)
{
    public override void Declare(Scope scope) => call.Declare(scope);

    public override void Bind(Scope scope)
    {
        Guard();
        call.Bind(scope);
        definition.Bind(scope);
    }

    protected override Flow Run(Frame frame)
    {
        object? value = call.Call(frame, new Macro(definition, frame));
        frame.State.Write(Texts.Of(value, frame.State));
        return Flow.Next;
    }
}

/// <summary>
/// generation: text that the model is trained on. The span starts at the length of the text outside all buffers,
/// as transformers counts; inside a macro or set block that is too small.
/// </summary>
internal sealed class GenerationStatement(MacroDefinition definition) : Statement(definition.Line)
{
    public override void Declare(Scope scope) { }

    public override void Bind(Scope scope)
    {
        Guard();
        definition.Bind(scope);
    }

    protected override Flow Run(Frame frame)
    {
        RenderState state = frame.State;
        string text = Texts.Of(definition.Call(state, frame, Arguments.None), state);
        state.Spans.Add(new GenerationSpan(state.RootLength, state.RootLength + text.Length));
        state.Write(text);
        return Flow.Next;
    }
}
