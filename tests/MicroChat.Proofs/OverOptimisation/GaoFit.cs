namespace MicroChat.Proofs.OverOptimisation;

/// <summary>A two-term law of gold by distance, R = αd − βf(d), fitted by least squares. Source of both forms: Gao, Schulman and Hilton 2022 (arXiv:2210.10760), §3.1.</summary>
/// <param name="Alpha">α.</param>
/// <param name="Beta">β.</param>
/// <param name="Explained">R².</param>
internal readonly record struct GaoFit(double Alpha, double Beta, double Explained)
{
    /// <summary>R = d (α − β d), for best-of-n.</summary>
    public static GaoFit BestOfN(IReadOnlyList<OptimisedPoint> points) => Of(points, d => d * d);

    /// <summary>R = d (α − β log d), for reinforcement learning.</summary>
    public static GaoFit Reinforcement(IReadOnlyList<OptimisedPoint> points) => Of(points, d => d * Math.Log(d));

    private static GaoFit Of(IReadOnlyList<OptimisedPoint> points, Func<double, double> second)
    {
        double aa = 0, ab = 0, bb = 0, ay = 0, by = 0, mean = points.Average(point => point.Gold);
        foreach (OptimisedPoint point in points)
        {
            double a = point.Distance, b = -second(a), y = point.Gold;
            (aa, ab, bb, ay, by) = (aa + (a * a), ab + (a * b), bb + (b * b), ay + (a * y), by + (b * y));
        }
        double determinant = (aa * bb) - (ab * ab), alpha = ((ay * bb) - (by * ab)) / determinant, beta = ((by * aa) - (ay * ab)) / determinant;
        double left = points.Sum(point => Square(point.Gold - (alpha * point.Distance) + (beta * second(point.Distance))));
        return new GaoFit(alpha, beta, 1 - (left / points.Sum(point => Square(point.Gold - mean))));
    }

    private static double Square(double x) => x * x;
}
