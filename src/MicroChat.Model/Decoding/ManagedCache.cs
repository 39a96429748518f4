using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>The managed decoder's cache: float32, outside the collector's heap.</summary>
internal sealed unsafe class ManagedCache : KeyValueCache
{
    private readonly NativeBuffer<float> _buffer;
    private readonly int _layerFloats;
    private readonly int _heads;
    private readonly int _headSize;

    public ManagedCache(DecoderConfig config, int slots)
        : base(config, slots)
    {
        (_heads, _headSize) = (config.KeyValueHeads, config.HeadSize);
        _layerFloats = checked(config.KeyValueHeads * slots * config.HeadSize);
        _buffer = new NativeBuffer<float>(Floats(config, slots));
    }

    /// <inheritdoc/>
    public override long Bytes => _buffer.Length * sizeof(float);

    /// <summary>Floats of a cache.</summary>
    public static long Floats(DecoderConfig config, int slots) => 2L * config.Layers * config.KeyValueHeads * slots * config.HeadSize;

    /// <summary>The cache of one layer as the kernels see it, with <paramref name="coming"/> tokens about to be appended.</summary>
    public CacheView View(int layer, int coming)
    {
        fixed (float* keys = _buffer.Slice(2L * layer * _layerFloats, _layerFloats)) // native memory: the address stays
        fixed (float* values = _buffer.Slice((2L * layer + 1) * _layerFloats, _layerFloats))
        {
            return new CacheView { Keys = keys, Values = values, Slots = Slots, Seen = Seen + coming };
        }
    }

    /// <inheritdoc/>
    protected override void CopyTokens(KeyValueCache other, int tokens)
    {
        ManagedCache source = other as ManagedCache ?? throw new ArgumentException("The other cache belongs to a decoder of another kind; copy only between caches of one decoder.");
        long planes = _buffer.Length / _layerFloats * _heads;         // keys and values of all layers and heads
        long othersPlanes = source._buffer.Length / source._layerFloats * source._heads;
        Shape.Require(othersPlanes == planes && source._headSize == _headSize, othersPlanes, $"the {planes} planes of this cache, of {_headSize} channels");
        for (long plane = 0; plane < planes; plane++)
        {
            source._buffer.Slice(plane * source.Slots * _headSize, tokens * _headSize).CopyTo(_buffer.Slice(plane * Slots * _headSize, tokens * _headSize));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _buffer.Dispose();
        }
    }
}
