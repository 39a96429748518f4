namespace MicroChat.Tests.Objectives;

/// <summary>Comparisons of doubles, and slopes by central differences.</summary>
internal static class Close
{
    /// <summary>Every element within tolerance · (1 + |wanted|).</summary>
    public static void All(ReadOnlySpan<double> wanted, ReadOnlySpan<double> found, double tolerance, string what)
    {
        Assert.Equal(wanted.Length, found.Length);
        for (int i = 0; i < wanted.Length; i++)
        {
            bool close = wanted[i].Equals(found[i]) || Math.Abs(wanted[i] - found[i]) <= tolerance * (1 + Math.Abs(wanted[i]));
            Assert.True(close, $"{what}[{i}] is {found[i]:R}, wanted {wanted[i]:R}");
        }
    }

    /// <summary>The gradient of a loss by each element of x equals the central difference within 1e-8.</summary>
    public static void Slope(double[] x, ReadOnlySpan<double> gradient, Func<double> loss)
    {
        const double Step = 1e-5;
        Assert.Equal(x.Length, gradient.Length);
        for (int i = 0; i < x.Length; i++)
        {
            double kept = x[i];
            x[i] = kept + Step;
            double above = loss();
            x[i] = kept - Step;
            double below = loss(), slope = (above - below) / (2 * Step);
            x[i] = kept;
            Assert.True(Math.Abs(slope - gradient[i]) <= 1e-8 * (1 + Math.Abs(slope)), $"slope {i} is {gradient[i]:R}, differences give {slope:R}");
        }
    }

    /// <summary>Normally distributed numbers.</summary>
    public static double[] Draw(Random random, int length, double scale = 1)
    {
        double[] values = new double[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }
        return values;
    }

    /// <summary>Draws flags, true with the given probability.</summary>
    public static bool[] DrawMask(Random random, int length, double share) =>
        [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() < share)];
}
