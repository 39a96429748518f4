namespace MicroChat.Kernels;

/// <summary>Causal attention over ragged rows for training: softmax over tiles of keys, never a matrix of T × T.</summary>
/// <remarks>
/// Source: Vaswani et al. 2017, eq. 1; tiles and the running softmax: Dao et al. 2022, arXiv:2205.14135; grouped heads: Ainslie et al. 2023,
/// arXiv:2305.13245. Every output is written by one member in a fixed order, so neither the number of threads nor their timing changes it.
/// </remarks>
public static unsafe class Attention
{
    /// <summary>y[t,h] = Σ_s softmax_s(scale · q[t,h]·k[s,g]) · v[s,g] over the tokens s ≤ t of t's row, g = h / (H/Hkv).</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="qkv">(T,(H + 2·Hkv)·D): rows [q heads | k heads | v heads], already rotated.</param>
    /// <param name="y">(T,H·D)</param>
    /// <param name="logSumExp">(H,T): log Σ_s e^(scale · q·k), kept for the backward.</param>
    /// <param name="rowStarts">(B + 1): from 0 to T, not falling; row b holds tokens [rowStarts[b], rowStarts[b + 1]).</param>
    /// <param name="heads">H.</param>
    /// <param name="keyValueHeads">Hkv: divides H.</param>
    /// <param name="headSize">D.</param>
    /// <param name="scale">Usually 1/√D.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void Forward(
        Crew crew, ReadOnlySpan<float> qkv, Span<float> y, Span<float> logSumExp, ReadOnlySpan<int> rowStarts,
        int heads, int keyValueHeads, int headSize, float scale)
    {
        int T = Require(qkv, y.Length, logSumExp.Length, rowStarts, heads, keyValueHeads, headSize);
        fixed (float* px = qkv, py = y, pl = logSumExp)
        fixed (int* pr = rowStarts)
        {
            var work = new AttentionForward
            {
                Qkv = px, Y = py, LogSumExp = pl, RowStarts = pr, B = rowStarts.Length - 1, T = T,
                Shape = new AttentionShape(heads, keyValueHeads, headSize, scale),
            };
            CrewWork.Run(crew, work, Cost(rowStarts, heads));
        }
    }

    /// <summary>The gradient of <see cref="Forward"/>.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="qkv">(T,(H + 2·Hkv)·D), as in the forward.</param>
    /// <param name="y">(T,H·D), from the forward.</param>
    /// <param name="logSumExp">(H,T), from the forward.</param>
    /// <param name="dy">(T,H·D)</param>
    /// <param name="dqkv">(T,(H + 2·Hkv)·D), overwritten; may not overlap the others.</param>
    /// <param name="rowStarts">(B + 1), as in the forward.</param>
    /// <param name="heads">H.</param>
    /// <param name="keyValueHeads">Hkv.</param>
    /// <param name="headSize">D.</param>
    /// <param name="scale">As in the forward.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void Backward(
        Crew crew, ReadOnlySpan<float> qkv, ReadOnlySpan<float> y, ReadOnlySpan<float> logSumExp, ReadOnlySpan<float> dy, Span<float> dqkv,
        ReadOnlySpan<int> rowStarts, int heads, int keyValueHeads, int headSize, float scale)
    {
        int T = Require(qkv, y.Length, logSumExp.Length, rowStarts, heads, keyValueHeads, headSize);
        Shape.Require(dy.Length == y.Length, dy.Length, $"y's length {y.Length}");
        Shape.Require(dqkv.Length == qkv.Length, dqkv.Length, $"qkv's length {qkv.Length}");
        fixed (float* px = qkv, py = y, pl = logSumExp, pdy = dy, pdx = dqkv)
        fixed (int* pr = rowStarts)
        {
            var work = new AttentionBackward
            {
                Qkv = px, Y = py, LogSumExp = pl, Dy = pdy, Dqkv = pdx, RowStarts = pr, B = rowStarts.Length - 1, T = T,
                Shape = new AttentionShape(heads, keyValueHeads, headSize, scale),
            };
            CrewWork.Run(crew, work, Cost(rowStarts, heads));
        }
    }

    /// <summary>Checks the number of heads and where rows start; returns T.</summary>
    internal static int RequireRows(ReadOnlySpan<int> rowStarts, int heads, int keyValueHeads, int headSize)
    {
        Shape.Require(headSize > 0, headSize, $"at least 1");
        Shape.Require(keyValueHeads > 0, keyValueHeads, $"at least 1");
        Shape.Require(heads > 0 && heads % keyValueHeads == 0, heads, $"a multiple of keyValueHeads = {keyValueHeads}");
        Shape.Require(!rowStarts.IsEmpty, rowStarts.Length, $"at least 1");
        Shape.Require(rowStarts[0] == 0, rowStarts[0], $"0");
        for (int b = 1; b < rowStarts.Length; b++)
        {
            Shape.Require(rowStarts[b] >= rowStarts[b - 1], rowStarts[b], $"at least the row start before it, {rowStarts[b - 1]}");
        }
        return rowStarts[^1];
    }

    private static int Require(
        ReadOnlySpan<float> qkv, int y, int logSumExp, ReadOnlySpan<int> rowStarts, int heads, int keyValueHeads, int headSize)
    {
        int T = RequireRows(rowStarts, heads, keyValueHeads, headSize);
        long stride = (heads + (2L * keyValueHeads)) * headSize;
        Shape.Require(qkv.Length == T * stride, qkv.Length, $"{T} tokens · (H + 2·Hkv)·D = {stride}");
        Shape.Require(y == (long)T * heads * headSize, y, $"{T} tokens · H·D = {(long)heads * headSize}");
        Shape.Require(logSumExp == (long)T * heads, logSumExp, $"H · T = {heads} · {T}");
        return T;
    }

    private static long Cost(ReadOnlySpan<int> rowStarts, int heads)
    {
        long cost = 0;
        for (int b = 1; b < rowStarts.Length; b++)
        {
            long n = rowStarts[b] - rowStarts[b - 1];
            cost += n * n * heads * 4;
        }
        return cost;
    }
}
