using System.Runtime.CompilerServices;

namespace MicroChat.Kernels;

/// <summary>A curve y = x · gate(x) with its slope.</summary>
internal interface ICurve
{
    /// <summary>The factor between 0 and 1.</summary>
    public static abstract V Gate<V>(V x)
        where V : unmanaged, ILanes<V>;

    public static abstract V Slope<V>(V x)
        where V : unmanaged, ILanes<V>;
}

/// <summary>The logistic function and z · σ(z).</summary>
internal readonly struct SiluCurve : ICurve
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gate<V>(V x)
        where V : unmanaged, ILanes<V> => V.All(1f) / (V.All(1f) + Rows.Exp(V.All(0f) - x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V gate = Gate(x);
        return gate * V.MultiplyAdd(x, V.All(1f) - gate, V.All(1f));
    }
}

/// <summary>x · Φ(x).</summary>
/// <remarks>Φ(−a) = e^(−a²/2) · R(t), t = 1/(1 + 0.35 a): R is smooth, a polynomial through Chebyshev nodes fits it within 4e-8 of its value.</remarks>
internal readonly struct GeluCurve : ICurve
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gate<V>(V x)
        where V : unmanaged, ILanes<V> => Cumulative(x, Bell(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        const float InverseRootTwoPi = 0.3989422804f;
        V bell = Bell(x);
        return V.MultiplyAdd(x * bell, V.All(InverseRootTwoPi), Cumulative(x, bell));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Bell<V>(V x)
        where V : unmanaged, ILanes<V> => Rows.Exp(x * x * V.All(-0.5f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Cumulative<V>(V x, V bell)
        where V : unmanaged, ILanes<V>
    {
        V t = V.All(1f) / V.MultiplyAdd(V.Abs(x), V.All(0.35f), V.All(1f));
        V r = V.MultiplyAdd(V.All(-0.029679522026922246f), t, V.All(0.14654583040513655f));
        r = V.MultiplyAdd(r, t, V.All(-0.26096122853275666f));
        r = V.MultiplyAdd(r, t, V.All(0.16505099613529936f));
        r = V.MultiplyAdd(r, t, V.All(-0.027046608462769857f));
        r = V.MultiplyAdd(r, t, V.All(0.10711458768158358f));
        r = V.MultiplyAdd(r, t, V.All(0.1194449168240768f));
        r = V.MultiplyAdd(r, t, V.All(0.13991229812840186f));
        r = V.MultiplyAdd(r, t, V.All(0.13961871256086517f));
        V below = bell * r * t;
        return V.WhereLess(x, V.All(0f), below, V.All(1f) - below);
    }
}

/// <summary>The tanh form of x · Φ(x); (1 + tanh u)/2 is σ(2u).</summary>
internal readonly struct GeluTanhCurve : ICurve
{
    private const float TwiceRootTwoByPi = 1.5957691216f;
    private const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gate<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V argument = x * V.MultiplyAdd(x * x, V.All(TwiceRootTwoByPi * Cubic), V.All(TwiceRootTwoByPi));
        return V.All(1f) / (V.All(1f) + Rows.Exp(V.All(0f) - argument));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V gate = Gate(x);
        V steep = x * V.MultiplyAdd(x * x, V.All(3 * TwiceRootTwoByPi * Cubic), V.All(TwiceRootTwoByPi));
        V bend = gate * (V.All(1f) - gate);
        return V.WhereLess(V.All(20f), V.Abs(x), gate, V.MultiplyAdd(steep, bend, gate)); // x³ may be infinite where bend is 0
    }
}

/// <summary>The members' share of a curve over flat data; the slope times <see cref="Dy"/> where that is given.</summary>
internal unsafe struct CurveWork<TCurve> : ICrewWork
    where TCurve : unmanaged, ICurve
{
    public float* X, Dy, Result;
    public int N;

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int from, int to) = CrewWork.Share(N, member, members, 16);
        if (Dy is null)
        {
            Values<V>(from, to);
        }
        else
        {
            Slopes<V>(from, to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // measured, as in SwiGluForward
    private readonly void Values<V>(int from, int to)
        where V : unmanaged, ILanes<V>
    {
        for (int i = from; i < to; i += V.Count)
        {
            V x = Rows.Load<V>(X, i, to);
            Rows.Store(x * TCurve.Gate(x), Result, i, to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // measured, as in SwiGluForward
    private readonly void Slopes<V>(int from, int to)
        where V : unmanaged, ILanes<V>
    {
        for (int i = from; i < to; i += V.Count)
        {
            Rows.Store(Rows.Load<V>(Dy, i, to) * TCurve.Slope(Rows.Load<V>(X, i, to)), Result, i, to);
        }
    }
}

/// <summary>The members' share of <see cref="Activations.SwiGlu"/>.</summary>
internal unsafe struct SwiGluForward : ICrewWork
{
    public float* GateUp, Y;
    public int T, F;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // measured: profile-guided tiers leave the loop 1.3 to 4 times slower
    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int from, int to) = CrewWork.Share(T, member, members);
        for (int t = from; t < to; t++)
        {
            float* gate = GateUp + ((nint)t * 2 * F), up = gate + F, y = Y + ((nint)t * F);
            for (int f = 0; f < F; f += V.Count)
            {
                V z = Rows.Load<V>(gate, f, F);
                Rows.Store(z * SiluCurve.Gate(z) * Rows.Load<V>(up, f, F), y, f, F);
            }
        }
    }
}

/// <summary>The members' share of <see cref="Activations.SwiGluBackward"/>.</summary>
internal unsafe struct SwiGluGradient : ICrewWork
{
    public float* GateUp, Dy, Dx;
    public int T, F;

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int from, int to) = CrewWork.Share(T, member, members);
        for (int t = from; t < to; t++)
        {
            nint at = (nint)t * 2 * F;
            float* gate = GateUp + at, dy = Dy + ((nint)t * F), dGate = Dx + at;
            for (int f = 0; f < F; f += V.Count)
            {
                V z = Rows.Load<V>(gate, f, F), up = Rows.Load<V>(gate + F, f, F), d = Rows.Load<V>(dy, f, F);
                V s = SiluCurve.Gate(z);
                Rows.Store(d * up * s * V.MultiplyAdd(z, V.All(1f) - s, V.All(1f)), dGate, f, F);
                Rows.Store(d * z * s, dGate + F, f, F);
            }
        }
    }
}
