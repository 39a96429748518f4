namespace MicroChat.Tests.Kernels;

/// <summary>Attention by its formula in double, one token after another.</summary>
internal static class ReferenceAttention
{
    /// <summary>Training rows; returns y (T,H·D) and logSumExp (H,T).</summary>
    public static (double[] Y, double[] LogSumExp) Rows(double[] qkv, int[] rowStarts, int H, int Hkv, int D, double scale)
    {
        int T = rowStarts[^1], stride = (H + (2 * Hkv)) * D;
        double[] y = new double[T * H * D], logSumExp = new double[H * T];
        for (int b = 0; b + 1 < rowStarts.Length; b++)
        {
            for (int t = rowStarts[b]; t < rowStarts[b + 1]; t++)
            {
                for (int h = 0; h < H; h++)
                {
                    int row = rowStarts[b], key = (H + (h / (H / Hkv))) * D;
                    logSumExp[(h * T) + t] = One(
                        qkv.AsSpan((t * stride) + (h * D), D), t - row + 1, scale,
                        s => qkv.AsSpan(((row + s) * stride) + key, D), s => qkv.AsSpan(((row + s) * stride) + key + (Hkv * D), D),
                        y.AsSpan(((t * H) + h) * D, D));
                }
            }
        }
        return (y, logSumExp);
    }

    public delegate ReadOnlySpan<double> Row(int s);

    /// <summary>One query against <paramref name="seen"/> keys; returns the logarithm of the softmax's denominator.</summary>
    public static double One(ReadOnlySpan<double> query, int seen, double scale, Row key, Row value, Span<double> y)
    {
        double[] scores = new double[seen];
        double max = double.NegativeInfinity, sum = 0;
        for (int s = 0; s < seen; s++)
        {
            for (int d = 0; d < query.Length; d++)
            {
                scores[s] += query[d] * key(s)[d] * scale;
            }
            max = Math.Max(max, scores[s]);
        }
        for (int s = 0; s < seen; s++)
        {
            sum += Math.Exp(scores[s] - max);
        }
        y.Clear();
        for (int s = 0; s < seen; s++)
        {
            for (int d = 0; d < query.Length; d++)
            {
                y[d] += Math.Exp(scores[s] - max) / sum * value(s)[d];
            }
        }
        return max + Math.Log(sum);
    }
}
