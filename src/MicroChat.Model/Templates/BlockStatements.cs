namespace MicroChat.Model.Templates;

/// <summary>with name = value, …: names for its body only.</summary>
internal sealed class WithStatement(List<Target> targets, List<Expression> values, Body body, int line) : Statement(line)
{
    private ScopeEntry entry = null!;

    public override void Declare(Scope scope)
    {
        foreach (Expression value in values) value.Declare(scope);
    }

    public override void Bind(Scope scope)
    {
        Guard();
        foreach (Expression value in values) value.Bind(scope);
        Scope inner = scope.Inner();
        foreach (Target target in targets) target.Declare(inner, asParameter: true);
        body.Declare(inner);
        foreach (Target target in targets) target.Bind(inner);
        body.Bind(inner);
        entry = inner.Entry();
    }

    protected override Flow Run(Frame frame)
    {
        List<object?> given = [.. values.Select(value => value.Evaluate(frame))];
        entry.Apply(frame);
        for (int i = 0; i < targets.Count; i++) targets[i].Assign(frame, given[i]);
        return body.Execute(frame);
    }
}

/// <summary>A body whose names are its own; autoescape switches escaping on or off for it.</summary>
internal sealed class ScopedStatement(Expression autoEscape, Body body, int line) : Statement(line)
{
    private ScopeEntry entry = null!;

    public override void Declare(Scope scope) { }

    public override void Bind(Scope scope)
    {
        Guard();
        Scope inner = scope.Inner();
        autoEscape.Declare(inner);
        body.Declare(inner);
        autoEscape.Bind(inner);
        body.Bind(inner);
        entry = inner.Entry();
    }

    protected override Flow Run(Frame frame)
    {
        RenderState state = frame.State;
        bool before = state.AutoEscape;
        entry.Apply(frame);
        state.AutoEscape = Sequences.IsTrue(autoEscape.Evaluate(frame));
        Flow flow = body.Execute(frame);
        state.AutoEscape = before;
        return flow;
    }
}

/// <summary>A filter block prints its filtered text; a set block keeps it.</summary>
internal sealed class CollectStatement(Target? target, Expression text, Body body, int line) : Statement(line)
{
    private ScopeEntry entry = null!;

    public override void Declare(Scope scope)
    {
        if (target is null) text.Declare(scope);
        else target.Declare(scope, asParameter: false);
    }

    public override void Bind(Scope scope)
    {
        Guard();
        target?.Bind(scope);
        Scope inner = scope.Inner();
        body.Declare(inner);
        text.Declare(inner);
        body.Bind(inner);
        text.Bind(inner);
        entry = inner.Entry();
    }

    protected override Flow Run(Frame frame)
    {
        RenderState state = frame.State;
        entry.Apply(frame);
        var before = state.BeginBuffer();
        Flow flow = body.Execute(frame);
        string collected = state.EndBuffer(before);
        if (flow != Flow.Next) return flow;
        state.Held = state.AutoEscape ? new Markup(collected) : collected;
        object? value = text.Evaluate(frame);
        if (target is null) state.Write(Texts.Of(value, state));
        else target.Assign(frame, value);
        return Flow.Next;
    }
}

/// <summary>block name: sees the top level's names only, unless it is scoped.</summary>
internal sealed class BlockStatement(string name, bool isScoped, Body body, int line) : Statement(line)
{
    private ScopeEntry entry = null!;
    private FunctionScope function = null!;

    public string Name => name;

    public override void Declare(Scope scope) { }

    public override void Bind(Scope scope)
    {
        Guard();
        Scope own = isScoped ? scope.InnerFunction() : Scope.Isolated();
        function = own.Function;
        body.Declare(own);
        body.Bind(own);
        entry = own.Entry();
    }

    protected override Flow Run(Frame frame) => Show(frame.State, isScoped ? frame : null);

    private Flow Show(RenderState state, Frame? outer)
    {
        state.Enter();
        var frame = new Frame(state, function.Slots, outer);
        entry.Apply(frame);
        body.Execute(frame);
        state.Leave();
        return Flow.Next;
    }

    /// <summary>The block's text, as self.name() gives it.</summary>
    public object? Text(RenderState state, Arguments arguments)
    {
        arguments.Nothing(name);
        if (isScoped) throw new TemplateException($"The block '{name}' is scoped; it has no text outside its place.");
        var before = state.BeginBuffer();
        Show(state, null);
        return state.EndBuffer(before);
    }
}

/// <summary>The variable "self": the blocks of the template.</summary>
internal sealed class BlockReferences(RenderState state)
{
    public bool TryAttribute(string name, out object? value)
    {
        bool found = state.Blocks.TryGetValue(name, out BlockStatement? block);
        value = found ? new Function(name, block!.Text) : null;
        return found;
    }
}

/// <summary>include, import, extends: a chat template stands alone, so they fail when they are reached.</summary>
internal sealed class ForeignTemplateStatement(string tag, int line) : Statement(line)
{
    public override void Declare(Scope scope) { }

    public override void Bind(Scope scope) { }

    protected override Flow Run(Frame frame) => throw new TemplateException($"A chat template stands alone; '{tag}' cannot load another one.");
}
