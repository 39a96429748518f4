using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

/// <summary>Random inputs, comparisons with double references, finite differences and allocation counts for the kernels' tests.</summary>
internal static class Numbers
{
    /// <summary>Normally distributed floats.</summary>
    public static float[] Draw(int seed, int length, double scale = 1)
    {
        var random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(scale * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }
        return values;
    }

    public static double[] Wide(float[] values) => Array.ConvertAll(values, value => (double)value);

    /// <summary>Every element within tolerance · (1 + |wanted|).</summary>
    public static void AssertClose(double[] wanted, ReadOnlySpan<float> found, double tolerance)
    {
        Assert.Equal(wanted.Length, found.Length);
        for (int i = 0; i < wanted.Length; i++)
        {
            bool close = Math.Abs(wanted[i] - found[i]) <= tolerance * (1 + Math.Abs(wanted[i]));
            Assert.True(close, $"element {i} of {wanted.Length} is {found[i]:R}, wanted {wanted[i]:R}");
        }
    }

    /// <summary>dL/dx of L = Σ weights · f(x) by central differences in double; x is restored.</summary>
    public static double[] Slope(double[] x, float[] weights, Func<double[]> f)
    {
        const double Step = 1e-5;
        double[] slope = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double kept = x[i];
            x[i] = kept + Step;
            double above = Sum(f(), weights);
            x[i] = kept - Step;
            double below = Sum(f(), weights);
            x[i] = kept;
            slope[i] = (above - below) / (2 * Step);
        }
        return slope;
    }

    /// <summary>Runs on crews of 1 to 3 members; every crew must give the same bits, twice.</summary>
    public static float[] SameOnEveryCrew(Func<Crew, float[]> run)
    {
        float[]? first = null;
        for (int members = 1; members <= 3; members++)
        {
            using var crew = new Crew(members);
            for (int time = 0; time < 2; time++)
            {
                float[] result = run(crew);
                first ??= result;
                Assert.Equal(first, result);
            }
        }
        return first!;
    }

    /// <summary>Bytes that the calling thread allocates in a warm call must be 0.</summary>
    public static void AssertAllocatesNothing(Action<Crew> call)
    {
        using var crew = new Crew(2);
        for (int i = 0; i < 3; i++)
        {
            call(crew);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        call(crew);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static double Sum(double[] y, float[] weights)
    {
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
        {
            sum += y[i] * weights[i];
        }
        return sum;
    }
}
