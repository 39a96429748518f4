namespace MicroChat.Kernels;

/// <summary>Log-probability of the target and entropy of softmax rows, and their gradient in place of the logits.</summary>
/// <remarks>Finite logits of any size and −∞ (a token that cannot come) are allowed; a row needs one finite logit.</remarks>
public static unsafe class CrossEntropy
{
    /// <summary>logProb[t] = logits[t,target] − logSumExp[t]; entropy[t] = −Σ_v p log p. Unit: nats.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="logits">(T,V)</param>
    /// <param name="targets">(T): from 0 to V − 1, or −1: no target, logProb 0.</param>
    /// <param name="V">Tokens in the vocabulary.</param>
    /// <param name="logProb">(T)</param>
    /// <param name="logSumExp">(T): kept for the backward.</param>
    /// <param name="entropy">(T), or empty: not wanted.</param>
    /// <exception cref="ArgumentException">A shape or a target does not fit; nothing was written.</exception>
    public static void LogProb(
        Crew crew, ReadOnlySpan<float> logits, ReadOnlySpan<int> targets, int V, Span<float> logProb, Span<float> logSumExp, Span<float> entropy)
    {
        int T = Require(logits.Length, targets, V);
        Shape.Require(logProb.Length == T, logProb.Length, $"the number of targets {T}");
        Shape.Require(logSumExp.Length == T, logSumExp.Length, $"the number of targets {T}");
        Shape.Require(entropy.Length == T || entropy.IsEmpty, entropy.Length, $"the number of targets {T}, or 0 for none");
        fixed (float* px = logits, pl = logProb, ps = logSumExp, pe = entropy)
        fixed (int* pt = targets)
        {
            CrewWork.Run(crew, new LogProbWork { Logits = px, Targets = pt, LogProb = pl, LogSumExp = ps, Entropy = pe, T = T, Size = V }, logits.Length);
        }
    }

    /// <summary>
    /// Overwrites the logits with scale · (dLogProb[t] · (1[v = target] − p[v]) − dEntropy[t] · p[v] · (log p[v] + entropy[t])).
    /// A row without a target has no part from dLogProb.
    /// </summary>
    /// <param name="crew">The threads.</param>
    /// <param name="logits">(T,V): in, logits; out, their gradient.</param>
    /// <param name="targets">(T), as in the forward.</param>
    /// <param name="V">Tokens in the vocabulary.</param>
    /// <param name="logSumExp">(T), from the forward.</param>
    /// <param name="entropy">(T), from the forward; may be empty where <paramref name="dEntropy"/> is.</param>
    /// <param name="dLogProb">(T): dL/dlogProb.</param>
    /// <param name="dEntropy">(T): dL/dentropy; empty: none.</param>
    /// <param name="scale">Multiplies everything.</param>
    /// <exception cref="ArgumentException">A shape or a target does not fit; nothing was written.</exception>
    public static void Backward(
        Crew crew, Span<float> logits, ReadOnlySpan<int> targets, int V, ReadOnlySpan<float> logSumExp, ReadOnlySpan<float> entropy,
        ReadOnlySpan<float> dLogProb, ReadOnlySpan<float> dEntropy, float scale)
    {
        int T = Require(logits.Length, targets, V);
        Shape.Require(logSumExp.Length == T, logSumExp.Length, $"the number of targets {T}");
        Shape.Require(dLogProb.Length == T, dLogProb.Length, $"the number of targets {T}");
        Shape.Require(dEntropy.Length == T || dEntropy.IsEmpty, dEntropy.Length, $"the number of targets {T}, or 0 for none");
        Shape.Require(entropy.Length == T || dEntropy.IsEmpty, entropy.Length, $"the number of targets {T}");
        fixed (float* px = logits, ps = logSumExp, pe = entropy, pdl = dLogProb, pde = dEntropy)
        fixed (int* pt = targets)
        {
            var work = new LogProbGradient
            {
                Logits = px, Targets = pt, LogSumExp = ps, Entropy = pe, DLogProb = pdl, DEntropy = pde, T = T, Size = V, Scale = scale,
            };
            CrewWork.Run(crew, work, logits.Length);
        }
    }

    /// <summary>
    /// Overwrites the logits with the gradient of a loss of which dLogProb[t] is the slope by log p(target), and in which each −log p(target) stands for
    /// <c>−(1 − e) log p(target) − e mean_v log p[v] + z logSumExp²</c>: dLogProb[t] · ((1 − e) · 1[v = target] + e / V − (1 + 2 z logSumExp[t]) · p[v]).
    /// A row without a target becomes 0. Sources: label smoothing, Szegedy et al. 2016; z-loss, Chowdhery et al. 2022 (PaLM), §5.
    /// </summary>
    /// <param name="crew">The threads.</param>
    /// <param name="logits">(T,V): in, logits; out, their gradient.</param>
    /// <param name="targets">(T), as in the forward.</param>
    /// <param name="V">Tokens in the vocabulary.</param>
    /// <param name="logSumExp">(T), from the forward.</param>
    /// <param name="dLogProb">(T): dL/dlogProb.</param>
    /// <param name="smoothing">e, from 0 to 1.</param>
    /// <param name="zLoss">z, from 0.</param>
    /// <exception cref="ArgumentException">A shape or a target does not fit; nothing was written.</exception>
    public static void PenalisedBackward(
        Crew crew, Span<float> logits, ReadOnlySpan<int> targets, int V, ReadOnlySpan<float> logSumExp, ReadOnlySpan<float> dLogProb, float smoothing, float zLoss)
    {
        int T = Require(logits.Length, targets, V);
        Shape.Require(logSumExp.Length == T, logSumExp.Length, $"the number of targets {T}");
        Shape.Require(dLogProb.Length == T, dLogProb.Length, $"the number of targets {T}");
        fixed (float* px = logits, ps = logSumExp, pdl = dLogProb)
        fixed (int* pt = targets)
        {
            var work = new PenalisedGradient { Logits = px, Targets = pt, LogSumExp = ps, DLogProb = pdl, T = T, Size = V, Smoothing = smoothing, ZLoss = zLoss };
            CrewWork.Run(crew, work, logits.Length);
        }
    }

    private static int Require(int logits, ReadOnlySpan<int> targets, int V)
    {
        Shape.Require(V > 0, V, $"at least 1");
        Shape.Require(logits == (long)targets.Length * V, logits, $"{targets.Length} targets · V = {V}");
        foreach (int target in targets)
        {
            Shape.Require(target >= -1 && target < V, target, $"from 0 to {V - 1}, or -1 for no target");
        }
        return targets.Length;
    }
}

/// <summary>The members' share of <see cref="CrossEntropy.LogProb"/>.</summary>
internal unsafe struct LogProbWork : ICrewWork
{
    /// <summary>Below this the exponential is 0 in float32; bounding here keeps 0 · (−∞) out of the entropy.</summary>
    private const float Nothing = -104f;

    public float* Logits, LogProb, LogSumExp, Entropy;
    public int* Targets;
    public int T, Size;

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int from, int to) = CrewWork.Share(T, member, members);
        for (int t = from; t < to; t++)
        {
            float* x = Logits + ((nint)t * Size);
            float max = Rows.Max<V>(x, Size);
            (double sum, double along) = Entropy is null ? (SumExp<V>(x, Size, max), 0) : Moments<V>(x, Size, max);
            double log = Math.Log(sum);
            LogSumExp[t] = (float)(max + log);
            LogProb[t] = Targets[t] < 0 ? 0f : (float)((double)x[Targets[t]] - max - log);
            if (Entropy is not null)
            {
                Entropy[t] = (float)(log - (along / sum));
            }
        }
    }

    /// <summary>Σ e^(x − max), blocks of float sums added in double.</summary>
    public static double SumExp<V>(float* x, int n, float max)
        where V : unmanaged, ILanes<V>
    {
        const int Block = 2_048;
        double total = 0;
        V shift = V.All(max);
        for (int start = 0; start < n; start += Block)
        {
            int end = Math.Min(n, start + Block), i = start;
            V sum = V.All(0);
            for (; i <= end - V.Count; i += V.Count)
            {
                sum += Rows.Exp(V.Load(x + i) - shift);
            }
            total += sum.Sum();
            for (; i < end; i++)
            {
                total += MathF.Exp(x[i] - max);
            }
        }
        return total;
    }

    /// <summary>Σ e^(x − max) and Σ (x − max) · e^(x − max).</summary>
    private static (double Sum, double Along) Moments<V>(float* x, int n, float max)
        where V : unmanaged, ILanes<V>
    {
        const int Block = 2_048;
        double total = 0, totalAlong = 0;
        V shift = V.All(max), nothing = V.All(Nothing);
        for (int start = 0; start < n; start += Block)
        {
            int end = Math.Min(n, start + Block), i = start;
            V sum = V.All(0), along = sum;
            for (; i <= end - V.Count; i += V.Count)
            {
                V away = V.Max(nothing, V.Load(x + i) - shift), e = Rows.Exp(away);
                sum += e;
                along = V.MultiplyAdd(e, away, along);
            }
            total += sum.Sum();
            totalAlong += along.Sum();
            for (; i < end; i++)
            {
                float away = MathF.Max(Nothing, x[i] - max), e = MathF.Exp(away);
                total += e;
                totalAlong += e * away;
            }
        }
        return (total, totalAlong);
    }
}

/// <summary>The members' share of <see cref="CrossEntropy.Backward"/>.</summary>
internal unsafe struct LogProbGradient : ICrewWork
{
    /// <summary>Above this a float32 log-sum-exp no longer holds the logarithm's digits, and the row's sum is taken again.</summary>
    private const float Coarse = 256f;

    public float* Logits, LogSumExp, Entropy, DLogProb, DEntropy;
    public int* Targets;
    public int T, Size;
    public float Scale;

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int from, int to) = CrewWork.Share(T, member, members);
        for (int t = from; t < to; t++)
        {
            float* x = Logits + ((nint)t * Size);
            (float shift, float log) = Normaliser<V>(x, Size, LogSumExp[t]);
            float dLogProb = Targets[t] < 0 ? 0f : DLogProb[t] * Scale;
            if (DEntropy is null)
            {
                Row<V>(x, shift, log, -dLogProb);
            }
            else
            {
                RowWithEntropy<V>(x, shift, log, -dLogProb, DEntropy[t] * Scale, Entropy[t]);
            }
            if (Targets[t] >= 0)
            {
                x[Targets[t]] += dLogProb;
            }
        }
    }

    /// <summary>Two numbers that take a logit to its log-probability when both are subtracted, the first of them first.</summary>
    public static (float Shift, float Log) Normaliser<V>(float* x, int n, float logSumExp)
        where V : unmanaged, ILanes<V>
    {
        if (MathF.Abs(logSumExp) <= Coarse)
        {
            return (logSumExp, 0);
        }
        float max = Rows.Max<V>(x, n);
        return (max, (float)Math.Log(LogProbWork.SumExp<V>(x, n, max)));
    }

    private readonly void Row<V>(float* x, float shift, float log, float factor)
        where V : unmanaged, ILanes<V>
    {
        V vShift = V.All(shift), vLog = V.All(log), vFactor = V.All(factor);
        for (int i = 0; i < Size; i += V.Count)
        {
            Rows.Store(Rows.Exp(Rows.Load<V>(x, i, Size) - vShift - vLog) * vFactor, x, i, Size);
        }
    }

    private readonly void RowWithEntropy<V>(float* x, float shift, float log, float factor, float dEntropy, float entropy)
        where V : unmanaged, ILanes<V>
    {
        V vShift = V.All(shift), vLog = V.All(log), vFactor = V.All(factor - (dEntropy * entropy)), vEntropy = V.All(-dEntropy);
        V nothing = V.All(-104f); // keeps 0 · (−∞) out
        for (int i = 0; i < Size; i += V.Count)
        {
            V logP = V.Max(nothing, Rows.Load<V>(x, i, Size) - vShift - vLog);
            Rows.Store(Rows.Exp(logP) * V.MultiplyAdd(vEntropy, logP, vFactor), x, i, Size);
        }
    }
}

/// <summary>The members' share of <see cref="CrossEntropy.PenalisedBackward"/>.</summary>
internal unsafe struct PenalisedGradient : ICrewWork
{
    public float* Logits, LogSumExp, DLogProb;
    public int* Targets;
    public int T, Size;
    public float Smoothing, ZLoss;

    public readonly void Run<V>(int member, int members)
        where V : unmanaged, ILanes<V>
    {
        (int from, int to) = CrewWork.Share(T, member, members);
        for (int t = from; t < to; t++)
        {
            float* x = Logits + ((nint)t * Size);
            (float shift, float log) = LogProbGradient.Normaliser<V>(x, Size, LogSumExp[t]);
            float dLogProb = Targets[t] < 0 ? 0f : DLogProb[t];
            Row<V>(x, shift, log, -dLogProb * (1 + (2 * ZLoss * LogSumExp[t])), dLogProb * Smoothing / Size);
            if (Targets[t] >= 0)
            {
                x[Targets[t]] += dLogProb * (1 - Smoothing);
            }
        }
    }

    private readonly void Row<V>(float* x, float shift, float log, float factor, float everywhere)
        where V : unmanaged, ILanes<V>
    {
        V vShift = V.All(shift), vLog = V.All(log), vFactor = V.All(factor), vEverywhere = V.All(everywhere);
        for (int i = 0; i < Size; i += V.Count)
        {
            Rows.Store(V.MultiplyAdd(Rows.Exp(Rows.Load<V>(x, i, Size) - vShift - vLog), vFactor, vEverywhere), x, i, Size);
        }
    }
}
