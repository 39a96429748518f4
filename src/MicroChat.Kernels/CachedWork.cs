namespace MicroChat.Kernels;

/// <summary>The members' share of <see cref="CachedAttention.Append"/>.</summary>
internal unsafe struct CacheAppend : ICrewWork
{
    public float* Qkv;
    public CacheView* Caches;
    public int* RowStarts;
    public int RowStride, B;
    public AttentionShape Shape;

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        int D = Shape.HeadSize, kv = Shape.KeyValueHeads;
        (int from, int to) = CrewWork.Share(RowStarts[B], member, members);
        for (int b = 0; b < B; b++)
        {
            CacheView cache = Caches[b];
            int end = RowStarts[b + 1];
            for (int t = Math.Max(from, RowStarts[b]); t < Math.Min(to, end); t++)
            {
                float* key = Qkv + ((nint)t * RowStride) + (Shape.Heads * D);
                for (int h = 0; h < kv; h++)
                {
                    nint slot = (((nint)h * cache.Slots) + cache.Seen - end + t) * D;
                    new ReadOnlySpan<float>(key + (h * D), D).CopyTo(new Span<float>(cache.Keys + slot, D));
                    new ReadOnlySpan<float>(key + ((kv + h) * D), D).CopyTo(new Span<float>(cache.Values + slot, D));
                }
            }
        }
    }
}

/// <summary>
/// The members' share of <see cref="CachedAttention.Forward"/>, taken from a counter: one query head and a chunk of a sequence's queries
/// is a piece. Every query is computed on its own, so that its bits do not depend on how many others came with it.
/// </summary>
internal unsafe struct CachedForward : ICrewWork
{
    /// <summary>Queries of a piece: their keys stay in the cache from one to the next.</summary>
    private const int Chunk = 32;

    public float* Qkv, Y;
    public CacheView* Caches;
    public int* RowStarts;
    public int RowStride, B;
    public AttentionShape Shape;
    private int _taken;

    public void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        int piece = Interlocked.Increment(ref _taken) - 1, first = 0;
        for (int b = 0; b < B; b++)
        {
            int n = RowStarts[b + 1] - RowStarts[b], pieces = (n + Chunk - 1) / Chunk * Shape.Heads;
            for (; piece < first + pieces; piece = Interlocked.Increment(ref _taken) - 1)
            {
                int from = (piece - first) / Shape.Heads * Chunk;
                Queries<V>(b, n, from, Math.Min(from + Chunk, n), (piece - first) % Shape.Heads);
            }
            first += pieces;
        }
    }

    private readonly void Queries<V>(int b, int n, int from, int to, int h)
        where V : unmanaged, ILanes<V>
    {
        int D = Shape.HeadSize;
        CacheView cache = Caches[b];
        float* scores = Scratch.Rent(cache.Slots); // not Seen, which would grow it again and again
        nint head = (nint)(h / Shape.Group) * cache.Slots * D;
        for (int j = from; j < to; j++)
        {
            nint t = RowStarts[b] + j;
            One<V>(
                Qkv + (t * RowStride) + (h * D), cache.Keys + head, cache.Values + head, cache.Seen - n + j + 1, scores,
                Y + (t * Shape.Heads * D) + (h * D));
        }
    }

    private readonly void One<V>(float* query, float* keys, float* values, int seen, float* scores, float* y)
        where V : unmanaged, ILanes<V>
    {
        int D = Shape.HeadSize;
        for (int s = 0; s < seen; s++)
        {
            scores[s] = Rows.Dot<V>(query, keys + ((nint)s * D), D) * Shape.Scale;
        }
        V shift = V.All(Rows.Max<V>(scores, seen));
        for (int s = 0; s < seen; s += V.Count)
        {
            Rows.Store(Rows.Exp(Rows.Load<V>(scores, s, seen) - shift), scores, s, seen);
        }
        V share = V.All(1f / Rows.Sum<V>(scores, seen));
        int d = 0;
        for (; d <= D - (4 * V.Count); d += 4 * V.Count)
        {
            V y0 = V.All(0), y1 = y0, y2 = y0, y3 = y0;
            float* value = values + d;
            for (int s = 0; s < seen; s++, value += D)
            {
                V p = V.All(scores[s]);
                y0 = V.MultiplyAdd(p, V.Load(value), y0);
                y1 = V.MultiplyAdd(p, V.Load(value + V.Count), y1);
                y2 = V.MultiplyAdd(p, V.Load(value + (2 * V.Count)), y2);
                y3 = V.MultiplyAdd(p, V.Load(value + (3 * V.Count)), y3);
            }
            (y0 * share).Store(y + d);
            (y1 * share).Store(y + d + V.Count);
            (y2 * share).Store(y + d + (2 * V.Count));
            (y3 * share).Store(y + d + (3 * V.Count));
        }
        for (; d < D; d += V.Count)
        {
            V sum = V.All(0);
            for (int s = 0; s < seen; s++)
            {
                sum = V.MultiplyAdd(V.All(scores[s]), Rows.Load<V>(values + ((nint)s * D), d, D), sum);
            }
            Rows.Store(sum * share, y, d, D);
        }
    }
}
