using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class GemmTests
{
    public delegate void Product(Crew crew, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int M, int N, int K, bool accumulate);

    public static TheoryData<int, int, int> Shapes
    {
        get
        {
            var shapes = new TheoryData<int, int, int> { { 0, 5, 7 }, { 5, 0, 7 }, { 5, 7, 0 }, { 1, 1, 1 } };
            foreach (int m in (int[])[1, 2, 3, 4, 7, 12, 13, 24, 25, Gemm.DotRows, Gemm.DotRows + 1, 36, 37])
            {
                shapes.Add(m, 31, 15);
                shapes.Add(m, 32, 16);
                shapes.Add(m, 33, 17);
            }
            shapes.Add(191, 65, 383);
            shapes.Add(193, 7, 385);
            shapes.Add(13, 1_025, 70);
            shapes.Add(19, 1_057, 769);
            shapes.Add(35, 1_030, 129);
            shapes.Add(8, 384, 384);
            shapes.Add(64, 384, 1_024);
            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void XWt_equals_the_scalar_formula(int M, int N, int K) =>
        Compare(Gemm.XWt, M, N, K, (a, m, k) => a[(m * K) + k], (b, n, k) => b[(n * K) + k]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void XW_equals_the_scalar_formula(int M, int N, int K) =>
        Compare(Gemm.XW, M, N, K, (a, m, k) => a[(m * K) + k], (b, n, k) => b[(k * N) + n]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void XtY_equals_the_scalar_formula(int M, int N, int K) =>
        Compare(Gemm.XtY, M, N, K, (a, m, k) => a[(k * M) + m], (b, n, k) => b[(k * N) + n]);

    [Theory]
    [InlineData(40, 65, 400)]
    [InlineData(65, 40, 400)]
    [InlineData(5, 100, 200)]
    public void The_result_does_not_depend_on_the_number_of_members(int M, int N, int K)
    {
        foreach (Product product in (Product[])[Gemm.XWt, Gemm.XW, Gemm.XtY])
        {
            var random = new Random(7);
            float[] a = Draw(random, M * K), b = Draw(random, N * K), alone = new float[M * N], shared = new float[M * N];
            using var one = new Crew(1);
            using var three = new Crew(3);
            product(one, a, b, alone, M, N, K, false);
            product(three, a, b, shared, M, N, K, false);
            Assert.Equal(alone, shared);
        }
    }

    [Theory]
    [InlineData(1, Gemm.DotRows)]
    [InlineData(Gemm.DotRows + 1, 70)]
    public void A_row_of_XWt_does_not_depend_on_the_rows_beside_it(int least, int most)
    {
        const int N = 77, K = 403;
        var random = new Random(8);
        float[] x = Draw(random, most * K), w = Draw(random, N * K), all = new float[most * N];
        using var crew = new Crew(2);
        Gemm.XWt(crew, x, w, all, most, N, K, false);
        for (int m = least; m < most; m++)
        {
            float[] some = new float[m * N];
            Gemm.XWt(crew, x.AsSpan((most - m) * K), w, some, m, N, K, false); // the last m rows
            Assert.Equal(all[((most - m) * N)..], some);
        }
    }

    [Fact]
    public void A_length_that_does_not_fit_is_refused_by_name_and_nothing_is_written()
    {
        using var crew = new Crew(1);
        float[] c = [5, 5, 5, 5];
        Refused("x.Length is 5; it must be M·K = 2·3.", () => Gemm.XWt(crew, new float[5], new float[6], c, 2, 2, 3, false));
        Refused("w.Length is 7; it must be N·K = 2·3.", () => Gemm.XWt(crew, new float[6], new float[7], c, 2, 2, 3, false));
        Refused("y.Length is 4; it must be M·N = 2·3.", () => Gemm.XWt(crew, new float[4], new float[6], c, 2, 3, 2, false));
        Refused("w.Length is 5; it must be K·N = 3·2.", () => Gemm.XW(crew, new float[6], new float[5], c, 2, 2, 3, false));
        Refused("x.Length is 5; it must be T·M = 3·2.", () => Gemm.XtY(crew, new float[5], new float[6], c, 2, 2, 3, false));
        Refused("z.Length is 4; it must be M·N = 2·3.", () => Gemm.XtY(crew, new float[4], new float[6], c, 2, 3, 2, false));
        Refused("rows is -1; it must be 0 or more.", () => Gemm.XW(crew, [], [], c, -1, 2, 3, false));
        Refused("The result shares memory with a factor; give it memory of its own.", () => Gemm.XW(crew, c, new float[4], c, 2, 2, 2, false));
        Assert.All(c, value => Assert.Equal(5, value));
    }

    [Fact]
    public void A_product_allocates_nothing_once_the_packing_memory_is_there()
    {
        const int M = 40, N = 96, K = 500;
        using var crew = new Crew(2);
        float[] a = new float[M * K], b = new float[N * K], c = new float[M * N];
        Multiply(crew, a, b, c);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
        {
            Multiply(crew, a, b, c);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Multiply(Crew crew, float[] a, float[] b, float[] c)
        {
            Gemm.XWt(crew, a.AsSpan(0, 3 * K), b, c.AsSpan(0, 3 * N), 3, N, K, false);
            Gemm.XWt(crew, a, b, c, M, N, K, false);
            Gemm.XW(crew, a, b, c, M, N, K, true);
            Gemm.XtY(crew, a, b, c, M, N, K, true);
        }
    }

    private static void Refused(string message, Action call) => Assert.Equal(message, Assert.Throws<ArgumentException>(call).Message);

    private static void Compare(Product product, int M, int N, int K, Func<float[], int, int, float> left, Func<float[], int, int, float> right)
    {
        var random = new Random(20261121);
        float[] a = Draw(random, M * K), b = Draw(random, N * K), start = Draw(random, M * N);
        double[] wanted = new double[M * N];
        for (int i = 0; i < wanted.Length; i++)
        {
            for (int k = 0; k < K; k++)
            {
                wanted[i] += (double)left(a, i / N, k) * right(b, i % N, k);
            }
        }
        double tolerance = 3e-6 * (1 + Math.Sqrt(K));
        for (int members = 1; members <= 3; members++)
        {
            using var crew = new Crew(members);
            float[] c = [.. start], added = [.. start];
            product(crew, a, b, c, M, N, K, false);
            product(crew, a, b, added, M, N, K, true);
            for (int i = 0; i < c.Length; i++)
            {
                Assert.Equal(wanted[i], c[i], tolerance);
                Assert.Equal(start[i] + wanted[i], added[i], tolerance);
            }
        }
    }

    private static float[] Draw(Random random, int count)
    {
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
        {
            value = (random.NextSingle() * 2) - 1;
        }
        return values;
    }
}
