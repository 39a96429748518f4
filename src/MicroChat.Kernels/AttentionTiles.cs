using System.Runtime.CompilerServices;

namespace MicroChat.Kernels;

/// <summary>Sizes that every part of an attention call needs.</summary>
internal readonly record struct AttentionShape(int Heads, int KeyValueHeads, int HeadSize, float Scale)
{
    /// <summary>Query heads that share one key head.</summary>
    public int Group => Heads / KeyValueHeads;

    /// <summary>Floats of a fused row.</summary>
    public int Stride => (Heads + (2 * KeyValueHeads)) * HeadSize;
}

/// <summary>The steps on tiles of queries × keys that training and decoding share.</summary>
internal static unsafe class AttentionTiles
{
    /// <summary>Queries of a tile: a multiple of <see cref="Tile.RowBlock"/>.</summary>
    public const int Queries = 48;

    /// <summary>Keys of a tile: a multiple of <see cref="Tile.RowBlock"/> and of two registers.</summary>
    public const int Keys = 96;

    /// <summary>Queries that one member takes at once; it packs the keys once for all of them.</summary>
    public const int Chunk = 10 * Queries;

    /// <summary>Floats from row to row of a packed head: D rounded up to whole registers; the rest is 0.</summary>
    public static int PaddedHead<V>(int headSize)
        where V : unmanaged, ILanes<V> => (headSize + V.Count - 1) / V.Count * V.Count;

    /// <summary>Rounds tokens up to whole key tiles.</summary>
    public static int PaddedKeys(int tokens) => (tokens + Keys - 1) / Keys * Keys;

    /// <summary>Floats that <see cref="Forward"/> needs beside the packed keys and values.</summary>
    public static int ForwardScratch(int paddedHead) => (Queries * paddedHead * 2) + (Queries * Keys) + (2 * Queries);

    /// <summary>Tiles of keys, each (D,Keys): the columns are contiguous for the score product. Missing keys are 0.</summary>
    public static void PackTransposed(float* rows, nint stride, int tokens, int headSize, float* packed)
    {
        for (int start = 0; start < tokens; start += Keys, packed += headSize * Keys)
        {
            int count = Math.Min(Keys, tokens - start);
            for (int n = 0; n < count; n++)
            {
                float* row = rows + ((start + n) * stride);
                for (int d = 0; d < headSize; d++)
                {
                    packed[(d * Keys) + n] = row[d];
                }
            }
            for (int d = 0; d < headSize && count < Keys; d++)
            {
                new Span<float>(packed + (d * Keys) + count, Keys - count).Clear();
            }
        }
    }

    /// <summary>packed[n] = factor · rows[n], rows of D floats into rows of the padded size; up to <paramref name="paddedRows"/> all is 0.</summary>
    public static void Pack<V>(float* rows, nint stride, int tokens, int paddedRows, int headSize, float factor, float* packed)
        where V : unmanaged, ILanes<V>
    {
        int padded = PaddedHead<V>(headSize);
        V scale = V.All(factor);
        for (int n = 0; n < tokens; n++)
        {
            float* row = rows + (n * stride);
            for (int d = 0; d < padded; d += V.Count)
            {
                (Rows.Load<V>(row, d, headSize) * scale).Store(packed + ((nint)n * padded) + d);
            }
        }
        new Span<float>(packed + ((nint)tokens * padded), (paddedRows - tokens) * padded).Clear();
    }

    /// <summary>rows[n] = factor · packed[n].</summary>
    public static void Unpack<V>(float* packed, int tokens, int headSize, float factor, float* rows, nint stride)
        where V : unmanaged, ILanes<V>
    {
        int padded = PaddedHead<V>(headSize);
        for (int n = 0; n < tokens; n++)
        {
            Rows.Scale<V>(packed + ((nint)n * padded), factor, rows + (n * stride), headSize);
        }
    }

    /// <summary>Rounds rows up to whole register blocks.</summary>
    public static int PaddedRows(int rows) => (rows + Tile.RowBlock - 1) / Tile.RowBlock * Tile.RowBlock;

    /// <summary>
    /// Attention of up to <see cref="Queries"/> neighbouring queries of one head over packed keys and values; query m sees the first
    /// <paramref name="seen"/> + m keys.
    /// </summary>
    /// <param name="query">First query; the others follow <paramref name="queryStride"/> floats apart.</param>
    /// <param name="queryStride">Floats.</param>
    /// <param name="rows">Number of queries.</param>
    /// <param name="seen">Keys that the first query sees, at least 1.</param>
    /// <param name="keys">From <see cref="PackTransposed"/>.</param>
    /// <param name="values">From <see cref="Pack"/>.</param>
    /// <param name="shape">D and the scale.</param>
    /// <param name="y">First output.</param>
    /// <param name="yStride">Floats.</param>
    /// <param name="logSumExp">One number per query, or null.</param>
    /// <param name="scratch"><see cref="ForwardScratch"/> floats.</param>
    public static void Forward<V>(
        float* query, nint queryStride, int rows, int seen, float* keys, float* values, AttentionShape shape,
        float* y, nint yStride, float* logSumExp, float* scratch)
        where V : unmanaged, ILanes<V>
    {
        int D = shape.HeadSize, padded = PaddedHead<V>(D), M = PaddedRows(rows), limit = seen + rows - 1;
        float* q = scratch, sums = q + (Queries * padded), scores = sums + (Queries * padded), max = scores + (Queries * Keys), total = max + Queries;
        Pack<V>(query, queryStride, rows, M, D, shape.Scale, q);
        new Span<float>(sums, M * padded).Clear();
        new Span<float>(max, rows).Fill(float.NegativeInfinity);
        new Span<float>(total, rows).Clear();
        for (int key = 0; key < limit; key += Keys)
        {
            int count = Math.Min(Keys, limit - key), N = (count + V.Count - 1) / V.Count * V.Count;
            Tile.Multiply<V>(q, padded, 1, keys + ((nint)key * D), Keys, scores, Keys, M, N, D, add: false);
            for (int m = 0; m < rows; m++)
            {
                int visible = Math.Clamp(seen + m - key, 0, count);
                Soften<V>(scores + (m * Keys), visible, N, ref max[m], ref total[m], sums + (m * padded), padded);
            }
            Tile.Multiply<V>(scores, Keys, 1, values + ((nint)key * padded), padded, sums, padded, M, padded, count, add: true);
        }
        for (int m = 0; m < rows; m++)
        {
            Rows.Scale<V>(sums + (m * padded), 1f / total[m], y + (m * yStride), D);
            if (logSumExp is not null)
            {
                logSumExp[m] = max[m] + MathF.Log(total[m]);
            }
        }
    }

    /// <summary>Turns a row of scores into e^(score − max), 0 behind the visible ones; a new maximum shrinks what was summed before.</summary>
    private static void Soften<V>(float* scores, int visible, int N, ref float max, ref float total, float* sums, int padded)
        where V : unmanaged, ILanes<V>
    {
        float largest = MathF.Max(max, Rows.Max<V>(scores, visible));
        if (largest > max)
        {
            float shrink = MathF.Exp(max - largest);
            total *= shrink;
            Rows.Scale<V>(sums, shrink, sums, padded);
            max = largest;
        }
        V shift = V.All(max), sum = V.All(0);
        int n = 0;
        for (; n <= visible - V.Count; n += V.Count)
        {
            V e = Rows.Exp(V.Load(scores + n) - shift);
            e.Store(scores + n);
            sum += e;
        }
        if (n < visible)
        {
            Rows.Exp(V.Load(scores + n) - shift).StoreFirst(scores + n, visible - n);
            sum += V.LoadFirst(scores + n, visible - n);
        }
        new Span<float>(scores + visible, N - visible).Clear();
        total += sum.Sum();
    }
}
