using System.Runtime.CompilerServices;

namespace MicroChat.Kernels;

/// <summary>Products of small matrices that lie in the first cache levels.</summary>
internal static unsafe class Tile
{
    /// <summary>Rows of the register block: M must be a multiple of it.</summary>
    public const int RowBlock = 6;

    /// <summary>c = a·b, or c += a·b.</summary>
    /// <param name="a">(M,K): element (m,k) at m · aRow + k · aColumn, so that a transposed tile needs no copy.</param>
    /// <param name="aRow">Floats from row to row.</param>
    /// <param name="aColumn">Floats from column to column.</param>
    /// <param name="b">(K,N), rows bRow floats apart.</param>
    /// <param name="bRow">Floats from row to row.</param>
    /// <param name="c">(M,N), rows cRow floats apart.</param>
    /// <param name="cRow">Floats from row to row.</param>
    /// <param name="M">Rows: a multiple of <see cref="RowBlock"/>.</param>
    /// <param name="N">Columns: a multiple of the lanes.</param>
    /// <param name="K">Length of the sums.</param>
    /// <param name="add">Whether c's content stays as a summand.</param>
    public static void Multiply<V>(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int M, int N, int K, bool add)
        where V : unmanaged, ILanes<V>
    {
        int n = 0;
        for (; n <= N - (2 * V.Count); n += 2 * V.Count)
        {
            for (int m = 0; m < M; m += RowBlock)
            {
                Block2<V>(a + (m * aRow), aRow, aColumn, b + n, bRow, c + (m * cRow) + n, cRow, K, add);
            }
        }
        for (; n < N; n += V.Count)
        {
            for (int m = 0; m < M; m += RowBlock)
            {
                Block1<V>(a + (m * aRow), aRow, aColumn, b + n, bRow, c + (m * cRow) + n, cRow, K, add);
            }
        }
    }

    /// <summary>6 rows by 2 registers: 12 sums, 2 columns and 1 broadcast fill the 16 registers of AVX2.</summary>
    private static void Block2<V>(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int K, bool add)
        where V : unmanaged, ILanes<V>
    {
        V c00 = V.All(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
        V c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
        float* a3 = a + (3 * aRow);
        for (int k = 0; k < K; k++)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            V x = V.All(a[0]);
            c00 = V.MultiplyAdd(x, b0, c00);
            c01 = V.MultiplyAdd(x, b1, c01);
            x = V.All(a[aRow]);
            c10 = V.MultiplyAdd(x, b0, c10);
            c11 = V.MultiplyAdd(x, b1, c11);
            x = V.All(a[2 * aRow]);
            c20 = V.MultiplyAdd(x, b0, c20);
            c21 = V.MultiplyAdd(x, b1, c21);
            x = V.All(a3[0]);
            c30 = V.MultiplyAdd(x, b0, c30);
            c31 = V.MultiplyAdd(x, b1, c31);
            x = V.All(a3[aRow]);
            c40 = V.MultiplyAdd(x, b0, c40);
            c41 = V.MultiplyAdd(x, b1, c41);
            x = V.All(a3[2 * aRow]);
            c50 = V.MultiplyAdd(x, b0, c50);
            c51 = V.MultiplyAdd(x, b1, c51);
            a += aColumn;
            a3 += aColumn;
            b += bRow;
        }
        Put2(c, c00, c01, add);
        Put2(c + cRow, c10, c11, add);
        Put2(c + (2 * cRow), c20, c21, add);
        Put2(c + (3 * cRow), c30, c31, add);
        Put2(c + (4 * cRow), c40, c41, add);
        Put2(c + (5 * cRow), c50, c51, add);
    }

    private static void Block1<V>(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int K, bool add)
        where V : unmanaged, ILanes<V>
    {
        V c0 = V.All(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
        for (int k = 0; k < K; k++)
        {
            V b0 = V.Load(b);
            c0 = V.MultiplyAdd(V.All(a[0]), b0, c0);
            c1 = V.MultiplyAdd(V.All(a[aRow]), b0, c1);
            c2 = V.MultiplyAdd(V.All(a[2 * aRow]), b0, c2);
            c3 = V.MultiplyAdd(V.All(a[3 * aRow]), b0, c3);
            c4 = V.MultiplyAdd(V.All(a[4 * aRow]), b0, c4);
            c5 = V.MultiplyAdd(V.All(a[5 * aRow]), b0, c5);
            a += aColumn;
            b += bRow;
        }
        Put(c, c0, add);
        Put(c + cRow, c1, add);
        Put(c + (2 * cRow), c2, add);
        Put(c + (3 * cRow), c3, add);
        Put(c + (4 * cRow), c4, add);
        Put(c + (5 * cRow), c5, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put2<V>(float* c, V left, V right, bool add)
        where V : unmanaged, ILanes<V>
    {
        Put(c, left, add);
        Put(c + V.Count, right, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<V>(float* c, V value, bool add)
        where V : unmanaged, ILanes<V> => (add ? value + V.Load(c) : value).Store(c);
}
