using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class AttentionTests
{
    /// <summary>Row lengths, H, Hkv, D.</summary>
    public static TheoryData<int[], int, int, int> Shapes => new()
    {
        { [1], 1, 1, 1 },
        { [2, 1], 2, 1, 7 },
        { [15, 16, 17], 4, 2, 8 },
        { [47, 48, 49], 2, 2, 16 },
        { [0, 5, 0], 3, 3, 17 },
        { [95, 96, 97], 3, 1, 24 },
        { [530], 2, 1, 64 },
        { [200, 3], 1, 1, 80 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_equals_the_formula(int[] lengths, int H, int Hkv, int D)
    {
        int[] starts = Starts(lengths);
        float[] qkv = Numbers.Draw(7, starts[^1] * (H + (2 * Hkv)) * D);
        (double[] y, double[] logSumExp) = ReferenceAttention.Rows(Numbers.Wide(qkv), starts, H, Hkv, D, 0.3);
        float[] found = Numbers.SameOnEveryCrew(crew => Forward(crew, qkv, starts, H, Hkv, D));
        Numbers.AssertClose([.. y, .. logSumExp], found, 2e-5);
    }

    [Theory]
    [InlineData(new[] { 1 }, 1, 1, 1)]
    [InlineData(new[] { 3, 1 }, 2, 1, 7)]
    [InlineData(new[] { 17, 0, 6 }, 2, 2, 4)]
    [InlineData(new[] { 50 }, 2, 1, 3)]
    [InlineData(new[] { 99 }, 1, 1, 2)]
    public void Backward_equals_finite_differences(int[] lengths, int H, int Hkv, int D)
    {
        int[] starts = Starts(lengths);
        float[] qkv = Numbers.Draw(8, starts[^1] * (H + (2 * Hkv)) * D), dy = Numbers.Draw(9, starts[^1] * H * D);
        double[] wide = Numbers.Wide(qkv);
        double[] wanted = Numbers.Slope(wide, dy, () => ReferenceAttention.Rows(wide, starts, H, Hkv, D, 0.3).Y);
        Numbers.AssertClose(wanted, Numbers.SameOnEveryCrew(crew => Backward(crew, qkv, dy, starts, H, Hkv, D)), 3e-5);
    }

    [Fact]
    public void Backward_of_long_rows_agrees_with_a_directional_difference()
    {
        int[] starts = Starts([300, 211]);
        const int H = 4, Hkv = 2, D = 64;
        float[] qkv = Numbers.Draw(10, starts[^1] * (H + (2 * Hkv)) * D), dy = Numbers.Draw(11, starts[^1] * H * D);
        float[] direction = Numbers.Draw(12, qkv.Length);
        float[] gradient = Numbers.SameOnEveryCrew(crew => Backward(crew, qkv, dy, starts, H, Hkv, D));
        double along = 0, length = 0;
        for (int i = 0; i < qkv.Length; i++)
        {
            along += (double)gradient[i] * direction[i];
            length += Math.Abs((double)gradient[i] * direction[i]);
        }
        double[] wide = Numbers.Wide(qkv);
        double[] step = [0];
        double wanted = Numbers.Slope(step, [1f], () =>
        {
            double[] moved = new double[wide.Length];
            for (int i = 0; i < moved.Length; i++)
            {
                moved[i] = wide[i] + (step[0] * direction[i]);
            }
            double[] y = ReferenceAttention.Rows(moved, starts, H, Hkv, D, 0.3).Y;
            double sum = 0;
            for (int i = 0; i < y.Length; i++)
            {
                sum += y[i] * dy[i];
            }
            return [sum];
        })[0];
        Assert.Equal(wanted, along, 1e-5 * length);
    }

    [Fact]
    public void Backward_overwrites_what_was_there()
    {
        int[] starts = [0, 5];
        float[] qkv = Numbers.Draw(1, 5 * 3 * 4), dy = Numbers.Draw(2, 5 * 4), y = new float[20], logSumExp = new float[5];
        using var crew = new Crew(1);
        Attention.Forward(crew, qkv, y, logSumExp, starts, 1, 1, 4, 0.3f);
        float[] clean = new float[qkv.Length], dirty = new float[qkv.Length];
        Array.Fill(dirty, float.NaN);
        Attention.Backward(crew, qkv, y, logSumExp, dy, clean, starts, 1, 1, 4, 0.3f);
        Attention.Backward(crew, qkv, y, logSumExp, dy, dirty, starts, 1, 1, 4, 0.3f);
        Assert.Equal(clean, dirty);
    }

    [Fact]
    public void Large_scores_stay_finite()
    {
        int[] starts = [0, 150];
        float[] qkv = Numbers.Draw(3, 150 * 3 * 16, 100);
        (double[] y, double[] logSumExp) = ReferenceAttention.Rows(Numbers.Wide(qkv), starts, 1, 1, 16, 0.3);
        using var crew = new Crew(1);
        float[] found = Forward(crew, qkv, starts, 1, 1, 16);
        Numbers.AssertClose([.. y, .. logSumExp], found, 5e-2); // scores of 1e4 carry errors of 1e-3 themselves
        Assert.All(found, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        int[] starts = [0, 100, 160];
        float[] qkv = Numbers.Draw(4, 160 * 4 * 16), y = new float[160 * 2 * 16], logSumExp = new float[2 * 160], dqkv = new float[qkv.Length];
        Numbers.AssertAllocatesNothing(crew => Attention.Forward(crew, qkv, y, logSumExp, starts, 2, 1, 16, 0.3f));
        Numbers.AssertAllocatesNothing(crew => Attention.Backward(crew, qkv, y, logSumExp, y, dqkv, starts, 2, 1, 16, 0.3f));
    }

    [Fact]
    public void A_wrong_shape_is_named()
    {
        using var crew = new Crew(1);
        float[] y = [7f];
        var failure = Assert.Throws<ArgumentException>(() => Attention.Forward(crew, new float[4], y, new float[1], [0, 1], 1, 1, 1, 1f));
        Assert.Contains("qkv.Length is 4", failure.Message);
        Assert.Equal(7f, y[0]);
        Assert.Throws<ArgumentException>(() => Attention.Forward(crew, new float[3], y, new float[1], [1, 0], 1, 1, 1, 1f));
        Assert.Throws<ArgumentException>(() => Attention.Forward(crew, new float[3], y, new float[1], [0, 1], 3, 2, 1, 1f));
    }

    private static float[] Forward(Crew crew, float[] qkv, int[] starts, int H, int Hkv, int D)
    {
        float[] y = new float[starts[^1] * H * D], logSumExp = new float[starts[^1] * H];
        Attention.Forward(crew, qkv, y, logSumExp, starts, H, Hkv, D, 0.3f);
        return [.. y, .. logSumExp];
    }

    private static float[] Backward(Crew crew, float[] qkv, float[] dy, int[] starts, int H, int Hkv, int D)
    {
        float[] y = new float[starts[^1] * H * D], logSumExp = new float[starts[^1] * H], dqkv = new float[qkv.Length];
        Attention.Forward(crew, qkv, y, logSumExp, starts, H, Hkv, D, 0.3f);
        Attention.Backward(crew, qkv, y, logSumExp, dy, dqkv, starts, H, Hkv, D, 0.3f);
        return dqkv;
    }

    private static int[] Starts(int[] lengths)
    {
        int[] starts = new int[lengths.Length + 1];
        for (int b = 0; b < lengths.Length; b++)
        {
            starts[b + 1] = starts[b] + lengths[b];
        }
        return starts;
    }
}
