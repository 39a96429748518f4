using MicroChat.Model.Decoding;

namespace MicroChat.Torch;

/// <summary>
/// Causal attention within each row of a ragged batch. Rows are lined up to the longest for this product only: a token sees nothing after
/// itself, so what fills a shorter row up is never seen.
/// </summary>
internal sealed class RowAttention : ITorchAttention, IDisposable
{
    private readonly long _rows;
    private readonly long _longest;
    private readonly int _group;
    private readonly Tensor? _places;

    /// <param name="config">The decoder's shape.</param>
    /// <param name="rowStarts">(B + 1) borders.</param>
    /// <param name="device">Where.</param>
    public RowAttention(DecoderConfig config, ReadOnlySpan<int> rowStarts, torch.Device device)
    {
        (_rows, _group) = (rowStarts.Length - 1, config.Heads / config.KeyValueHeads);
        for (int b = 1; b < rowStarts.Length; b++)
        {
            _longest = Math.Max(_longest, rowStarts[b] - rowStarts[b - 1]);
        }
        if (_rows * _longest != rowStarts[^1])
        {
            int[] places = new int[rowStarts[^1]];
            for (int b = 0; b + 1 < rowStarts.Length; b++)
            {
                for (int t = rowStarts[b]; t < rowStarts[b + 1]; t++)
                {
                    places[t] = (int)((b * _longest) + t - rowStarts[b]);
                }
            }
            _places = Tensors.Keep(Tensors.Indices(places, device));
        }
    }

    /// <inheritdoc/>
    public Tensor Attend(int layer, Tensor q, Tensor k, Tensor v)
    {
        Tensor y = Fused(LineUp(q), Repeat(LineUp(k)), Repeat(LineUp(v)), mask: null, causal: true); // (B,H,n,D)
        Tensor flat = y.transpose(1, 2).reshape(_rows * _longest, q.shape[1] * q.shape[2]);
        return _places is null ? flat : flat.index_select(0, _places);
    }

    public void Dispose() => _places?.Dispose();

    /// <summary>Softmax(q·kᵀ/√D)·v by the library's fused kernel; (…,H,T,D) each.</summary>
    public static Tensor Fused(Tensor q, Tensor k, Tensor v, Tensor? mask, bool causal) =>
        torch.nn.functional.scaled_dot_product_attention(q, k, v, mask, 0, causal);

    /// <summary>(T,heads,D) → (B,heads,n,D).</summary>
    private Tensor LineUp(Tensor x)
    {
        long heads = x.shape[1], D = x.shape[2];
        Tensor lined = _places is null ? x : torch.zeros([_rows * _longest, heads * D], x.dtype, x.device).index_copy(0, _places, x.reshape(-1, heads * D));
        return lined.reshape(_rows, _longest, heads, D).transpose(1, 2);
    }

    /// <summary>(B,Hkv,n,D) → (B,H,n,D): each key head once for every query head of its group.</summary>
    private Tensor Repeat(Tensor x) => _group == 1
        ? x
        : x.unsqueeze(2).expand(x.shape[0], x.shape[1], _group, x.shape[2], x.shape[3]).reshape(x.shape[0], x.shape[1] * _group, x.shape[2], x.shape[3]);
}
