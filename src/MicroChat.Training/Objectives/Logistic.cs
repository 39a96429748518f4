namespace MicroChat.Training.Objectives;

/// <summary>The logistic function and its logarithm, exact for arguments of any size.</summary>
internal static class Logistic
{
    /// <summary>σ(x) = 1 / (1 + e^−x). The exponential never overflows.</summary>
    public static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return (x >= 0 ? 1 : e) / (1 + e);
    }

    /// <summary>log σ(x) = −softplus(−x): −∞ only at x = −∞.</summary>
    public static double LogSigmoid(double x) => Math.Min(x, 0) - LogOnePlus(Math.Exp(-Math.Abs(x)));

    /// <summary>log Σ e^x, the largest term taken out; −∞ for none.</summary>
    public static double LogSumExp(ReadOnlySpan<double> x)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (double value in x)
        {
            max = Math.Max(max, value);
        }
        if (double.IsInfinity(max))
        {
            return max;
        }
        foreach (double value in x)
        {
            sum += Math.Exp(value - max);
        }
        return max + Math.Log(sum);
    }

    /// <summary>e^x − 1 − x, without cancellation near 0.</summary>
    public static double ExpMinusOneMinus(double x) =>
        Math.Abs(x) < 1e-2 ? x * x * (0.5 + (x * ((1.0 / 6) + (x * ((1.0 / 24) + (x * ((1.0 / 120) + (x / 720)))))))) : Math.Exp(x) - 1 - x;

    /// <summary>log(1 + x) for x ≥ 0, without cancellation near 0.</summary>
    private static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }
}
