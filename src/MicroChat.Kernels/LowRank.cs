namespace MicroChat.Kernels;

/// <summary>Which columns of the two matrices a low-rank factor joins: ranks [RankStart, RankStart + Rank) of (T,Ranks) with columns [ColumnStart, ColumnStart + Columns) of (T,Width).</summary>
/// <param name="Ranks">Columns of the matrix of reduced inputs.</param>
/// <param name="RankStart">First of the factor's columns there.</param>
/// <param name="Rank">r: columns of the factor.</param>
/// <param name="Width">Columns of the matrix of outputs.</param>
/// <param name="ColumnStart">First of the factor's columns there.</param>
/// <param name="Columns">N: rows of the factor.</param>
public readonly record struct LowRankPlace(int Ranks, int RankStart, int Rank, int Width, int ColumnStart, int Columns);

/// <summary>A low-rank layer y += (x·Aᵀ)·Bᵀ, whose second half works on some columns of wider matrices.</summary>
/// <remarks>An element depends only on its own token: not on the crew, nor on which other tokens are in the batch. Source: Hu et al. 2021, arXiv:2106.09685.</remarks>
public static unsafe class LowRank
{
    /// <summary>u = x·aᵀ.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="x">(T,K).</param>
    /// <param name="a">The factors, (R,K).</param>
    /// <param name="u">Reduced inputs, (T,R).</param>
    /// <param name="T">Tokens.</param>
    /// <param name="R">Ranks.</param>
    /// <param name="K">Channels of the input.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void Reduce(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> a, Span<float> u, int T, int R, int K)
    {
        Shape.Require(x.Length == (long)T * K, x.Length, $"T·K = {T}·{K}");
        Shape.Require(a.Length == (long)R * K, a.Length, $"R·K = {R}·{K}");
        Shape.Require(u.Length == (long)T * R, u.Length, $"T·R = {T}·{R}");
        fixed (float* px = x, pa = a, pu = u)
        {
            Gemm.Multiply(crew, new GemmFactor((nint)px, K, true), new GemmFactor((nint)pa, K, true), pu, R, T, R, K, accumulate: false);
        }
    }

    /// <summary>y[t, ColumnStart + n] += Σ_j u[t, RankStart + j] · b[n,j].</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="u">Reduced inputs, (T,Ranks).</param>
    /// <param name="b">The factor, (N,r).</param>
    /// <param name="y">(T,Width), added to.</param>
    /// <param name="T">Tokens.</param>
    /// <param name="at">Which columns.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void Expand(Crew crew, ReadOnlySpan<float> u, ReadOnlySpan<float> b, Span<float> y, int T, in LowRankPlace at)
    {
        Require(u.Length, b.Length, y.Length, T, at);
        fixed (float* pu = u, pb = b, py = y)
        {
            Gemm.Multiply(
                crew, new GemmFactor((nint)(pu + at.RankStart), at.Ranks, true), new GemmFactor((nint)pb, at.Rank, true),
                py + at.ColumnStart, at.Width, T, at.Columns, at.Rank, accumulate: true);
        }
    }

    /// <summary>The gradients of <see cref="Expand"/>: du[t, RankStart + j] = Σ_n dy[t,n] · b[n,j]; db[n,j] += Σ_t dy[t,n] · u[t,j].</summary>
    /// <param name="crew">The threads; their number does not change the result.</param>
    /// <param name="u">Reduced inputs, (T,Ranks).</param>
    /// <param name="b">The factor, (N,r).</param>
    /// <param name="dy">(T,Width).</param>
    /// <param name="du">(T,Ranks): the factor's columns are overwritten, the others kept.</param>
    /// <param name="db">(N,r), added to; empty: not wanted.</param>
    /// <param name="T">Tokens.</param>
    /// <param name="at">Which columns.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void ExpandBackward(
        Crew crew, ReadOnlySpan<float> u, ReadOnlySpan<float> b, ReadOnlySpan<float> dy, Span<float> du, Span<float> db, int T, in LowRankPlace at)
    {
        Require(u.Length, b.Length, dy.Length, T, at);
        Shape.Require(du.Length == u.Length, du.Length, $"u's length {u.Length}");
        Shape.Require(db.Length == b.Length || db.IsEmpty, db.Length, $"b's length {b.Length}, or 0 for not wanted");
        fixed (float* pu = u, pb = b, pdy = dy, pdu = du, pdb = db)
        {
            Gemm.Multiply(
                crew, new GemmFactor((nint)(pdy + at.ColumnStart), at.Width, true), new GemmFactor((nint)pb, at.Rank, false),
                pdu + at.RankStart, at.Ranks, T, at.Rank, at.Columns, accumulate: false);
            if (pdb is not null)
            {
                Gemm.Multiply(
                    crew, new GemmFactor((nint)(pdy + at.ColumnStart), at.Width, false), new GemmFactor((nint)(pu + at.RankStart), at.Ranks, false),
                    pdb, at.Rank, at.Columns, at.Rank, T, accumulate: true);
            }
        }
    }

    /// <summary>x[t,j] *= factors[j].</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="factors">(R).</param>
    /// <param name="x">(T,R).</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void ScaleColumns(Crew crew, ReadOnlySpan<float> factors, Span<float> x)
    {
        Shape.Require(factors.Length > 0 && x.Length % factors.Length == 0, x.Length, $"a multiple of the {factors.Length} factors");
        fixed (float* pf = factors, px = x)
        {
            CrewWork.Run(crew, new ScaleColumnsWork { Factors = pf, X = px, T = x.Length / factors.Length, R = factors.Length }, x.Length);
        }
    }

    private static void Require(int u, int b, int y, int T, in LowRankPlace at)
    {
        Shape.Require(at.Rank >= 1 && at.RankStart >= 0 && at.RankStart + at.Rank <= at.Ranks, at.Rank, $"1 or more, and within the {at.Ranks} ranks from {at.RankStart} on");
        Shape.Require(at.Columns >= 1 && at.ColumnStart >= 0 && at.ColumnStart + at.Columns <= at.Width, at.Columns, $"1 or more, and within the {at.Width} columns from {at.ColumnStart} on");
        Shape.Require(u == (long)T * at.Ranks, u, $"T·Ranks = {T}·{at.Ranks}");
        Shape.Require(b == (long)at.Columns * at.Rank, b, $"N·r = {at.Columns}·{at.Rank}");
        Shape.Require(y == (long)T * at.Width, y, $"T·Width = {T}·{at.Width}");
    }

    private struct ScaleColumnsWork : ICrewWork
    {
        public float* Factors, X;
        public int T, R;

        public readonly void Run<V>(int member, int members)
            where V : unmanaged, ILanes<V>
        {
            (int from, int to) = CrewWork.Share(T, member, members);
            for (int t = from; t < to; t++)
            {
                float* row = X + ((nint)t * R);
                for (int j = 0; j < R; j += V.Count)
                {
                    Rows.Store(Rows.Load<V>(row, j, R) * Rows.Load<V>(Factors, j, R), row, j, R);
                }
            }
        }
    }
}
