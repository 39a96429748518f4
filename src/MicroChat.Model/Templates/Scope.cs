namespace MicroChat.Model.Templates;

/// <summary>The variables of one function: the template itself, a macro, a call body, a block or a recursive loop.</summary>
internal sealed class FunctionScope(int depth)
{
    public int Depth => depth;

    /// <summary>Number of slots that its frames need.</summary>
    public int Slots { get; set; }
}

/// <summary>Where the value of a name lies: frames outwards, slot in that frame.</summary>
internal readonly record struct Variable(int Hops, int Slot)
{
    public object? Read(Frame frame) => Of(frame).Slots[Slot];

    public void Write(Frame frame, object? value) => Of(frame).Slots[Slot] = value;

    private Frame Of(Frame frame)
    {
        for (int hop = Hops; hop > 0; hop--) frame = frame.Outer!;
        return frame;
    }
}

/// <summary>The values of one call of a function.</summary>
internal sealed class Frame(RenderState state, int slots, Frame? outer)
{
    public RenderState State => state;

    public object?[] Slots { get; } = new object?[slots];

    public Frame? Outer => outer;
}

/// <summary>
/// Which names a piece of a template knows. First the names are declared in the order of the text, then they are bound.
/// A name that is set before it is read starts without a value, even if a variable of that name was given;
/// a name that an inner piece sets starts there with the outer value; every other name is taken from the given variables on entry.
/// </summary>
/// <remarks>Source: the scoping rules of Jinja 3.1 as its documentation and its behaviour show them.</remarks>
internal sealed class Scope
{
    private readonly Scope? parent;
    private readonly Dictionary<string, int> slots;
    private readonly Dictionary<string, int> references;
    private readonly Dictionary<string, Load> loads;
    private readonly HashSet<string> stores;

    private enum Origin { Parameter, Given, Outer, Nothing }

    private readonly record struct Load(Origin Origin, int SourceDepth, int SourceSlot);

    private Scope(Scope? parent, FunctionScope function, bool topLevel, Scope? copied = null)
    {
        this.parent = parent;
        Function = function;
        IsTopLevel = topLevel;
        slots = copied?.slots ?? new(StringComparer.Ordinal);
        references = copied is null ? new(StringComparer.Ordinal) : new(copied.references, StringComparer.Ordinal);
        loads = copied is null ? new(StringComparer.Ordinal) : new(copied.loads, StringComparer.Ordinal);
        stores = copied is null ? new(StringComparer.Ordinal) : new(copied.stores, StringComparer.Ordinal);
    }

    private Scope(Scope same, bool soft)
    {
        (parent, Function, IsTopLevel, IsSoft) = (same.parent, same.Function, same.IsTopLevel, soft);
        (slots, references, loads, stores) = (same.slots, same.references, same.loads, same.stores);
    }

    public FunctionScope Function { get; }

    /// <summary>Whether names that are set here are visible to blocks.</summary>
    public bool IsTopLevel { get; }

    /// <summary>Whether this is a branch that may not be taken, where an unknown filter is no error until it is used.</summary>
    public bool IsSoft { get; }

    public static Scope Root() => new(null, new FunctionScope(0), topLevel: true);

    /// <summary>A scope of its own function that sees no outer names: a block.</summary>
    public static Scope Isolated() => new(null, new FunctionScope(0), topLevel: false);

    public Scope Inner() => new(this, Function, topLevel: false);

    public Scope InnerFunction() => new(this, new FunctionScope(Function.Depth + 1), topLevel: false);

    /// <summary>The same scope as a branch sees it.</summary>
    public Scope Soft() => new(this, soft: true);

    /// <summary>A copy to declare the names of one branch in; <see cref="Merge"/> brings the branches together.</summary>
    public Scope Branch() => new(parent, Function, IsTopLevel, this);

    public void DeclareParameter(string name)
    {
        stores.Add(name);
        Define(name, new Load(Origin.Parameter, 0, 0));
    }

    public void DeclareStore(string name)
    {
        stores.Add(name);
        if (!references.ContainsKey(name)) Define(name, FromOutside(name, Origin.Nothing));
    }

    public void DeclareLoad(string name)
    {
        if (Find(name) is null) Define(name, new Load(Origin.Given, 0, 0));
    }

    /// <summary>A name that only some branches set starts with its outer value, or the given one.</summary>
    public void Merge(params ReadOnlySpan<Scope> branches)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Scope branch in branches)
            foreach (string name in branch.stores)
                if (!stores.Contains(name)) counts[name] = counts.GetValueOrDefault(name) + 1;
        foreach (Scope branch in branches)
        {
            foreach ((string name, int slot) in branch.references) references[name] = slot;
            foreach ((string name, Load load) in branch.loads) loads[name] = load;
            stores.UnionWith(branch.stores);
        }
        foreach ((string name, int count) in counts)
            if (count < branches.Length) loads[name] = FromOutside(name, Origin.Given);
    }

    /// <summary>Where a declared name lies, seen from this scope.</summary>
    public Variable Bind(string name)
    {
        (int depth, int slot) = Find(name) ?? throw new InvalidOperationException($"The name '{name}' was not declared.");
        return new Variable(Function.Depth - depth, slot);
    }

    /// <summary>What gives the names their first values when this scope is entered.</summary>
    public ScopeEntry Entry()
    {
        var entry = new List<ScopeEntry.Item>();
        foreach ((string name, Load load) in loads)
        {
            if (load.Origin == Origin.Parameter) continue;
            Variable? source = load.Origin == Origin.Outer ? new Variable(Function.Depth - load.SourceDepth, load.SourceSlot) : null;
            entry.Add(new ScopeEntry.Item(references[name], source, load.Origin == Origin.Given ? name : null));
        }
        return new ScopeEntry([.. entry]);
    }

    private Load FromOutside(string name, Origin otherwise) =>
        parent?.Find(name) is var (depth, slot) ? new Load(Origin.Outer, depth, slot) : new Load(otherwise, 0, 0);

    private void Define(string name, Load load)
    {
        if (!slots.TryGetValue(name, out int slot)) slots[name] = slot = Function.Slots++;
        references[name] = slot;
        loads[name] = load;
    }

    private (int Depth, int Slot)? Find(string name) =>
        references.TryGetValue(name, out int slot) ? (Function.Depth, slot) : parent?.Find(name);
}

/// <summary>The first values of a scope's names.</summary>
internal sealed class ScopeEntry(ScopeEntry.Item[] items)
{
    /// <param name="Slot">The name's slot in the frame.</param>
    /// <param name="Source">The outer variable that it starts from.</param>
    /// <param name="Given">The given variable that it starts from; neither: no value.</param>
    public readonly record struct Item(int Slot, Variable? Source, string? Given);

    public void Apply(Frame frame)
    {
        foreach (Item item in items)
            frame.Slots[item.Slot] = item.Source is { } source ? source.Read(frame)
                : item.Given is { } name ? frame.State.Resolve(name) : Missing.Value;
    }
}
