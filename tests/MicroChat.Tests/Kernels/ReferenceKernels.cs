namespace MicroChat.Tests.Kernels;

/// <summary>The kernels' formulas in double, one element after another.</summary>
internal static class ReferenceKernels
{
    public static double[] RmsNorm(double[] x, double[] gain, double eps)
    {
        int C = gain.Length;
        double[] y = new double[x.Length];
        for (int at = 0; at < x.Length; at += C)
        {
            double squares = x.AsSpan(at, C).ToArray().Sum(value => value * value);
            for (int c = 0; c < C; c++)
            {
                y[at + c] = x[at + c] * gain[c] / Math.Sqrt((squares / C) + eps);
            }
        }
        return y;
    }

    public static double[] LayerNorm(double[] x, double[] gain, double[] bias, double eps)
    {
        int C = gain.Length;
        double[] y = new double[x.Length];
        for (int at = 0; at < x.Length; at += C)
        {
            double[] row = x.AsSpan(at, C).ToArray();
            double mean = row.Average(), variance = row.Average(value => (value - mean) * (value - mean));
            for (int c = 0; c < C; c++)
            {
                y[at + c] = ((row[c] - mean) / Math.Sqrt(variance + eps) * gain[c]) + (bias.Length == 0 ? 0 : bias[c]);
            }
        }
        return y;
    }

    public static double[] SwiGlu(double[] gateUp, int F)
    {
        double[] y = new double[gateUp.Length / 2];
        for (int i = 0; i < y.Length; i++)
        {
            double gate = gateUp[(i / F * 2 * F) + (i % F)];
            y[i] = gate / (1 + Math.Exp(-gate)) * gateUp[(i / F * 2 * F) + F + (i % F)];
        }
        return y;
    }

    public static double[] Gelu(double[] x) => Array.ConvertAll(x, value => value * Cumulative(value));

    public static double[] GeluTanh(double[] x) =>
        Array.ConvertAll(x, z => z / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (z + (0.044715 * z * z * z)))));

    /// <summary>logProb (T), entropy (T), logSumExp (T).</summary>
    public static (double[] LogProb, double[] Entropy, double[] LogSumExp) CrossEntropy(double[] logits, int[] targets, int V)
    {
        double[] logProb = new double[targets.Length], entropy = new double[targets.Length], logSumExp = new double[targets.Length];
        for (int t = 0; t < targets.Length; t++)
        {
            double[] row = logits.AsSpan(t * V, V).ToArray();
            double max = row.Max(), log = Math.Log(row.Sum(value => Math.Exp(value - max)));
            logSumExp[t] = max + log;
            logProb[t] = targets[t] < 0 ? 0 : row[targets[t]] - max - log;
            entropy[t] = -row.Where(value => !double.IsNegativeInfinity(value)).Sum(value => Math.Exp(value - max - log) * (value - max - log));
        }
        return (logProb, entropy, logSumExp);
    }

    /// <summary>Φ(x): the series x·φ(x)·Σ x²ⁿ/(2n+1)!! near 0, Laplace's continued fraction in the tails.</summary>
    private static double Cumulative(double x)
    {
        double bell = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (Math.Abs(x) < 4)
        {
            double term = x, sum = x;
            for (int n = 1; n < 100; n++)
            {
                term *= x * x / ((2 * n) + 1);
                sum += term;
            }
            return 0.5 + (bell * sum);
        }
        double fraction = Math.Abs(x);
        for (int n = 100; n >= 1; n--)
        {
            fraction = Math.Abs(x) + (n / fraction);
        }
        return x < 0 ? bell / fraction : 1 - (bell / fraction);
    }
}
