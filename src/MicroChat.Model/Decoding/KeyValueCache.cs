using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>Keys and values of one sequence, all layers, for up to <see cref="Slots"/> tokens.</summary>
public sealed unsafe class KeyValueCache : IDisposable
{
    private readonly NativeBuffer<float> _buffer;
    private readonly int _layerFloats;
    private readonly int _heads;
    private readonly int _headSize;

    private readonly DecoderConfig _config;

    internal KeyValueCache(DecoderConfig config, int slots)
    {
        _config = config;
        Shape.Require(slots >= 1, slots, $"at least 1");
        Slots = slots;
        (_heads, _headSize) = (config.KeyValueHeads, config.HeadSize);
        _layerFloats = checked(config.KeyValueHeads * slots * config.HeadSize);
        _buffer = new NativeBuffer<float>(Floats(config, slots));
    }

    /// <summary>Tokens that fit. Unit: tokens.</summary>
    public int Slots { get; }

    /// <summary>Tokens in the cache. Unit: tokens.</summary>
    public int Seen { get; private set; }

    /// <summary>
    /// The adapter that this sequence runs with; null: the base alone. The keys and values in a cache are those of one adapter, so it can
    /// be changed only while the cache is empty.
    /// </summary>
    /// <exception cref="InvalidOperationException">The cache holds tokens.</exception>
    /// <exception cref="ArgumentException">The adapter was made for another shape.</exception>
    public LoraAdapter? Adapter
    {
        get;
        set
        {
            if (Seen > 0 && !ReferenceEquals(value, field))
            {
                throw new InvalidOperationException($"The cache holds {Seen} tokens that another adapter computed; truncate it to 0 first.");
            }
            value?.RequireFits(_config);
            field = value;
        }
    }

    /// <summary>Bytes held.</summary>
    public long Bytes => _buffer.Length * sizeof(float);

    /// <summary>Forgets everything from token <paramref name="seen"/> on.</summary>
    public void Truncate(int seen)
    {
        Shape.Require(seen >= 0 && seen <= Seen, seen, $"between 0 and the {Seen} tokens in the cache");
        Seen = seen;
    }

    /// <summary>Forgets everything and becomes a copy of the first tokens of another cache of the same model and adapter.</summary>
    /// <exception cref="ArgumentException">The other does not hold that many, they do not fit here, or it has another shape or adapter. Nothing was written.</exception>
    public void CopyFrom(KeyValueCache other, int tokens)
    {
        Shape.Require(tokens >= 0 && tokens <= other.Seen, tokens, $"between 0 and the {other.Seen} tokens in the other cache");
        if (!ReferenceEquals(other.Adapter, Adapter))
        {
            throw new ArgumentException("The other cache was filled with another adapter than this one names; copy only between sequences of one adapter.");
        }
        Shape.Require(tokens <= Slots, tokens, $"within the {Slots} slots here");
        long planes = _buffer.Length / _layerFloats * _heads;         // keys and values of all layers and heads
        long othersPlanes = other._buffer.Length / other._layerFloats * other._heads;
        Shape.Require(othersPlanes == planes && other._headSize == _headSize, othersPlanes, $"the {planes} planes of this cache, of {_headSize} channels");
        for (long plane = 0; plane < planes; plane++)
        {
            other._buffer.Slice(plane * other.Slots * _headSize, tokens * _headSize).CopyTo(_buffer.Slice(plane * Slots * _headSize, tokens * _headSize));
        }
        Seen = tokens;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    /// <summary>Floats of a cache.</summary>
    internal static long Floats(DecoderConfig config, int slots) => 2L * config.Layers * config.KeyValueHeads * slots * config.HeadSize;

    internal void Advance(int tokens) => Seen += tokens;

    /// <summary>The cache of one layer as the kernels see it, with <paramref name="coming"/> tokens about to be appended.</summary>
    internal CacheView View(int layer, int coming)
    {
        fixed (float* keys = _buffer.Slice(2L * layer * _layerFloats, _layerFloats)) // native memory: the address stays
        fixed (float* values = _buffer.Slice((2L * layer + 1) * _layerFloats, _layerFloats))
        {
            return new CacheView { Keys = keys, Values = values, Slots = Slots, Seen = Seen + coming };
        }
    }
}
