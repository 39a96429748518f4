using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class RopeTests
{
    [Theory]
    [InlineData(1, 1, 2, 2)]
    [InlineData(3, 2, 16, 14)]
    [InlineData(3, 3, 16, 16)]
    [InlineData(2, 1, 40, 34)]
    [InlineData(30, 12, 64, 64)]
    public void Rotate_turns_the_pairs_and_nothing_else_and_the_inverse_turns_back(int T, int heads, int D, int R)
    {
        int stride = (heads * D) + 5, half = R / 2;
        double[] frequencies = [.. Enumerable.Range(0, half).Select(i => Math.Pow(10_000, -2.0 * i / R))];
        float[] cos = new float[100 * half], sin = new float[100 * half], x = Numbers.Draw(1, T * stride);
        Rope.FillTable(frequencies, 1.5, 3, cos, sin);
        int[] positions = [.. Enumerable.Range(0, T).Select(t => (t * 37) % 100)];
        double[] wanted = Numbers.Wide(x);
        for (int i = 0; i < T * heads * half; i++)
        {
            int t = i / half / heads, low = (t * stride) + (i / half % heads * D) + (i % half), high = low + half;
            double angle = (3 + positions[t]) * frequencies[i % half], c = 1.5 * Math.Cos(angle), s = 1.5 * Math.Sin(angle);
            wanted[low] = (x[low] * c) - (x[high] * s);
            wanted[high] = (x[high] * c) + (x[low] * s);
        }
        float[] turned = Numbers.SameOnEveryCrew(crew => Rotate(crew, x, inverse: false));
        Numbers.AssertClose(wanted, turned, 1e-6);
        float[] back = Numbers.SameOnEveryCrew(crew => Rotate(crew, turned, inverse: true));
        double[] scaled = Numbers.Wide(x);
        for (int i = 0; i < scaled.Length; i++)
        {
            bool rotated = i % stride < heads * D && i % stride % D < R;
            scaled[i] *= rotated ? 1.5 * 1.5 : 1;
        }
        Numbers.AssertClose(scaled, back, 1e-6);

        float[] Rotate(Crew crew, float[] from, bool inverse)
        {
            float[] y = [.. from];
            Rope.Rotate(crew, y, heads, D, stride, positions, cos, sin, R, inverse);
            return y;
        }
    }

    [Fact]
    public void A_position_outside_the_table_is_refused_before_anything_is_written()
    {
        using var crew = new Crew(1);
        float[] x = [1f, 2f, 3f, 4f];
        Assert.Throws<ArgumentException>(() => Rope.Rotate(crew, x, 1, 2, 2, [0, 1], [0f], [1f], 2, false));
        Assert.Equal([1f, 2f, 3f, 4f], x);
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        float[] x = Numbers.Draw(1, 64 * 256), table = new float[64 * 32];
        int[] positions = [.. Enumerable.Range(0, 64)];
        Numbers.AssertAllocatesNothing(crew => Rope.Rotate(crew, x, 4, 64, 256, positions, table, table, 64, false));
    }
}
