namespace MicroChat.Kernels;

/// <summary>The members' share of <see cref="Attention.Backward"/>: pieces of (row, key head), taken from a counter; no sum has two writers.</summary>
/// <remarks>
/// With P the softmax, Δ = Σ dy·y per query and dS = P ∘ (dy·Vᵀ − Δ): dV = Pᵀ·dy, dK = scale · dSᵀ·Q, dQ = scale · dS·K.
/// </remarks>
internal unsafe struct AttentionBackward : ICrewWork
{
    public float* Qkv, Y, LogSumExp, Dy, Dqkv;
    public int* RowStarts;
    public int B, T;
    public AttentionShape Shape;
    private int _taken;

    public void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        int pieces = B * Shape.KeyValueHeads;
        for (int piece = Interlocked.Increment(ref _taken) - 1; piece < pieces; piece = Interlocked.Increment(ref _taken) - 1)
        {
            int b = piece / Shape.KeyValueHeads;
            if (RowStarts[b + 1] > RowStarts[b])
            {
                Piece<V>(RowStarts[b], RowStarts[b + 1] - RowStarts[b], piece % Shape.KeyValueHeads);
            }
        }
    }

    private readonly void Piece<V>(int row, int tokens, int keyHead)
        where V : unmanaged, ILanes<V>
    {
        int D = Shape.HeadSize, H = Shape.Heads, padded = AttentionTiles.PaddedHead<V>(D), all = AttentionTiles.PaddedKeys(tokens);
        Buffers at = Buffers.Rent(all, D, padded);
        nint stride = Shape.Stride;
        float* k = Qkv + (row * stride) + ((H + keyHead) * D), v = k + (Shape.KeyValueHeads * D);
        AttentionTiles.PackTransposed(k, stride, tokens, D, at.KeysAcross);
        AttentionTiles.PackTransposed(v, stride, tokens, D, at.ValuesAcross);
        AttentionTiles.Pack<V>(k, stride, tokens, tokens, D, 1f, at.Keys);
        new Span<float>(at.DKeys, all * padded).Clear();
        new Span<float>(at.DValues, all * padded).Clear();
        for (int h = keyHead * Shape.Group; h < (keyHead + 1) * Shape.Group; h++)
        {
            for (int t = 0; t < tokens; t += AttentionTiles.Queries)
            {
                Queries<V>(at, row, t, Math.Min(AttentionTiles.Queries, tokens - t), h);
            }
        }
        float* dk = Dqkv + (row * stride) + ((H + keyHead) * D);
        AttentionTiles.Unpack<V>(at.DKeys, tokens, D, 1f, dk, stride);
        AttentionTiles.Unpack<V>(at.DValues, tokens, D, 1f, dk + (Shape.KeyValueHeads * D), stride);
    }

    /// <summary>One tile of queries of one head against all keys that it sees.</summary>
    private readonly void Queries<V>(Buffers at, int row, int t, int rows, int h)
        where V : unmanaged, ILanes<V>
    {
        const int Keys = AttentionTiles.Keys;
        int D = Shape.HeadSize, padded = AttentionTiles.PaddedHead<V>(D), M = AttentionTiles.PaddedRows(rows), limit = t + rows;
        nint stride = Shape.Stride, yStride = Shape.Heads * D, first = row + t;
        float* dy = Dy + (first * yStride) + (h * D), y = Y + (first * yStride) + (h * D);
        AttentionTiles.Pack<V>(Qkv + (first * stride) + (h * D), stride, rows, M, D, Shape.Scale, at.Q);
        AttentionTiles.Pack<V>(dy, yStride, rows, M, D, 1f, at.Dy);
        for (int m = 0; m < rows; m++)
        {
            at.Delta[m] = Rows.Dot<V>(dy + (m * yStride), y + (m * yStride), D);
        }
        new Span<float>(at.DQ, M * padded).Clear();
        for (int key = 0; key < limit; key += Keys)
        {
            int count = Math.Min(Keys, limit - key), N = (count + V.Count - 1) / V.Count * V.Count, countRows = AttentionTiles.PaddedRows(count);
            Tile.Multiply<V>(at.Q, padded, 1, at.KeysAcross + ((nint)key * D), Keys, at.P, Keys, M, N, D, add: false);
            Tile.Multiply<V>(at.Dy, padded, 1, at.ValuesAcross + ((nint)key * D), Keys, at.DS, Keys, M, N, D, add: false);
            for (int m = 0; m < rows; m++)
            {
                int visible = Math.Clamp(t + m + 1 - key, 0, count);
                Slopes<V>(at.P + (m * Keys), at.DS + (m * Keys), visible, Math.Max(N, countRows), LogSumExp[((nint)h * T) + first + m], at.Delta[m]);
            }
            nint packed = (nint)key * padded;
            Tile.Multiply<V>(at.P, 1, Keys, at.Dy, padded, at.DValues + packed, padded, countRows, padded, rows, add: true);
            Tile.Multiply<V>(at.DS, 1, Keys, at.Q, padded, at.DKeys + packed, padded, countRows, padded, rows, add: true);
            Tile.Multiply<V>(at.DS, Keys, 1, at.Keys + packed, padded, at.DQ, padded, M, padded, count, add: true);
        }
        AttentionTiles.Unpack<V>(at.DQ, rows, D, Shape.Scale, Dqkv + (first * stride) + (h * D), stride);
    }

    /// <summary>p = e^(score − logSumExp), ds = p · (dp − Δ); both 0 behind the visible keys.</summary>
    private static void Slopes<V>(float* p, float* ds, int visible, int end, float logSumExp, float delta)
        where V : unmanaged, ILanes<V>
    {
        V shift = V.All(logSumExp), away = V.All(delta);
        for (int n = 0; n < visible; n += V.Count)
        {
            V e = Rows.Exp(V.Load(p + n) - shift);
            e.Store(p + n);
            (e * (V.Load(ds + n) - away)).Store(ds + n);
        }
        new Span<float>(p + visible, end - visible).Clear();
        new Span<float>(ds + visible, end - visible).Clear();
    }

    /// <summary>Where a piece keeps its packed tiles and sums, in the thread's scratch.</summary>
    private readonly struct Buffers
    {
        public float* KeysAcross { get; private init; }

        public float* ValuesAcross { get; private init; }

        public float* Keys { get; private init; }

        public float* DKeys { get; private init; }

        public float* DValues { get; private init; }

        public float* Q { get; private init; }

        public float* Dy { get; private init; }

        public float* DQ { get; private init; }

        public float* P { get; private init; }

        public float* DS { get; private init; }

        public float* Delta { get; private init; }

        public static Buffers Rent(int keys, int headSize, int padded)
        {
            const int Rows = AttentionTiles.Queries, Scores = Rows * AttentionTiles.Keys;
            int across = checked(keys * headSize), along = checked(keys * padded), queries = Rows * padded;
            float* at = Scratch.Rent(checked((2 * across) + (3 * along) + (3 * queries) + (2 * Scores) + Rows));
            float* keysAlong = at + (2 * (nint)across), q = keysAlong + (3 * (nint)along), p = q + (3 * queries);
            return new Buffers
            {
                KeysAcross = at, ValuesAcross = at + across,
                Keys = keysAlong, DKeys = keysAlong + along, DValues = keysAlong + (2 * (nint)along),
                Q = q, Dy = q + queries, DQ = q + (2 * queries),
                P = p, DS = p + Scores, Delta = p + (2 * Scores),
            };
        }
    }
}
