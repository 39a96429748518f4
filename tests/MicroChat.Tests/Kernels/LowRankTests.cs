using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed class LowRankTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(3, 4, 15, 17)]
    [InlineData(33, 8, 16, 48)]
    [InlineData(70, 24, 40, 100)]
    public void A_factor_on_some_columns_equals_the_scalar_formula(int T, int rank, int columns, int inputs)
    {
        int ranks = rank + 5, width = columns + 7;
        var at = new LowRankPlace(ranks, 2, rank, width, 4, columns);
        var random = new Random(T);
        float[] x = Draw(random, T * inputs), a = Draw(random, ranks * inputs), b = Draw(random, columns * rank), y = Draw(random, T * width), dy = Draw(random, T * width);
        float[] u = new float[T * ranks], before = [.. y], du = Draw(random, T * ranks), duBefore = [.. du], db = Draw(random, columns * rank), dbBefore = [.. db];
        using var crew = new Crew(2);
        LowRank.Reduce(crew, x, a, u, T, ranks, inputs);
        LowRank.Expand(crew, u, b, y, T, at);
        LowRank.ExpandBackward(crew, u, b, dy, du, db, T, at);
        for (int t = 0; t < T; t++)
        {
            for (int r = 0; r < ranks; r++)
            {
                Assert.Equal(Sum(inputs, k => (double)x[(t * inputs) + k] * a[(r * inputs) + k]), u[(t * ranks) + r], 1e-4);
                int j = r - at.RankStart;
                double wanted = j < 0 || j >= rank ? duBefore[(t * ranks) + r] : Sum(columns, n => (double)dy[(t * width) + 4 + n] * b[(n * rank) + j]);
                Assert.Equal(wanted, du[(t * ranks) + r], 1e-4);
            }
            for (int c = 0; c < width; c++)
            {
                int n = c - at.ColumnStart;
                double added = n < 0 || n >= columns ? 0 : Sum(rank, j => (double)u[(t * ranks) + 2 + j] * b[(n * rank) + j]);
                Assert.Equal(before[(t * width) + c] + added, y[(t * width) + c], 1e-4);
            }
        }
        for (int n = 0; n < columns; n++)
        {
            for (int j = 0; j < rank; j++)
            {
                Assert.Equal(dbBefore[(n * rank) + j] + Sum(T, t => (double)dy[(t * width) + 4 + n] * u[(t * ranks) + 2 + j]), db[(n * rank) + j], 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 17)]
    [InlineData(700, 24)]
    public void Columns_are_scaled_each_by_its_factor(int T, int ranks)
    {
        var random = new Random(1);
        float[] factors = Draw(random, ranks), x = Draw(random, T * ranks), before = [.. x];
        using var crew = new Crew(2);
        LowRank.ScaleColumns(crew, factors, x);
        Assert.Equal([.. before.Select((v, i) => v * factors[i % ranks])], x);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var crew = new Crew(1);
        float[] u = new float[6], b = new float[4], y = new float[10];
        Assert.Throws<ArgumentException>(() => LowRank.Expand(crew, u, b, y, 2, new LowRankPlace(3, 2, 2, 5, 0, 2)));
        Assert.Throws<ArgumentException>(() => LowRank.Expand(crew, u, b, y, 2, new LowRankPlace(3, 0, 2, 5, 4, 2)));
        Assert.Throws<ArgumentException>(() => LowRank.Expand(crew, u, b, y, 3, new LowRankPlace(3, 0, 2, 5, 0, 2)));
        Assert.Throws<ArgumentException>(() => LowRank.ScaleColumns(crew, new float[4], u));
    }

    private static double Sum(int count, Func<int, double> term) => Enumerable.Range(0, count).Sum(term);

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
