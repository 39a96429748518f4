namespace MicroChat.Model.Templates;

/// <summary>for target in values if condition … else ….</summary>
internal sealed class LoopStatement(Target target, Target testTarget, Expression values, Expression? condition, Body body, Body otherwise, bool isRecursive, int line)
    : Statement(line)
{
    private const string LoopName = "loop";
    private ScopeEntry bodyEntry = null!, testEntry = null!, otherwiseEntry = null!;
    private Variable loopVariable;
    private FunctionScope bodyFunction = null!;

    public override void Declare(Scope scope)
    {
        Guard();
        values.Declare(scope);
    }

    public override void Bind(Scope scope)
    {
        Guard();
        values.Bind(scope);
        Scope outer = isRecursive ? scope.InnerFunction() : scope, inner = outer.Inner();
        bodyFunction = outer.Function;
        inner.DeclareParameter(LoopName);
        target.Declare(inner, asParameter: true);
        body.Declare(inner);
        target.Bind(inner);
        loopVariable = inner.Bind(LoopName);
        body.Bind(inner);
        bodyEntry = inner.Entry();
        BindTest(outer.Inner());
        Scope afterwards = outer.Inner();
        otherwise.Declare(afterwards);
        otherwise.Bind(afterwards);
        otherwiseEntry = afterwards.Entry();
    }

    private void BindTest(Scope scope)
    {
        testTarget.Declare(scope, asParameter: true);
        condition?.Declare(scope);
        testTarget.Bind(scope);
        condition?.Bind(scope);
        testEntry = scope.Entry();
    }

    protected override Flow Run(Frame frame)
    {
        object? items = values.Evaluate(frame);
        return Loop(isRecursive ? new Frame(frame.State, bodyFunction.Slots, frame) : frame, items, depth: 0, frame);
    }

    private Flow Loop(Frame frame, object? items, int depth, Frame outer)
    {
        RenderState state = frame.State;
        IEnumerable<object?> source = Sequences.Iterate(items, state);
        var loop = new LoopState(condition is null ? source : source.Where(item => Keeps(frame, item)), depth,
            isRecursive ? inner => Recurse(outer, inner, depth + 1) : null);
        bool completed = false;
        while (loop.MoveNext())
        {
            state.Step();
            bodyEntry.Apply(frame);
            loopVariable.Write(frame, loop);
            target.Assign(frame, loop.Current);
            Flow flow = body.Execute(frame);
            if (flow == Flow.Break) break;
            completed |= flow == Flow.Next;
        }
        if (completed) return Flow.Next;
        otherwiseEntry.Apply(frame);
        return otherwise.Execute(frame);
    }

    private bool Keeps(Frame frame, object? item)
    {
        testEntry.Apply(frame);
        testTarget.Assign(frame, item);
        return Sequences.IsTrue(condition!.Evaluate(frame));
    }

    private object Recurse(Frame outer, object? items, int depth)
    {
        RenderState state = outer.State;
        state.Enter();
        var before = state.BeginBuffer();
        Loop(new Frame(state, bodyFunction.Slots, outer), items, depth, outer);
        string text = state.EndBuffer(before);
        state.Leave();
        return state.AutoEscape ? new Markup(text) : text;
    }
}

/// <summary>The variable "loop". Reads ahead only as far as it is asked about.</summary>
internal sealed class LoopState(IEnumerable<object?> source, int depth, Func<object?, object>? recurse) : Callable
{
    private readonly IEnumerator<object?> reader = source.GetEnumerator();
    private readonly List<object?> items = [];
    private int at = -1;
    private object? changing = Missing.Value;

    public override string Name => "loop";

    public object? Current => items[at];

    public long Length
    {
        get
        {
            while (Fetch(items.Count)) { }
            return items.Count;
        }
    }

    public bool MoveNext()
    {
        if (!Fetch(at + 1)) return false;
        at++;
        return true;
    }

    /// <summary>What a loop over the loop itself takes from it.</summary>
    public IEnumerable<object?> Rest()
    {
        while (MoveNext()) yield return new object?[] { Current, this };
    }

    public bool TryAttribute(string name, out object? value)
    {
        value = name switch
        {
            "index" => at + 1L,
            "index0" => (long)at,
            "revindex" => Length - at,
            "revindex0" => Length - at - 1,
            "first" => at == 0,
            "last" => !Fetch(at + 1),
            "length" => Length,
            "depth" => depth + 1L,
            "depth0" => (long)depth,
            "previtem" => at > 0 ? items[at - 1] : new Undefined("There is no previous item."),
            "nextitem" => Fetch(at + 1) ? items[at + 1] : new Undefined("There is no next item."),
            "cycle" => new Function("cycle", Cycle),
            "changed" => new Function("changed", HasChanged),
            _ => Missing.Value,
        };
        return value is not Missing;
    }

    public override object? Call(RenderState state, Arguments arguments) => recurse is null
        ? throw new TemplateException("Only a loop that is marked as recursive can be called.") : recurse(arguments.One("loop"));

    public override string ToString() => $"<LoopContext {at + 1}/{Length}>";

    private object? Cycle(RenderState state, Arguments arguments) => arguments.Positional.Count > 0
        ? arguments.Positional[at % arguments.Positional.Count] : throw new TemplateException("loop.cycle needs at least one value.");

    private object? HasChanged(RenderState state, Arguments arguments)
    {
        object?[] values = [.. arguments.Positional];
        if (changing is object?[] before && Comparison.AreEqual(before, values, state)) return false;
        changing = values;
        return true;
    }

    private bool Fetch(int index)
    {
        if (index < items.Count) return true;
        if (!reader.MoveNext()) return false;
        items.Add(reader.Current);
        return true;
    }
}
