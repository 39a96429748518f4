using System.Runtime.CompilerServices;

namespace MicroChat.Kernels;

/// <summary>The innermost step of a matrix product: one tile of the result, held in registers over the whole depth of a block.</summary>
internal unsafe interface IGemmTile
{
    /// <summary>Rows of the tile; a packed strip of the left matrix has this many floats per step of depth.</summary>
    public static abstract int Rows { get; }

    /// <summary>Columns of the tile; a packed strip of the right matrix has this many floats per step of depth.</summary>
    public static abstract int Columns { get; }

    /// <summary>c (+)= a·b.</summary>
    /// <param name="depth">Steps; at least 1.</param>
    /// <param name="a">Packed strip, shape (depth, <see cref="Rows"/>).</param>
    /// <param name="b">Packed strip, shape (depth, <see cref="Columns"/>).</param>
    /// <param name="c">Result, shape (<see cref="Rows"/>, <see cref="Columns"/>), rows <paramref name="stride"/> floats apart.</param>
    /// <param name="stride">Floats from one row of <paramref name="c"/> to the next.</param>
    /// <param name="accumulate">Whether to add to <paramref name="c"/>; otherwise it is overwritten.</param>
    public static abstract void Multiply(nint depth, float* a, float* b, float* c, nint stride, bool accumulate);
}

/// <summary>12 rows by two registers: 24 accumulators, for processors with 32 vector registers (AVX-512, Arm64).</summary>
internal readonly unsafe struct GemmTile12<TLanes, TVector> : IGemmTile
    where TLanes : struct, IGemmLanes<TVector>
    where TVector : unmanaged
{
    public static int Rows => 12;

    public static int Columns => 2 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(nint depth, float* a, float* b, float* c, nint stride, bool accumulate)
    {
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        TVector c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        TVector c60 = default, c61 = default, c70 = default, c71 = default, c80 = default, c81 = default;
        TVector c90 = default, c91 = default, cA0 = default, cA1 = default, cB0 = default, cB1 = default;
        do
        {
            TVector b0 = TLanes.Load(b), b1 = TLanes.Load(b + TLanes.Count);
            GemmTile.Step<TLanes, TVector>(a[0], b0, b1, ref c00, ref c01);
            GemmTile.Step<TLanes, TVector>(a[1], b0, b1, ref c10, ref c11);
            GemmTile.Step<TLanes, TVector>(a[2], b0, b1, ref c20, ref c21);
            GemmTile.Step<TLanes, TVector>(a[3], b0, b1, ref c30, ref c31);
            GemmTile.Step<TLanes, TVector>(a[4], b0, b1, ref c40, ref c41);
            GemmTile.Step<TLanes, TVector>(a[5], b0, b1, ref c50, ref c51);
            GemmTile.Step<TLanes, TVector>(a[6], b0, b1, ref c60, ref c61);
            GemmTile.Step<TLanes, TVector>(a[7], b0, b1, ref c70, ref c71);
            GemmTile.Step<TLanes, TVector>(a[8], b0, b1, ref c80, ref c81);
            GemmTile.Step<TLanes, TVector>(a[9], b0, b1, ref c90, ref c91);
            GemmTile.Step<TLanes, TVector>(a[10], b0, b1, ref cA0, ref cA1);
            GemmTile.Step<TLanes, TVector>(a[11], b0, b1, ref cB0, ref cB1);
            a += 12;
            b += 2 * TLanes.Count;
        }
        while (--depth != 0);
        GemmTile.Store<TLanes, TVector>(c, c00, c01, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c10, c11, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c20, c21, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c30, c31, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c40, c41, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c50, c51, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c60, c61, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c70, c71, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c80, c81, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c90, c91, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, cA0, cA1, accumulate);
        GemmTile.Store<TLanes, TVector>(c + stride, cB0, cB1, accumulate);
    }
}

/// <summary>6 rows by two registers: 12 accumulators, for processors with 16 vector registers (AVX2, or scalars).</summary>
internal readonly unsafe struct GemmTile6<TLanes, TVector> : IGemmTile
    where TLanes : struct, IGemmLanes<TVector>
    where TVector : unmanaged
{
    public static int Rows => 6;

    public static int Columns => 2 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(nint depth, float* a, float* b, float* c, nint stride, bool accumulate)
    {
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        TVector c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        do
        {
            TVector b0 = TLanes.Load(b), b1 = TLanes.Load(b + TLanes.Count);
            GemmTile.Step<TLanes, TVector>(a[0], b0, b1, ref c00, ref c01);
            GemmTile.Step<TLanes, TVector>(a[1], b0, b1, ref c10, ref c11);
            GemmTile.Step<TLanes, TVector>(a[2], b0, b1, ref c20, ref c21);
            GemmTile.Step<TLanes, TVector>(a[3], b0, b1, ref c30, ref c31);
            GemmTile.Step<TLanes, TVector>(a[4], b0, b1, ref c40, ref c41);
            GemmTile.Step<TLanes, TVector>(a[5], b0, b1, ref c50, ref c51);
            a += 6;
            b += 2 * TLanes.Count;
        }
        while (--depth != 0);
        GemmTile.Store<TLanes, TVector>(c, c00, c01, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c10, c11, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c20, c21, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c30, c31, accumulate);
        GemmTile.Store<TLanes, TVector>(c += stride, c40, c41, accumulate);
        GemmTile.Store<TLanes, TVector>(c + stride, c50, c51, accumulate);
    }
}

/// <summary>What the tiles share: one row's step of depth, and one row's way out of the registers.</summary>
internal static unsafe class GemmTile
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TLanes, TVector>(float a, TVector b0, TVector b1, ref TVector c0, ref TVector c1)
        where TLanes : struct, IGemmLanes<TVector>
        where TVector : unmanaged
    {
        TVector row = TLanes.Broadcast(a);
        c0 = TLanes.MultiplyAdd(row, b0, c0);
        c1 = TLanes.MultiplyAdd(row, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TLanes, TVector>(float* c, TVector c0, TVector c1, bool accumulate)
        where TLanes : struct, IGemmLanes<TVector>
        where TVector : unmanaged
    {
        if (accumulate)
        {
            c0 = TLanes.Add(TLanes.Load(c), c0);
            c1 = TLanes.Add(TLanes.Load(c + TLanes.Count), c1);
        }
        TLanes.Store(c0, c);
        TLanes.Store(c1, c + TLanes.Count);
    }
}
