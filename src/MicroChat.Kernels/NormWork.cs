using System.Runtime.CompilerServices;

namespace MicroChat.Kernels;

/// <summary>The members' share of <see cref="Norms.RmsNorm"/>.</summary>
internal unsafe struct RmsForward : ICrewWork
{
    public float* X, Gain, Y;
    public int T, C;
    public float Eps;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // measured: profile-guided tiers leave the loop 1.3 to 4 times slower
    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int from, int to) = CrewWork.Share(T, member, members);
        for (int t = from; t < to; t++)
        {
            float* x = X + ((nint)t * C), y = Y + ((nint)t * C);
            V scale = V.All(1f / MathF.Sqrt((Rows.Dot<V>(x, x, C) / C) + Eps));
            for (int c = 0; c < C; c += V.Count)
            {
                Rows.Store(Rows.Load<V>(x, c, C) * scale * Rows.Load<V>(Gain, c, C), y, c, C);
            }
        }
    }
}

/// <summary>The members' share of <see cref="Norms.RmsNormBackward"/>.</summary>
/// <remarks>With r = 1/√(mean x² + eps): dx = r·g·dy − x·r³/C·Σ(g·dy·x), dgain = Σ_t dy·x·r.</remarks>
internal unsafe struct RmsBackward : ICrewWork
{
    public float* X, Gain, Dy, Dx, Partial;
    public int T, C, Parts;
    public float Eps;

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int first, int end) = CrewWork.Share(Parts, member, members);
        for (int part = first; part < end; part++)
        {
            float* dgain = Partial + ((nint)part * C);
            new Span<float>(dgain, C).Clear();
            (int from, int to) = CrewWork.Share(T, part, Parts);
            for (int t = from; t < to; t++)
            {
                Row<V>(X + ((nint)t * C), Dy + ((nint)t * C), Dx + ((nint)t * C), dgain);
            }
        }
    }

    private readonly void Row<V>(float* x, float* dy, float* dx, float* dgain)
        where V : unmanaged, ILanes<V>
    {
        float r = 1f / MathF.Sqrt((Rows.Dot<V>(x, x, C) / C) + Eps);
        V along = V.All(0);
        for (int c = 0; c < C; c += V.Count)
        {
            along = V.MultiplyAdd(Rows.Load<V>(Gain, c, C) * Rows.Load<V>(dy, c, C), Rows.Load<V>(x, c, C), along);
        }
        V scale = V.All(r), back = V.All(-r * r * r / C * along.Sum());
        for (int c = 0; c < C; c += V.Count)
        {
            V vx = Rows.Load<V>(x, c, C), vr = Rows.Load<V>(dy, c, C) * scale;
            Rows.Store(Rows.Load<V>(dx, c, C) + V.MultiplyAdd(vr, Rows.Load<V>(Gain, c, C), vx * back), dx, c, C);
            Rows.Store(V.MultiplyAdd(vr, vx, Rows.Load<V>(dgain, c, C)), dgain, c, C);
        }
    }
}

/// <summary>The members' share of <see cref="Norms.LayerNorm"/>.</summary>
internal unsafe struct LayerForward : ICrewWork
{
    public float* X, Gain, Bias, Y;
    public int T, C;
    public float Eps;

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int from, int to) = CrewWork.Share(T, member, members);
        for (int t = from; t < to; t++)
        {
            float* x = X + ((nint)t * C), y = Y + ((nint)t * C);
            (float average, float r) = Moments<V>(x, C, Eps);
            V mean = V.All(average), scale = V.All(r);
            for (int c = 0; c < C; c += V.Count)
            {
                V bias = Bias is null ? V.All(0) : Rows.Load<V>(Bias, c, C);
                Rows.Store(V.MultiplyAdd((Rows.Load<V>(x, c, C) - mean) * scale, Rows.Load<V>(Gain, c, C), bias), y, c, C);
            }
        }
    }

    /// <summary>
    /// The mean and 1/√(variance + eps), in two passes so that a large mean does not cancel the variance; the second also takes back the
    /// first one's rounding.
    /// </summary>
    public static (float Mean, float Scale) Moments<V>(float* x, int C, float eps)
        where V : unmanaged, ILanes<V>
    {
        float average = Rows.Sum<V>(x, C) / C;
        V mean = V.All(average), squares = V.All(0), rests = squares;
        int c = 0;
        for (; c <= C - V.Count; c += V.Count)
        {
            V away = V.Load(x + c) - mean;
            rests += away;
            squares = V.MultiplyAdd(away, away, squares);
        }
        float sum = squares.Sum(), rest = rests.Sum();
        for (; c < C; c++)
        {
            float away = x[c] - average;
            rest += away;
            sum += away * away;
        }
        rest /= C;
        return (average + rest, 1f / MathF.Sqrt((sum / C) - (rest * rest) + eps));
    }
}

/// <summary>The members' share of <see cref="Norms.LayerNormBackward"/>; a part's sums are dgain (C) and dbias (C).</summary>
/// <remarks>With n = (x − mean)·r and h = g·dy: dx = r·(h − mean h − n·mean(h·n)), dgain = Σ_t dy·n, dbias = Σ_t dy.</remarks>
internal unsafe struct LayerBackward : ICrewWork
{
    public float* X, Gain, Dy, Dx, Partial;
    public int T, C, Parts;
    public float Eps;

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int first, int end) = CrewWork.Share(Parts, member, members);
        for (int part = first; part < end; part++)
        {
            float* sums = Partial + ((nint)part * 2 * C);
            new Span<float>(sums, 2 * C).Clear();
            (int from, int to) = CrewWork.Share(T, part, Parts);
            for (int t = from; t < to; t++)
            {
                Row<V>(X + ((nint)t * C), Dy + ((nint)t * C), Dx + ((nint)t * C), sums, sums + C);
            }
        }
    }

    private readonly void Row<V>(float* x, float* dy, float* dx, float* dgain, float* dbias)
        where V : unmanaged, ILanes<V>
    {
        (float average, float r) = LayerForward.Moments<V>(x, C, Eps);
        V mean = V.All(average), scale = V.All(r), sum = V.All(0), along = sum;
        for (int c = 0; c < C; c += V.Count)
        {
            V h = Rows.Load<V>(Gain, c, C) * Rows.Load<V>(dy, c, C); // 0 behind the end
            sum += h;
            along = V.MultiplyAdd(h, (Rows.Load<V>(x, c, C) - mean) * scale, along);
        }
        V meanH = V.All(sum.Sum() / C), back = V.All(along.Sum() / C);
        for (int c = 0; c < C; c += V.Count)
        {
            V n = (Rows.Load<V>(x, c, C) - mean) * scale, d = Rows.Load<V>(dy, c, C);
            V h = Rows.Load<V>(Gain, c, C) * d;
            Rows.Store(V.MultiplyAdd(scale, h - meanH - (n * back), Rows.Load<V>(dx, c, C)), dx, c, C);
            Rows.Store(V.MultiplyAdd(d, n, Rows.Load<V>(dgain, c, C)), dgain, c, C);
            Rows.Store(d + Rows.Load<V>(dbias, c, C), dbias, c, C);
        }
    }
}

/// <summary>Adds column sums of fixed rows in a fixed order: neither depends on the crew.</summary>
internal unsafe struct PartialSums : ICrewWork
{
    /// <summary>Rows that are added up before they join the sum: long columns lose fewer digits.</summary>
    private const int Block = 64;

    public float* Partial, Sum;
    public int Stride, Parts, C;

    /// <summary>How many parts T tokens are split into: some for every member, each long enough to pay for its row of sums.</summary>
    public static int PartsOf(int T) => Math.Clamp(T / 8, 1, 64);

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int from, int to) = CrewWork.Share(C, member, members, 64);
        int c = from;
        for (; c <= to - (4 * V.Count); c += 4 * V.Count)
        {
            V sum0 = V.Load(Sum + c), sum1 = V.Load(Sum + c + V.Count), sum2 = V.Load(Sum + c + (2 * V.Count)), sum3 = V.Load(Sum + c + (3 * V.Count));
            for (int first = 0; first < Parts; first += Block)
            {
                V part0 = V.All(0), part1 = part0, part2 = part0, part3 = part0;
                float* at = Partial + ((nint)first * Stride) + c, end = at + ((nint)Math.Min(Block, Parts - first) * Stride);
                for (; at < end; at += Stride)
                {
                    part0 += V.Load(at);
                    part1 += V.Load(at + V.Count);
                    part2 += V.Load(at + (2 * V.Count));
                    part3 += V.Load(at + (3 * V.Count));
                }
                sum0 += part0;
                sum1 += part1;
                sum2 += part2;
                sum3 += part3;
            }
            sum0.Store(Sum + c);
            sum1.Store(Sum + c + V.Count);
            sum2.Store(Sum + c + (2 * V.Count));
            sum3.Store(Sum + c + (3 * V.Count));
        }
        for (; c < to; c += V.Count)
        {
            V sum = Rows.Load<V>(Sum, c, to);
            for (int first = 0; first < Parts; first += Block)
            {
                V part = V.All(0);
                for (int i = first; i < Math.Min(Parts, first + Block); i++)
                {
                    part += Rows.Load<V>(Partial + ((nint)i * Stride), c, to);
                }
                sum += part;
            }
            Rows.Store(sum, Sum, c, to);
        }
    }
}
