using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>One sequence's row of a <see cref="CachePool"/>.</summary>
internal sealed class TorchCache : KeyValueCache
{
    private bool _returned;

    public TorchCache(DecoderConfig config, CachePool pool)
        : base(config, pool.Slots)
    {
        (Pool, Row) = (pool, pool.Rent());
    }

    public CachePool Pool { get; }

    public int Row { get; }

    /// <inheritdoc/>
    public override long Bytes => Pool.RowBytes;

    /// <inheritdoc/>
    protected override void CopyTokens(KeyValueCache other, int tokens)
    {
        TorchCache source = other as TorchCache ?? throw new ArgumentException("The other cache belongs to a decoder of another kind; copy only between caches of one decoder.");
        if (!source.Config.HasShapeOf(Config))
        {
            throw new ArgumentException("The other cache belongs to a decoder of another shape; copy only between caches of one decoder.");
        }
        Pool.Copy(source.Pool, source.Row, Row, tokens);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_returned)
        {
            _returned = true;
            Pool.Return(Row);
        }
    }
}
