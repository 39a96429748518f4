using System.Runtime.CompilerServices;

namespace MicroChat.Model.Templates;

/// <summary>A piece of a parsed template. After parsing, names are declared, then bound; then it can be evaluated any number of times.</summary>
internal abstract class Node(int line)
{
    public int Line => line;

    /// <summary>Tells the scope which names are read and set here, in the order of the text.</summary>
    public abstract void Declare(Scope scope);

    /// <summary>Looks up where the names lie, and which filters and tests are meant.</summary>
    public abstract void Bind(Scope scope);

    protected void Guard()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw new TemplateException("The template nests too deeply.", line);
    }
}

/// <summary>An expression.</summary>
internal abstract class Expression(int line) : Node(line)
{
    protected virtual IReadOnlyList<Expression> Parts => [];

    public override void Declare(Scope scope)
    {
        Guard();
        foreach (Expression part in Parts) part.Declare(scope);
    }

    public override void Bind(Scope scope)
    {
        Guard();
        foreach (Expression part in Parts) part.Bind(scope);
    }

    public object? Evaluate(Frame frame)
    {
        frame.State.Step();
        frame.State.Line = Line;
        return Compute(frame);
    }

    protected abstract object? Compute(Frame frame);
}

/// <summary>A literal.</summary>
internal sealed class Constant(object? value, int line) : Expression(line)
{
    protected override object? Compute(Frame frame) => value;
}

/// <summary>A variable that is read.</summary>
internal sealed class NameExpression(string name, int line) : Expression(line)
{
    private Variable variable;

    public string Name => name;

    public override void Declare(Scope scope) => scope.DeclareLoad(name);

    public override void Bind(Scope scope) => variable = scope.Bind(name);

    protected override object? Compute(Frame frame) => variable.Read(frame) is var value and not Missing ? value : Undefined.Name(name);
}

/// <summary>The text that a filter block or set block has collected.</summary>
internal sealed class HeldText(int line) : Expression(line)
{
    protected override object? Compute(Frame frame) => frame.State.Held;
}

/// <summary>[a, b] or (a, b).</summary>
internal sealed class SequenceExpression(List<Expression> items, bool isTuple, int line) : Expression(line)
{
    public List<Expression> Items => items;

    public bool IsTuple => isTuple;

    protected override IReadOnlyList<Expression> Parts => items;

    protected override object? Compute(Frame frame)
    {
        var values = new object?[items.Count];
        for (int i = 0; i < values.Length; i++) values[i] = items[i].Evaluate(frame);
        return isTuple ? values : new List<object?>(values);
    }
}

/// <summary>{key: value}; keys and values alternate.</summary>
internal sealed class DictionaryExpression(List<Expression> items, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts => items;

    protected override object? Compute(Frame frame)
    {
        var dictionary = new PythonDictionary();
        for (int i = 0; i < items.Count; i += 2)
        {
            object? key = items[i].Evaluate(frame);
            dictionary.Set(key, items[i + 1].Evaluate(frame));
        }
        return dictionary;
    }
}

/// <summary>not x, -x, +x.</summary>
internal sealed class UnaryExpression(string sign, Expression operand, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts => [operand];

    protected override object? Compute(Frame frame)
    {
        object? value = operand.Evaluate(frame);
        if (sign == "not") return !Sequences.IsTrue(value);
        if (value is Undefined missing) throw new TemplateException(missing.Message);
        if (!Numbers.IsNumber(value)) throw new TemplateException($"The sign {sign} does not take '{TypeNames.Of(value)}'.");
        return sign == "-" ? Numbers.Negate(value) : Numbers.Add(value, 0L);
    }
}

/// <summary>An arithmetic operator between two operands.</summary>
internal sealed class BinaryExpression(string sign, Expression left, Expression right, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts => [left, right];

    protected override object? Compute(Frame frame)
    {
        object? a = left.Evaluate(frame), b = right.Evaluate(frame);
        return Operators.Apply(sign, a, b, frame.State);
    }
}

/// <summary>a and b, a or b: the value of one of them.</summary>
internal sealed class LogicalExpression(bool isAnd, Expression left, Expression right, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts => [left, right];

    protected override object? Compute(Frame frame)
    {
        object? first = left.Evaluate(frame);
        return Sequences.IsTrue(first) == isAnd ? right.Evaluate(frame) : first;
    }
}

/// <summary>a ~ b ~ c.</summary>
internal sealed class JoinExpression(List<Expression> parts, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts => parts;

    protected override object? Compute(Frame frame)
    {
        var values = new object?[parts.Count];
        for (int i = 0; i < values.Length; i++) values[i] = parts[i].Evaluate(frame);
        return Operators.Join(values, frame.State);
    }
}

/// <summary>a &lt; b &lt; c: every link must hold.</summary>
internal sealed class CompareExpression(Expression first, List<(string Sign, Expression Operand)> links, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts { get; } = [first, .. links.Select(link => link.Operand)];

    protected override object? Compute(Frame frame)
    {
        object? left = first.Evaluate(frame);
        foreach ((string sign, Expression operand) in links)
        {
            object? right = operand.Evaluate(frame);
            if (!Comparison.Holds(sign, left, right, frame.State)) return false;
            left = right;
        }
        return true;
    }
}

/// <summary>a if condition else b; without else it is undefined.</summary>
internal sealed class ConditionalExpression(Expression condition, Expression then, Expression? otherwise, int line) : Expression(line)
{
    protected override IReadOnlyList<Expression> Parts { get; } = otherwise is null ? [condition, then] : [condition, then, otherwise];

    public override void Bind(Scope scope) => base.Bind(scope.Soft());

    protected override object? Compute(Frame frame) => Sequences.IsTrue(condition.Evaluate(frame)) ? then.Evaluate(frame)
        : otherwise is null ? new Undefined("The inline if was false and has no else.") : otherwise.Evaluate(frame);
}
