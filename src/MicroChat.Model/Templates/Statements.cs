namespace MicroChat.Model.Templates;

/// <summary>How a statement ended.</summary>
internal enum Flow { Next, Break, Continue }

/// <summary>A statement.</summary>
internal abstract class Statement(int line) : Node(line)
{
    public Flow Execute(Frame frame)
    {
        frame.State.Step();
        frame.State.Line = Line;
        return Run(frame);
    }

    protected abstract Flow Run(Frame frame);
}

/// <summary>Statements one after another.</summary>
internal sealed class Body(List<Statement> statements)
{
    public void Declare(Scope scope)
    {
        foreach (Statement statement in statements) statement.Declare(scope);
    }

    public void Bind(Scope scope)
    {
        foreach (Statement statement in statements) statement.Bind(scope);
    }

    public Flow Execute(Frame frame)
    {
        foreach (Statement statement in statements)
            if (statement.Execute(frame) is var flow and not Flow.Next) return flow;
        return Flow.Next;
    }
}

/// <summary>Text outside all tags.</summary>
internal sealed class TextStatement(string text, int line) : Statement(line)
{
    public override void Declare(Scope scope) { }

    public override void Bind(Scope scope) { }

    protected override Flow Run(Frame frame)
    {
        frame.State.Write(text);
        return Flow.Next;
    }
}

/// <summary>{{ expression }}.</summary>
internal sealed class PrintStatement(Expression expression, int line) : Statement(line)
{
    public override void Declare(Scope scope) => expression.Declare(scope);

    public override void Bind(Scope scope) => expression.Bind(scope);

    protected override Flow Run(Frame frame)
    {
        RenderState state = frame.State;
        object? value = expression.Evaluate(frame);
        state.Write(state.AutoEscape ? Texts.Escape(value, state) : Texts.Of(value, state));
        return Flow.Next;
    }
}

/// <summary>if, elif, else.</summary>
internal sealed class IfStatement(List<(Expression Condition, Body Body)> branches, Body otherwise, int line) : Statement(line)
{
    public override void Declare(Scope scope)
    {
        Guard();
        branches[0].Condition.Declare(scope);
        Scope first = scope.Branch(), others = scope.Branch(), last = scope.Branch();
        branches[0].Body.Declare(first);
        foreach ((Expression condition, Body body) in branches.Skip(1)) DeclareBranch(condition, body, others);
        otherwise.Declare(last);
        scope.Merge(first, others, last);
    }

    // An elif is an if of its own, without else.
    private static void DeclareBranch(Expression condition, Body body, Scope scope)
    {
        condition.Declare(scope);
        Scope taken = scope.Branch();
        body.Declare(taken);
        scope.Merge(taken, scope.Branch(), scope.Branch());
    }

    public override void Bind(Scope scope)
    {
        Guard();
        Scope soft = scope.Soft();
        foreach ((Expression condition, Body body) in branches)
        {
            condition.Bind(soft);
            body.Bind(soft);
        }
        otherwise.Bind(soft);
    }

    protected override Flow Run(Frame frame)
    {
        foreach ((Expression condition, Body body) in branches)
            if (Sequences.IsTrue(condition.Evaluate(frame))) return body.Execute(frame);
        return otherwise.Execute(frame);
    }
}

/// <summary>break and continue.</summary>
internal sealed class JumpStatement(Flow flow, int line) : Statement(line)
{
    public override void Declare(Scope scope) { }

    public override void Bind(Scope scope) { }

    protected override Flow Run(Frame frame) => flow;
}

/// <summary>Where set, for, with and macro parameters put a value: a name, an attribute of a namespace, or several of them.</summary>
internal abstract class Target
{
    public abstract void Declare(Scope scope, bool asParameter);

    public abstract void Bind(Scope scope);

    public abstract void Assign(Frame frame, object? value);
}

internal sealed class NameTarget(string name) : Target
{
    private Variable variable;
    private bool isExported;

    public string Name => name;

    public override void Declare(Scope scope, bool asParameter)
    {
        if (asParameter) scope.DeclareParameter(name);
        else scope.DeclareStore(name);
    }

    public override void Bind(Scope scope)
    {
        variable = scope.Bind(name);
        isExported = scope.IsTopLevel;
    }

    public override void Assign(Frame frame, object? value)
    {
        variable.Write(frame, value);
        if (isExported) frame.State.Exports[name] = value is Undefined ? Missing.Value : value;
    }
}

internal sealed class NamespaceTarget(string name, string attribute) : Target
{
    private Variable variable;

    public override void Declare(Scope scope, bool asParameter) => scope.DeclareLoad(name);

    public override void Bind(Scope scope) => variable = scope.Bind(name);

    public override void Assign(Frame frame, object? value)
    {
        if (variable.Read(frame) is not Namespace space) throw new TemplateException($"'{name}' is no namespace; only a namespace takes attributes.");
        space.Set(attribute, value);
    }
}

internal sealed class TupleTarget(List<Target> targets) : Target
{
    public override void Declare(Scope scope, bool asParameter)
    {
        foreach (Target target in targets) target.Declare(scope, asParameter);
    }

    public override void Bind(Scope scope)
    {
        foreach (Target target in targets) target.Bind(scope);
    }

    public override void Assign(Frame frame, object? value)
    {
        if (value is Undefined missing) throw new TemplateException(missing.Message);
        List<object?> values = [.. Sequences.Iterate(value, frame.State).Take(targets.Count + 1)];
        if (values.Count != targets.Count) throw new TemplateException($"{targets.Count} values are wanted, {(values.Count > targets.Count ? "more" : values.Count)} are there.");
        for (int i = 0; i < targets.Count; i++) targets[i].Assign(frame, values[i]);
    }
}

/// <summary>set target = value.</summary>
internal sealed class SetStatement(Target target, Expression value, int line) : Statement(line)
{
    public override void Declare(Scope scope)
    {
        value.Declare(scope);
        target.Declare(scope, asParameter: false);
    }

    public override void Bind(Scope scope)
    {
        value.Bind(scope);
        target.Bind(scope);
    }

    protected override Flow Run(Frame frame)
    {
        target.Assign(frame, value.Evaluate(frame));
        return Flow.Next;
    }
}
