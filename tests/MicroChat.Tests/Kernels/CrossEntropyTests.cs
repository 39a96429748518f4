using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class CrossEntropyTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 8)]
    [InlineData(3, 15)]
    [InlineData(4, 16)]
    [InlineData(3, 17)]
    [InlineData(5, 5_003)]
    public void LogProb_and_entropy_equal_the_formula(int T, int V)
    {
        float[] logits = Numbers.Draw(V, T * V, 4);
        int[] targets = Targets(T, V);
        (double[] logProb, double[] entropy, double[] logSumExp) = ReferenceKernels.CrossEntropy(Numbers.Wide(logits), targets, V);
        float[] found = Numbers.SameOnEveryCrew(crew =>
        {
            float[] l = new float[T], s = new float[T], h = new float[T], again = new float[T];
            CrossEntropy.LogProb(crew, logits, targets, V, l, s, h);
            CrossEntropy.LogProb(crew, logits, targets, V, again, s, []);
            Numbers.AssertClose(Numbers.Wide(l), again, 1e-6);
            return [.. l, .. h, .. s];
        });
        Numbers.AssertClose([.. logProb, .. entropy, .. logSumExp], found, 2e-6);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 15)]
    [InlineData(4, 16)]
    [InlineData(3, 17)]
    [InlineData(3, 200)]
    public void Backward_equals_finite_differences(int T, int V)
    {
        float[] logits = Numbers.Draw(V, T * V, 2), dLogProb = Numbers.Draw(1, T), dEntropy = Numbers.Draw(2, T);
        int[] targets = Targets(T, V);
        double[] wide = Numbers.Wide(logits);
        double[] both = Numbers.Slope(wide, [.. dLogProb, .. dEntropy], () =>
        {
            (double[] l, double[] h, _) = ReferenceKernels.CrossEntropy(wide, targets, V);
            return [.. l, .. h];
        });
        double[] first = Numbers.Slope(wide, dLogProb, () => ReferenceKernels.CrossEntropy(wide, targets, V).LogProb);
        float[] found = Numbers.SameOnEveryCrew(crew => [.. Gradient(crew, logits, targets, V, dLogProb, dEntropy), .. Gradient(crew, logits, targets, V, dLogProb, [])]);
        Numbers.AssertClose([.. both.Select(value => value * 0.5), .. first.Select(value => value * 0.5)], found, 1e-6);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 15)]
    [InlineData(4, 16)]
    [InlineData(3, 17)]
    [InlineData(3, 200)]
    public void Backward_with_penalties_equals_finite_differences(int T, int V)
    {
        const float Smoothing = 0.1f, ZLoss = 0.01f;
        float[] logits = Numbers.Draw(V, T * V, 2), dLogProb = Numbers.Draw(1, T);
        int[] targets = Targets(T, V);
        double[] wide = Numbers.Wide(logits);
        double[] wanted = Numbers.Slope(wide, dLogProb, () =>
        {
            (double[] l, _, double[] s) = ReferenceKernels.CrossEntropy(wide, targets, V);
            return [.. l.Select((x, t) => targets[t] < 0 ? 0 : ((1 - Smoothing) * x) + (Smoothing * (wide.AsSpan(t * V, V).ToArray().Average() - s[t])) - (ZLoss * s[t] * s[t]))];
        });
        float[] found = Numbers.SameOnEveryCrew(crew =>
        {
            float[] x = [.. logits], l = new float[T], s = new float[T];
            CrossEntropy.LogProb(crew, x, targets, V, l, s, []);
            CrossEntropy.PenalisedBackward(crew, x, targets, V, s, dLogProb, Smoothing, ZLoss);
            return x;
        });
        Numbers.AssertClose(wanted, found, 1e-6);
    }

    [Fact]
    public void Logits_of_any_size_and_minus_infinity_stay_stable()
    {
        const float Never = float.NegativeInfinity;
        float[][] rows =
        [
            [1e30f, -1e30f, 0f, 5f], [1e30f, 1e30f, Never, -1e30f], [-1e30f, -1e30f, -1e30f, -1e30f], [Never, 3f, Never, Never],
            [500f, 500f, 499f, Never],
        ];
        double[][] p =
        [
            [1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.25, 0.25, 0.25], [0, 1, 0, 0],
            [1 / (2 + Math.Exp(-1)), 1 / (2 + Math.Exp(-1)), Math.Exp(-1) / (2 + Math.Exp(-1)), 0],
        ];
        using var crew = new Crew(1);
        for (int i = 0; i < rows.Length; i++)
        {
            float[] logProb = new float[1], logSumExp = new float[1], entropy = new float[1], x = [.. rows[i]];
            CrossEntropy.LogProb(crew, x, [1], 4, logProb, logSumExp, entropy);
            double h = -p[i].Sum(q => q == 0 ? 0 : q * Math.Log(q));
            Assert.Equal(i == 0 ? -2e30 : Math.Log(p[i][1]), logProb[0], 1e-6 * (i == 0 ? 1e30 : 1));
            Assert.Equal(h, entropy[0], 1e-6);
            CrossEntropy.Backward(crew, x, [1], 4, logSumExp, entropy, [1f], [2f], 1f);
            double[] wanted = [.. p[i].Select((q, v) => (v == 1 ? 1 : 0) - q - (q == 0 ? 0 : 2 * q * (Math.Log(q) + h)))];
            Numbers.AssertClose(wanted, x, 2e-6);
        }
    }

    [Fact]
    public void A_target_outside_the_vocabulary_is_refused()
    {
        using var crew = new Crew(1);
        float[] logProb = [7f];
        Assert.Throws<ArgumentException>(() => CrossEntropy.LogProb(crew, new float[3], [3], 3, logProb, new float[1], []));
        Assert.Throws<ArgumentException>(() => CrossEntropy.LogProb(crew, new float[3], [-2], 3, logProb, new float[1], []));
        Assert.Equal(7f, logProb[0]);
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        float[] logits = Numbers.Draw(1, 20 * 1_000), l = new float[20], s = new float[20], h = new float[20];
        int[] targets = Targets(20, 1_000);
        Numbers.AssertAllocatesNothing(crew => CrossEntropy.LogProb(crew, logits, targets, 1_000, l, s, h));
        Numbers.AssertAllocatesNothing(crew => CrossEntropy.Backward(crew, logits, targets, 1_000, s, h, l, h, 1f));
    }

    private static float[] Gradient(Crew crew, float[] logits, int[] targets, int V, float[] dLogProb, float[] dEntropy)
    {
        float[] x = [.. logits], l = new float[targets.Length], s = new float[targets.Length], h = new float[targets.Length];
        CrossEntropy.LogProb(crew, x, targets, V, l, s, h);
        CrossEntropy.Backward(crew, x, targets, V, s, h, dLogProb, dEntropy, 0.5f);
        return x;
    }

    /// <summary>Every third token has no target.</summary>
    private static int[] Targets(int T, int V) => [.. Enumerable.Range(0, T).Select(t => t % 3 == 1 ? -1 : t * 7 % V)];
}
