using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>One float32 number for every parameter of a decoder, an adapter or a head, in one block with named views: weights, gradients or moments.</summary>
public sealed class ParameterBlock : IDisposable
{
    private readonly NativeBuffer<float> _buffer;
    private readonly List<IDisposable> _companions = [];

    /// <summary>A block of zeros for a decoder of this shape.</summary>
    public ParameterBlock(DecoderConfig config)
        : this(config, new ParameterLayout(config))
    {
    }

    internal ParameterBlock(DecoderConfig config, TensorLayout layout)
    {
        Config = config;
        Tensors = layout;
        _buffer = new NativeBuffer<float>(layout.Length);
    }

    /// <summary>The decoder that the block was laid out for.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Names, shapes and places of the tensors.</summary>
    public IReadOnlyList<Parameter> Parameters => Tensors.Parameters;

    /// <summary>Number of parameters; a tied matrix counts once.</summary>
    public long Count => Tensors.Parameters.Sum(p => p.Length);

    internal TensorLayout Tensors { get; }

    /// <summary>The places in a block that holds a whole decoder.</summary>
    internal ParameterLayout Layout => (ParameterLayout)Tensors;

    /// <summary>The elements of one tensor, row-major.</summary>
    /// <exception cref="KeyNotFoundException">The decoder has no tensor of this name.</exception>
    public Span<float> this[string name] => this[Tensors[name]];

    /// <summary>The elements of one tensor, row-major.</summary>
    public Span<float> this[Parameter parameter] => _buffer.Slice(parameter.Offset, checked((int)parameter.Length));

    /// <summary>A second block of zeros with the same layout.</summary>
    public ParameterBlock NewLike() => new(Config, Tensors);

    /// <summary>Sets every number to 0.</summary>
    public void Clear()
    {
        foreach (Parameter parameter in Tensors.Parameters)
        {
            this[parameter].Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _companions.ForEach(companion => companion.Dispose());
        _companions.Clear();
        _buffer.Dispose();
    }

    /// <summary>Lets something end with the block: a copy of it on a device.</summary>
    internal void Accompany(IDisposable companion) => _companions.Add(companion);

    internal Span<float> At(long offset, int length) => _buffer.Slice(offset, length);
}
