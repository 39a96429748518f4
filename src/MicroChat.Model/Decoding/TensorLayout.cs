namespace MicroChat.Model.Decoding;

/// <summary>One tensor of a model: its name in the checkpoint, its shape, and where it lies in the block of all parameters.</summary>
/// <param name="Name">Name as in the checkpoint.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Offset">First element in the block.</param>
public sealed record Parameter(string Name, IReadOnlyList<long> Shape, long Offset)
{
    /// <summary>Number of elements.</summary>
    public long Length { get; } = Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Whether weight decay applies: to matrices, not to gains and biases.</summary>
    public bool IsMatrix => Shape.Count == 2;

    /// <summary>Whether the tensor belongs to a block rather than to the embedding, the final norm, the output or an adapter.</summary>
    public bool IsInsideBlock { get; } = Name.StartsWith("model.layers.", StringComparison.Ordinal);
}

/// <summary>A list of tensors and their places in one block of memory.</summary>
internal abstract class TensorLayout
{
    private const long LineFloats = 16; // groups start on cache lines
    private readonly List<Parameter> _parameters = [];
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private Parameter[]? _all;

    /// <summary>All tensors in the order of the block.</summary>
    public Parameter[] Parameters => _all ??= [.. _parameters];

    /// <summary>Elements of the block, gaps included.</summary>
    public long Length { get; private set; }

    public Parameter this[string name] => _byName[name];

    /// <summary>Adds tensors end to end, without gaps, and returns where the first lies; columns 0 means vectors.</summary>
    protected long AddGroup(int columns, params ReadOnlySpan<(string Name, int Rows)> members)
    {
        long start = Length = Align(Length);
        foreach ((string name, int rows) in members)
        {
            Append(name, columns == 0 ? [rows] : [rows, columns]);
        }
        return start;
    }

    protected long Add(string name, params long[] shape)
    {
        Length = Align(Length);
        return Append(name, shape);
    }

    /// <summary>Ends the list: the block ends on a cache line too.</summary>
    protected void Complete() => Length = Align(Length);

    private long Append(string name, long[] shape)
    {
        var parameter = new Parameter(name, shape, Length);
        _parameters.Add(parameter);
        _byName.Add(name, parameter);
        Length += parameter.Length;
        return parameter.Offset;
    }

    private static long Align(long length) => (length + LineFloats - 1) / LineFloats * LineFloats;
}
