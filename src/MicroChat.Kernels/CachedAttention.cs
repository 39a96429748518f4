namespace MicroChat.Kernels;

/// <summary>One sequence's keys and values of one layer, owned by the caller.</summary>
public readonly unsafe struct CacheView
{
    /// <summary>(Hkv,S,D)</summary>
    public float* Keys { get; init; }

    /// <summary>(Hkv,S,D)</summary>
    public float* Values { get; init; }

    /// <summary>S: tokens that there is room for.</summary>
    public int Slots { get; init; }

    /// <summary>Tokens in the cache, those of the current call included.</summary>
    public int Seen { get; init; }
}

/// <summary>Causal attention of new tokens against cached sequences, for decoding and prefill.</summary>
/// <remarks>A sequence's result depends on its own tokens and cache only: not on the other sequences of the call, nor on the threads.</remarks>
public static unsafe class CachedAttention
{
    /// <summary>Copies the keys and values of the new tokens to slots [Seen − n, Seen) of their sequences' caches.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="qkv">T rows of <paramref name="rowStride"/> floats that begin with [q heads | k heads | v heads], rotated.</param>
    /// <param name="rowStride">Floats from row to row, at least (H + 2·Hkv)·D.</param>
    /// <param name="caches">(B): the views that <see cref="Forward"/> gets next.</param>
    /// <param name="rowStarts">(B + 1): sequence b has the n = rowStarts[b + 1] − rowStarts[b] new tokens from rowStarts[b] on.</param>
    /// <param name="heads">H.</param>
    /// <param name="keyValueHeads">Hkv.</param>
    /// <param name="headSize">D.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void Append(
        Crew crew, ReadOnlySpan<float> qkv, int rowStride, ReadOnlySpan<CacheView> caches, ReadOnlySpan<int> rowStarts,
        int heads, int keyValueHeads, int headSize)
    {
        int T = Require(qkv, rowStride, caches, rowStarts, heads, keyValueHeads, headSize);
        fixed (float* px = qkv)
        fixed (CacheView* pc = caches)
        fixed (int* pr = rowStarts)
        {
            var work = new CacheAppend
            {
                Qkv = px, RowStride = rowStride, Caches = pc, RowStarts = pr, B = caches.Length,
                Shape = new AttentionShape(heads, keyValueHeads, headSize, 1f),
            };
            CrewWork.Run(crew, work, (long)T * keyValueHeads * headSize * 2);
        }
    }

    /// <summary>Attention of every new token; the j-th of a sequence's n new tokens sees its first Seen − n + j + 1 cached tokens.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="qkv">As in <see cref="Append"/>, which came before.</param>
    /// <param name="rowStride">Floats from row to row.</param>
    /// <param name="y">(T,H·D)</param>
    /// <param name="caches">(B)</param>
    /// <param name="rowStarts">(B + 1)</param>
    /// <param name="heads">H.</param>
    /// <param name="keyValueHeads">Hkv: divides H.</param>
    /// <param name="headSize">D.</param>
    /// <param name="scale">Usually 1/√D.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void Forward(
        Crew crew, ReadOnlySpan<float> qkv, int rowStride, Span<float> y, ReadOnlySpan<CacheView> caches, ReadOnlySpan<int> rowStarts,
        int heads, int keyValueHeads, int headSize, float scale)
    {
        int T = Require(qkv, rowStride, caches, rowStarts, heads, keyValueHeads, headSize);
        Shape.Require(y.Length == (long)T * heads * headSize, y.Length, $"{T} tokens · H·D = {(long)heads * headSize}");
        long cost = 0;
        for (int b = 0; b < caches.Length; b++)
        {
            cost += (rowStarts[b + 1] - rowStarts[b]) * (long)caches[b].Seen * heads * headSize;
        }
        fixed (float* px = qkv, py = y)
        fixed (CacheView* pc = caches)
        fixed (int* pr = rowStarts)
        {
            var work = new CachedForward
            {
                Qkv = px, RowStride = rowStride, Y = py, Caches = pc, RowStarts = pr, B = caches.Length,
                Shape = new AttentionShape(heads, keyValueHeads, headSize, scale),
            };
            CrewWork.Run(crew, work, cost);
        }
    }

    private static int Require(
        ReadOnlySpan<float> qkv, int rowStride, ReadOnlySpan<CacheView> caches, ReadOnlySpan<int> rowStarts, int heads, int keyValueHeads, int headSize)
    {
        int T = Attention.RequireRows(rowStarts, heads, keyValueHeads, headSize);
        long width = (heads + (2L * keyValueHeads)) * headSize;
        Shape.Require(rowStride >= width, rowStride, $"at least (H + 2·Hkv)·D = {width}");
        Shape.Require(qkv.Length == (long)T * rowStride, qkv.Length, $"{T} tokens · rowStride {rowStride}");
        Shape.Require(caches.Length == rowStarts.Length - 1, caches.Length, $"one per sequence, {rowStarts.Length - 1}");
        for (int b = 0; b < caches.Length; b++)
        {
            int n = rowStarts[b + 1] - rowStarts[b];
            Shape.Require(caches[b].Seen >= n && caches[b].Seen <= caches[b].Slots, caches[b].Seen, $"from {n} new tokens to {caches[b].Slots} slots");
            Shape.Require(n == 0 || (caches[b].Keys is not null && caches[b].Values is not null), b, $"a sequence whose cache has memory");
        }
        return T;
    }
}
