using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MicroChat.Kernels;

/// <summary>One y(M,N) (+)= x(M,K)·w(N,K)ᵀ of few rows for the whole crew.</summary>
internal readonly unsafe struct MatVecJob(float* x, float* w, float* y, int m, int n, int k, bool accumulate)
{
    public readonly float* X = x;
    public readonly float* W = w;
    public readonly float* Y = y;
    public readonly nint M = m;
    public readonly nint N = n;
    public readonly nint K = k;
    public readonly bool Accumulate = accumulate;
}

/// <summary>
/// Few rows against all weights, read once and unpacked: bound by memory. Each element has one accumulator register of its own,
/// whatever the tile, so its value does not depend on M.
/// </summary>
internal static unsafe class MatVec
{
    /// <summary>The widest version that this processor runs.</summary>
    public static delegate*<void*, int, int, void> Work
    {
        get
        {
            if (Vector512.IsHardwareAccelerated)
            {
                return &MatVec<GemmLanes512, Vector512<float>>.Work;
            }
            if (Fma.IsSupported)
            {
                return &MatVec<GemmLanes256, Vector256<float>>.Work;
            }
            if (AdvSimd.Arm64.IsSupported)
            {
                return &MatVec<GemmLanes128, Vector128<float>>.Work;
            }
            return &MatVec<GemmLanesScalar, float>.Work;
        }
    }
}

/// <summary><see cref="MatVec"/> at one width.</summary>
internal static unsafe class MatVec<TLanes, TVector>
    where TLanes : struct, IGemmLanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Rows of weights in one tile.</summary>
    private const int Columns = 4;

    /// <summary>Floats of weights that all rows of x pass before the next are read: they stay in the second cache level.</summary>
    private const int BlockFloats = 32_768;

    /// <summary>Outputs in one cache line: members do not share one.</summary>
    private const int LineFloats = 16;

    /// <summary>A member's part of the <see cref="MatVecJob"/> at <paramref name="state"/>: contiguous rows of weights.</summary>
    public static void Work(void* state, int member, int members)
    {
        ref readonly MatVecJob job = ref *(MatVecJob*)state;
        nint lines = (job.N + LineFloats - 1) / LineFloats;
        nint from = Math.Min(lines * member / members * LineFloats, job.N);
        nint to = Math.Min(lines * (member + 1) / members * LineFloats, job.N);
        nint block = Math.Max(BlockFloats / Math.Max(job.K, 1) / Columns * Columns, Columns);
        for (nint n = from; n < to; n += block)
        {
            nint end = Math.Min(n + block, to);
            nint m = 0;
            for (; m <= job.M - 4; m += 4)
            {
                Four(job, m, n, end);
            }
            if (m <= job.M - 2)
            {
                Two(job, m, n, end);
                m += 2;
            }
            if (m < job.M)
            {
                One(job, m, n, end);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(in MatVecJob job, nint m, nint from, nint to)
    {
        nint K = job.K;
        float* x = job.X + (m * K);
        float* sums = stackalloc float[Columns * TLanes.Count];
        for (nint n = from; n < to; n += Columns)
        {
            Rows(job, n, to, out float* w0, out float* w1, out float* w2, out float* w3);
            TVector s0 = default, s1 = default, s2 = default, s3 = default;
            for (nint k = 0; k <= K - TLanes.Count; k += TLanes.Count)
            {
                TVector a = TLanes.Load(x + k);
                s0 = TLanes.MultiplyAdd(a, TLanes.Load(w0 + k), s0);
                s1 = TLanes.MultiplyAdd(a, TLanes.Load(w1 + k), s1);
                s2 = TLanes.MultiplyAdd(a, TLanes.Load(w2 + k), s2);
                s3 = TLanes.MultiplyAdd(a, TLanes.Load(w3 + k), s3);
            }
            Keep(sums, s0, s1, s2, s3);
            Finish(job, m, 1, n, to, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(in MatVecJob job, nint m, nint from, nint to)
    {
        nint K = job.K;
        float* x = job.X + (m * K);
        float* sums = stackalloc float[2 * Columns * TLanes.Count];
        for (nint n = from; n < to; n += Columns)
        {
            Rows(job, n, to, out float* w0, out float* w1, out float* w2, out float* w3);
            TVector s0 = default, s1 = default, s2 = default, s3 = default;
            TVector t0 = default, t1 = default, t2 = default, t3 = default;
            for (nint k = 0; k <= K - TLanes.Count; k += TLanes.Count)
            {
                TVector a = TLanes.Load(x + k), b = TLanes.Load(x + K + k);
                Pair(TLanes.Load(w0 + k), a, b, ref s0, ref t0);
                Pair(TLanes.Load(w1 + k), a, b, ref s1, ref t1);
                Pair(TLanes.Load(w2 + k), a, b, ref s2, ref t2);
                Pair(TLanes.Load(w3 + k), a, b, ref s3, ref t3);
            }
            Keep(sums, s0, s1, s2, s3);
            Keep(sums + (Columns * TLanes.Count), t0, t1, t2, t3);
            Finish(job, m, 2, n, to, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(in MatVecJob job, nint m, nint from, nint to)
    {
        nint K = job.K;
        float* x = job.X + (m * K), z = x + (2 * K);
        float* sums = stackalloc float[4 * Columns * TLanes.Count];
        for (nint n = from; n < to; n += Columns)
        {
            Rows(job, n, to, out float* w0, out float* w1, out float* w2, out float* w3);
            TVector s0 = default, s1 = default, s2 = default, s3 = default;
            TVector t0 = default, t1 = default, t2 = default, t3 = default;
            TVector u0 = default, u1 = default, u2 = default, u3 = default;
            TVector v0 = default, v1 = default, v2 = default, v3 = default;
            for (nint k = 0; k <= K - TLanes.Count; k += TLanes.Count)
            {
                TVector a = TLanes.Load(x + k), b = TLanes.Load(x + K + k), c = TLanes.Load(z + k), d = TLanes.Load(z + K + k);
                TVector w = TLanes.Load(w0 + k);
                Pair(w, a, b, ref s0, ref t0);
                Pair(w, c, d, ref u0, ref v0);
                w = TLanes.Load(w1 + k);
                Pair(w, a, b, ref s1, ref t1);
                Pair(w, c, d, ref u1, ref v1);
                w = TLanes.Load(w2 + k);
                Pair(w, a, b, ref s2, ref t2);
                Pair(w, c, d, ref u2, ref v2);
                w = TLanes.Load(w3 + k);
                Pair(w, a, b, ref s3, ref t3);
                Pair(w, c, d, ref u3, ref v3);
            }
            Keep(sums, s0, s1, s2, s3);
            Keep(sums + (Columns * TLanes.Count), t0, t1, t2, t3);
            Keep(sums + (2 * Columns * TLanes.Count), u0, u1, u2, u3);
            Keep(sums + (3 * Columns * TLanes.Count), v0, v1, v2, v3);
            Finish(job, m, 4, n, to, sums);
        }
    }

    /// <summary>Four rows of weights from row n on; past the last, the last again, whose result is not kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rows(in MatVecJob job, nint n, nint to, out float* w0, out float* w1, out float* w2, out float* w3)
    {
        nint last = to - 1 - n;
        w0 = job.W + (n * job.K);
        w1 = w0 + (Math.Min(1, last) * job.K);
        w2 = w0 + (Math.Min(2, last) * job.K);
        w3 = w0 + (Math.Min(3, last) * job.K);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair(TVector w, TVector a, TVector b, ref TVector s, ref TVector t)
    {
        s = TLanes.MultiplyAdd(a, w, s);
        t = TLanes.MultiplyAdd(b, w, t);
    }

    /// <summary>Keeps one row's accumulators for <see cref="Finish"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(float* sums, TVector s0, TVector s1, TVector s2, TVector s3)
    {
        TLanes.Store(s0, sums);
        TLanes.Store(s1, sums + TLanes.Count);
        TLanes.Store(s2, sums + (2 * TLanes.Count));
        TLanes.Store(s3, sums + (3 * TLanes.Count));
    }

    /// <summary>Sums the accumulators of <paramref name="rows"/> × up to 4 elements, adds the steps that fill no register, writes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Finish(in MatVecJob job, nint m, int rows, nint n, nint to, float* sums)
    {
        nint columns = Math.Min(Columns, to - n), whole = job.K / TLanes.Count * TLanes.Count;
        for (nint i = 0; i < rows; i++)
        {
            for (nint j = 0; j < columns; j++)
            {
                Put(job, m + i, n + j, whole, TLanes.Sum(TLanes.Load(sums + (((i * Columns) + j) * TLanes.Count))));
            }
        }
    }

    /// <summary>Adds the products from step k on, which fill no register, and writes the element.</summary>
    private static void Put(in MatVecJob job, nint m, nint n, nint k, float sum)
    {
        float* x = job.X + (m * job.K), w = job.W + (n * job.K);
        for (; k < job.K; k++)
        {
            sum += x[k] * w[k];
        }
        float* y = job.Y + (m * job.N) + n;
        *y = job.Accumulate ? *y + sum : sum;
    }
}
