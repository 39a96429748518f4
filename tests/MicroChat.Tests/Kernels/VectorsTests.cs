using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class VectorsTests
{
    public static TheoryData<int> Lengths => new() { 0, 1, 7, 8, 9, 15, 16, 17, 70_001 };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Sums_and_scales_equal_the_formula(int n)
    {
        float[] x = Numbers.Draw(1, n), y = Numbers.Draw(2, n);
        float[] found = Numbers.SameOnEveryCrew(crew =>
        {
            float[] sum = [.. y], scaled = [.. x];
            Vectors.Add(crew, x, sum);
            Vectors.Scale(crew, 3f, scaled);
            return [.. sum, .. scaled, (float)Vectors.Dot(crew, x, y), (float)Vectors.SumOfSquares(crew, x)];
        });
        double[] wideX = Numbers.Wide(x), wideY = Numbers.Wide(y);
        double[] sums = [.. wideX.Zip(wideY, (a, b) => a + b)], scales = [.. wideX.Select(a => 3 * a)];
        Numbers.AssertClose([.. sums, .. scales, wideX.Zip(wideY, (a, b) => a * b).Sum(), wideX.Sum(a => a * a)], found, 1e-6);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(2, 16)]
    [InlineData(5, 17)]
    [InlineData(3, 65)]
    [InlineData(300, 200)]
    public void Bias_and_its_gradient_equal_the_formula(int T, int C)
    {
        float[] y = Numbers.Draw(1, T * C), bias = Numbers.Draw(2, C);
        double[] wanted = new double[(T + 1) * C];
        for (int i = 0; i < y.Length; i++)
        {
            wanted[i] = (double)y[i] + bias[i % C];
            wanted[(T * C) + (i % C)] += y[i];
        }
        for (int c = 0; c < C; c++)
        {
            wanted[(T * C) + c] += bias[c];
        }
        float[] found = Numbers.SameOnEveryCrew(crew =>
        {
            float[] sum = [.. y], dBias = [.. bias];
            Vectors.AddBias(crew, bias, sum);
            Vectors.BiasBackward(crew, y, dBias);
            return [.. sum, .. dBias];
        });
        Numbers.AssertClose(wanted, found, 1e-5); // sums of 300 float32 numbers
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 15)]
    [InlineData(3, 16)]
    [InlineData(5, 17)]
    [InlineData(200, 96)]
    public void Embedding_gathers_rows_and_adds_their_gradients(int T, int C)
    {
        const int V = 11;
        float[] table = Numbers.Draw(1, V * C), dy = Numbers.Draw(2, T * C);
        int[] ids = [.. Enumerable.Range(0, T).Select(t => t * t % V)];
        double[] wantedY = new double[T * C], wantedTable = Numbers.Wide(table);
        for (int i = 0; i < dy.Length; i++)
        {
            wantedY[i] = table[(ids[i / C] * C) + (i % C)];
            wantedTable[(ids[i / C] * C) + (i % C)] += dy[i];
        }
        float[] found = Numbers.SameOnEveryCrew(crew =>
        {
            float[] y = new float[T * C], dTable = [.. table];
            Embedding.Gather(crew, table, ids, C, y);
            Embedding.ScatterAdd(crew, dy, ids, C, dTable);
            return [.. y, .. dTable];
        });
        Numbers.AssertClose([.. wantedY, .. wantedTable], found, 2e-6);
    }

    [Fact]
    public void Sums_of_squares_that_overflow_a_float_are_taken_in_double()
    {
        using var crew = new Crew(1);
        float[] x = new float[20];
        Array.Fill(x, 1e20f);
        Assert.Equal(20e40, Vectors.SumOfSquares(crew, x), 1e35);
    }

    [Fact]
    public void An_id_outside_the_table_is_refused()
    {
        using var crew = new Crew(1);
        Assert.Throws<ArgumentException>(() => Embedding.Gather(crew, new float[4], [2], 2, new float[2]));
        Assert.Throws<ArgumentException>(() => Embedding.ScatterAdd(crew, new float[2], [-1], 2, new float[4]));
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        float[] x = Numbers.Draw(1, 100_000), y = new float[100_000], bias = new float[100];
        int[] ids = [.. Enumerable.Range(0, 1_000)];
        Numbers.AssertAllocatesNothing(crew => Vectors.Add(crew, x, y));
        Numbers.AssertAllocatesNothing(crew => Vectors.SumOfSquares(crew, x));
        Numbers.AssertAllocatesNothing(crew => Vectors.AddBias(crew, bias, y));
        Numbers.AssertAllocatesNothing(crew => Vectors.BiasBackward(crew, x, bias));
        Numbers.AssertAllocatesNothing(crew => Embedding.Gather(crew, x, ids, 100, y));
        Numbers.AssertAllocatesNothing(crew => Embedding.ScatterAdd(crew, x, ids, 100, y));
    }
}
