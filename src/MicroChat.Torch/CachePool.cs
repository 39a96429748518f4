using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>
/// Keys and values of many sequences of at most so many tokens, side by side in one tensor per block, so that a step attends for all of them
/// at once. Grows by doubling; a row that was given back is used again, the first free one first, so that those in use lie together.
/// </summary>
internal sealed class CachePool(DecoderConfig config, int slots, TorchPlace place) : IDisposable
{
    private readonly List<bool> _used = [];
    private Tensor? _keys;
    private Tensor? _values;
    private Tensor[] _layerKeys = [];
    private Tensor[] _layerValues = [];

    /// <summary>Tokens of a row.</summary>
    public int Slots => slots;

    /// <summary>Bytes of a row.</summary>
    public long RowBytes => 2L * config.Layers * slots * config.KeyValueHeads * config.HeadSize * place.NumberBytes;

    /// <summary>Keys of a block, (rows,S,Hkv,D).</summary>
    public Tensor Keys(int layer) => _layerKeys[layer];

    /// <summary>Values of a block, (rows,S,Hkv,D).</summary>
    public Tensor Values(int layer) => _layerValues[layer];

    /// <summary>Takes a row.</summary>
    public int Rent()
    {
        int row = _used.IndexOf(false);
        if (row < 0)
        {
            row = _used.Count;
            Grow(Math.Max(1, 2 * row));
        }
        _used[row] = true;
        return row;
    }

    /// <summary>Gives a row back.</summary>
    public void Return(int row) => _used[row] = false;

    /// <summary>Copies the first tokens of a row of another pool of the same decoder.</summary>
    public void Copy(CachePool other, int from, int to, int tokens)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable plain = torch.no_grad();
        _keys!.select(1, to).narrow(1, 0, tokens).copy_(other._keys!.select(1, from).narrow(1, 0, tokens));
        _values!.select(1, to).narrow(1, 0, tokens).copy_(other._values!.select(1, from).narrow(1, 0, tokens));
    }

    public void Dispose()
    {
        foreach (Tensor? tensor in (Tensor?[])[_keys, _values, .. _layerKeys, .. _layerValues])
        {
            tensor?.Dispose();
        }
    }

    private void Grow(int rows)
    {
        RequireRoom(rows);
        using (IDisposable plain = torch.no_grad())
        {
            Tensor keys = Grown(_keys, rows), values = Grown(_values, rows);
            Dispose();
            (_keys, _values) = (keys, values);
            _layerKeys = [.. Enumerable.Range(0, config.Layers).Select(layer => Tensors.Keep(keys.select(0, layer)))];
            _layerValues = [.. Enumerable.Range(0, config.Layers).Select(layer => Tensors.Keep(values.select(0, layer)))];
        }
        _used.AddRange(Enumerable.Repeat(false, rows - _used.Count));
    }

    private Tensor Grown(Tensor? old, int rows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor grown = torch.zeros([config.Layers, rows, slots, config.KeyValueHeads, config.HeadSize], place.Number, place.Device);
        if (old is not null)
        {
            grown.narrow(1, 0, old.shape[1]).copy_(old);
        }
        return Tensors.Keep(grown);
    }

    private void RequireRoom(int rows)
    {
        long wanted = rows * RowBytes, available = place.AvailableBytes();
        if (wanted > available)
        {
            throw new DeviceMemoryException(
                $"Caches of {rows:N0} sequences of {slots:N0} tokens take {wanted >> 20:N0} MiB, and {available >> 20:N0} MiB are free on {place.Description}. "
                + "Serve fewer sequences at once, shorten the context, or use a smaller number format.");
        }
    }
}
