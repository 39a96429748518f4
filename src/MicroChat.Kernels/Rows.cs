using System.Runtime.CompilerServices;

namespace MicroChat.Kernels;

/// <summary>Sums, maxima and copies along one row of floats; elementary functions lane by lane.</summary>
internal static unsafe class Rows
{
    /// <summary>Lanes [i, i + W) of a row of n: whole, or the part before the end with 0 behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(float* row, int i, int n)
        where V : unmanaged, ILanes<V> => n - i >= V.Count ? V.Load(row + i) : V.LoadFirst(row + i, n - i);

    /// <summary>Writes the lanes that lie before the row's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(V value, float* row, int i, int n)
        where V : unmanaged, ILanes<V>
    {
        if (n - i >= V.Count)
        {
            value.Store(row + i);
        }
        else
        {
            value.StoreFirst(row + i, n - i);
        }
    }

    /// <summary>Σ a·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot<V>(float* a, float* b, int n)
        where V : unmanaged, ILanes<V>
    {
        V s0 = V.All(0), s1 = s0, s2 = s0, s3 = s0;
        int i = 0;
        for (; i <= n - (4 * V.Count); i += 4 * V.Count)
        {
            s0 = V.MultiplyAdd(V.Load(a + i), V.Load(b + i), s0);
            s1 = V.MultiplyAdd(V.Load(a + i + V.Count), V.Load(b + i + V.Count), s1);
            s2 = V.MultiplyAdd(V.Load(a + i + (2 * V.Count)), V.Load(b + i + (2 * V.Count)), s2);
            s3 = V.MultiplyAdd(V.Load(a + i + (3 * V.Count)), V.Load(b + i + (3 * V.Count)), s3);
        }
        for (; i < n; i += V.Count)
        {
            s0 = V.MultiplyAdd(Load<V>(a, i, n), Load<V>(b, i, n), s0);
        }
        return ((s0 + s1) + (s2 + s3)).Sum();
    }

    /// <summary>Σ x.</summary>
    public static float Sum<V>(float* x, int n)
        where V : unmanaged, ILanes<V>
    {
        V s0 = V.All(0), s1 = s0;
        int i = 0;
        for (; i <= n - (2 * V.Count); i += 2 * V.Count)
        {
            s0 += V.Load(x + i);
            s1 += V.Load(x + i + V.Count);
        }
        for (; i < n; i += V.Count)
        {
            s0 += Load<V>(x, i, n);
        }
        return (s0 + s1).Sum();
    }

    /// <summary>The largest element; −∞ of none.</summary>
    public static float Max<V>(float* x, int n)
        where V : unmanaged, ILanes<V>
    {
        V s0 = V.All(float.NegativeInfinity), s1 = s0;
        int i = 0;
        for (; i <= n - (2 * V.Count); i += 2 * V.Count)
        {
            s0 = V.Max(s0, V.Load(x + i));
            s1 = V.Max(s1, V.Load(x + i + V.Count));
        }
        float largest = V.Max(s0, s1).Largest();
        for (; i < n; i++)
        {
            largest = MathF.Max(largest, x[i]);
        }
        return largest;
    }

    /// <summary>y += factor · x.</summary>
    public static void AddScaled<V>(float* x, float factor, float* y, int n)
        where V : unmanaged, ILanes<V>
    {
        V scale = V.All(factor);
        for (int i = 0; i < n; i += V.Count)
        {
            Store(V.MultiplyAdd(Load<V>(x, i, n), scale, Load<V>(y, i, n)), y, i, n);
        }
    }

    /// <summary>y = factor · x; the rows may be one.</summary>
    public static void Scale<V>(float* x, float factor, float* y, int n)
        where V : unmanaged, ILanes<V>
    {
        V scale = V.All(factor);
        for (int i = 0; i < n; i += V.Count)
        {
            Store(Load<V>(x, i, n) * scale, y, i, n);
        }
    }

    /// <summary>eˣ within 2 ulp; 0 below −86.5, infinite above 88.72; NaN stays.</summary>
    /// <remarks>x = n ln 2 + r with |r| ≤ ln 2 / 2, Taylor's series of eʳ to r⁷; ln 2 in two parts keeps r exact.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        const float Lowest = -86.5f, Highest = 89f;
        V high = V.All(Highest);
        V bounded = V.WhereLess(high, x, high, x);
        V n = V.Round(bounded * V.All(1.44269504f));
        V r = V.MultiplyAdd(n, V.All(-0.693359375f), bounded);
        r = V.MultiplyAdd(n, V.All(2.12194440e-4f), r);
        V y = V.MultiplyAdd(V.All(1f / 5040), r, V.All(1f / 720));
        y = V.MultiplyAdd(y, r, V.All(1f / 120));
        y = V.MultiplyAdd(y, r, V.All(1f / 24));
        y = V.MultiplyAdd(y, r, V.All(1f / 6));
        y = V.MultiplyAdd(y, r, V.All(0.5f));
        y = V.MultiplyAdd(y, r, V.All(1f));
        y = V.MultiplyAdd(y, r, V.All(1f));
        y = (y + y) * V.HalfPowerOfTwo(n);
        return V.WhereLess(x, V.All(Lowest), V.All(0f), y);
    }
}
