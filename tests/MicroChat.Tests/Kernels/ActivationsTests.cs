using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class ActivationsTests
{
    public static TheoryData<int, int> Shapes => new() { { 1, 1 }, { 2, 7 }, { 1, 8 }, { 3, 15 }, { 2, 16 }, { 3, 17 }, { 30, 300 } };

    private delegate void Backward(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx);

    private delegate void Forward(Crew crew, ReadOnlySpan<float> x, Span<float> y);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void SwiGlu_and_its_gradient_equal_the_formula(int T, int F)
    {
        float[] x = Numbers.Draw(1, T * 2 * F, 3), dy = Numbers.Draw(2, T * F);
        float[] y = Numbers.SameOnEveryCrew(crew =>
        {
            float[] result = new float[T * F];
            Activations.SwiGlu(crew, x, result, F);
            return result;
        });
        Numbers.AssertClose(ReferenceKernels.SwiGlu(Numbers.Wide(x), F), y, 1e-6);
        if (T < 30)
        {
            float[] dx = Numbers.SameOnEveryCrew(crew =>
            {
                float[] result = new float[x.Length];
                Activations.SwiGluBackward(crew, x, dy, result, F);
                return result;
            });
            double[] wide = Numbers.Wide(x);
            Numbers.AssertClose(Numbers.Slope(wide, dy, () => ReferenceKernels.SwiGlu(wide, F)), dx, 1e-6);
        }
    }

    [Fact]
    public void Gelu_and_its_gradient_equal_the_formula() => CurveEqualsTheFormula(Activations.Gelu, Activations.GeluBackward, ReferenceKernels.Gelu);

    [Fact]
    public void GeluTanh_and_its_gradient_equal_the_formula() =>
        CurveEqualsTheFormula(Activations.GeluTanh, Activations.GeluTanhBackward, ReferenceKernels.GeluTanh);

    [Fact]
    public void Far_tails_end_at_zero_and_the_identity()
    {
        using var crew = new Crew(1);
        float[] x = [-1e30f, -100f, -40f, 40f, 100f, 1e30f], y = new float[6], dx = new float[6], ones = [1f, 1f, 1f, 1f, 1f, 1f];
        float[] wanted = [0f, 0f, 0f, 40f, 100f, 1e30f];
        Activations.Gelu(crew, x, y);
        Assert.Equal(wanted, y);
        Activations.GeluTanh(crew, x, y);
        Assert.Equal(wanted, y);
        Activations.GeluBackward(crew, x, ones, dx);
        Assert.Equal([0f, 0f, 0f, 1f, 1f, 1f], dx);
        Activations.GeluTanhBackward(crew, x, ones, dx);
        Assert.Equal([0f, 0f, 0f, 1f, 1f, 1f], dx);
        float[] silu = new float[2];
        Activations.SwiGlu(crew, [-1e30f, 1e30f, 1f, 1f], silu, 2);
        Assert.Equal([0f, 1e30f], silu);
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        float[] x = Numbers.Draw(1, 40_000), y = new float[20_000], dx = new float[40_000];
        Numbers.AssertAllocatesNothing(crew => Activations.SwiGlu(crew, x, y, 100));
        Numbers.AssertAllocatesNothing(crew => Activations.SwiGluBackward(crew, x, y, dx, 100));
        Numbers.AssertAllocatesNothing(crew => Activations.Gelu(crew, x, dx));
        Numbers.AssertAllocatesNothing(crew => Activations.GeluTanhBackward(crew, x, x, dx));
    }

    private static void CurveEqualsTheFormula(Forward forward, Backward backward, Func<double[], double[]> reference)
    {
        foreach (int n in new[] { 1, 7, 8, 9, 15, 16, 17, 9_001 })
        {
            float[] x = Numbers.Draw(n, n, 3), dy = Numbers.Draw(n + 1, n);
            double[] wide = Numbers.Wide(x);
            Numbers.AssertClose(reference(wide), Run(crew => (Action<float[]>)(y => forward(crew, x, y)), n), 1e-6);
            if (n < 100)
            {
                double[] slope = Numbers.Slope(wide, dy, () => reference(wide));
                Numbers.AssertClose(slope, Run(crew => dx => backward(crew, x, dy, dx), n), 1e-6);
            }
        }
    }

    private static float[] Run(Func<Crew, Action<float[]>> kernel, int n) => Numbers.SameOnEveryCrew(crew =>
    {
        float[] result = new float[n];
        kernel(crew)(result);
        return result;
    });
}
