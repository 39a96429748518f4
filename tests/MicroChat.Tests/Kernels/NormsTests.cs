using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class NormsTests
{
    /// <summary>T, C: below, at and above one register of 8 and of 16, and a model's row.</summary>
    public static TheoryData<int, int> Shapes => new() { { 1, 1 }, { 2, 7 }, { 3, 8 }, { 1, 15 }, { 3, 16 }, { 5, 17 }, { 40, 576 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void RmsNorm_equals_the_scalar_formula(int T, int C)
    {
        float[] x = Numbers.Draw(1, T * C), gain = Numbers.Draw(2, C);
        float[] found = Numbers.SameOnEveryCrew(crew =>
        {
            float[] y = new float[x.Length];
            Norms.RmsNorm(crew, x, gain, 1e-5f, y);
            return y;
        });
        Numbers.AssertClose(ReferenceKernels.RmsNorm(Numbers.Wide(x), Numbers.Wide(gain), 1e-5), found, 2e-6);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void LayerNorm_equals_the_scalar_formula_with_and_without_bias(int T, int C)
    {
        float[] x = Numbers.Draw(1, T * C), gain = Numbers.Draw(2, C), bias = Numbers.Draw(3, C);
        for (int i = 0; i < x.Length; i++)
        {
            x[i] += 30; // a large mean must not cancel the variance
        }
        foreach (float[] some in new[] { bias, [] })
        {
            float[] found = Numbers.SameOnEveryCrew(crew =>
            {
                float[] y = new float[x.Length];
                Norms.LayerNorm(crew, x, gain, some, 1e-5f, y);
                return y;
            });
            Numbers.AssertClose(ReferenceKernels.LayerNorm(Numbers.Wide(x), Numbers.Wide(gain), Numbers.Wide(some), 1e-5), found, 2e-5);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 15)]
    [InlineData(20, 16)]
    [InlineData(9, 17)]
    [InlineData(30, 40)]
    public void RmsNorm_backward_adds_the_finite_differences(int T, int C)
    {
        float[] x = Numbers.Draw(1, T * C), gain = Numbers.Draw(2, C), dy = Numbers.Draw(3, T * C);
        double[] wideX = Numbers.Wide(x), wideGain = Numbers.Wide(gain);
        double[] Run() => ReferenceKernels.RmsNorm(wideX, wideGain, 1e-2);
        double[] wanted = [.. Numbers.Slope(wideX, dy, Run), .. Numbers.Slope(wideGain, dy, Run)];
        float[] found = Numbers.SameOnEveryCrew(crew =>
        {
            float[] dx = new float[x.Length], dgain = new float[C];
            Array.Fill(dx, 1f);
            Array.Fill(dgain, 2f);
            Norms.RmsNormBackward(crew, x, gain, 1e-2f, dy, dx, dgain);
            return [.. dx.Select(value => value - 1), .. dgain.Select(value => value - 2)];
        });
        Numbers.AssertClose(wanted, found, 1e-5);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 15)]
    [InlineData(20, 16)]
    [InlineData(9, 17)]
    [InlineData(30, 40)]
    public void LayerNorm_backward_adds_the_finite_differences(int T, int C)
    {
        float[] x = Numbers.Draw(1, T * C), gain = Numbers.Draw(2, C), bias = Numbers.Draw(4, C), dy = Numbers.Draw(3, T * C);
        double[] wideX = Numbers.Wide(x), wideGain = Numbers.Wide(gain), wideBias = Numbers.Wide(bias);
        double[] Run() => ReferenceKernels.LayerNorm(wideX, wideGain, wideBias, 1e-2);
        double[] wanted = [.. Numbers.Slope(wideX, dy, Run), .. Numbers.Slope(wideGain, dy, Run), .. Numbers.Slope(wideBias, dy, Run)];
        float[] found = Numbers.SameOnEveryCrew(crew =>
        {
            float[] dx = new float[x.Length], dgain = new float[C], dbias = new float[C];
            Array.Fill(dx, 1f);
            Norms.LayerNormBackward(crew, x, gain, 1e-2f, dy, dx, dgain, dbias);
            Norms.LayerNormBackward(crew, x, gain, 1e-2f, dy, new float[x.Length], new float[C], []);
            return [.. dx.Select(value => value - 1), .. dgain, .. dbias];
        });
        Numbers.AssertClose(wanted, found, 1e-5);
    }

    [Fact]
    public void A_model_sized_backward_is_the_same_on_every_crew()
    {
        float[] x = Numbers.Draw(1, 700 * 96), gain = Numbers.Draw(2, 96), dy = Numbers.Draw(3, x.Length);
        Numbers.SameOnEveryCrew(crew =>
        {
            float[] dx = new float[x.Length], dgain = new float[96], dbias = new float[96];
            Norms.RmsNormBackward(crew, x, gain, 1e-5f, dy, dx, dgain);
            Norms.LayerNormBackward(crew, x, gain, 1e-5f, dy, dx, dgain, dbias);
            return [.. dx, .. dgain, .. dbias];
        });
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        float[] x = Numbers.Draw(1, 200 * 96), gain = Numbers.Draw(2, 96), bias = new float[96], y = new float[x.Length];
        Numbers.AssertAllocatesNothing(crew => Norms.RmsNorm(crew, x, gain, 1e-5f, y));
        Numbers.AssertAllocatesNothing(crew => Norms.RmsNormBackward(crew, x, gain, 1e-5f, x, y, bias));
        Numbers.AssertAllocatesNothing(crew => Norms.LayerNorm(crew, x, gain, bias, 1e-5f, y));
        Numbers.AssertAllocatesNothing(crew => Norms.LayerNormBackward(crew, x, gain, 1e-5f, x, y, bias, gain.AsSpan()));
    }

    [Fact]
    public void A_wrong_shape_is_named()
    {
        using var crew = new Crew(1);
        var failure = Assert.Throws<ArgumentException>(() => Norms.RmsNorm(crew, new float[10], new float[4], 1e-5f, new float[10]));
        Assert.Equal("x.Length is 10; it must be a multiple of C = 4.", failure.Message);
    }
}
