namespace MicroChat.Kernels;

/// <summary>The constants of one AdamW step.</summary>
/// <param name="LearningRate">Rate of this step.</param>
/// <param name="Beta1">Decay of the first moment. A β is read as the decimal it was written as: 0.999f means 0.999.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the bias-corrected root.</param>
/// <param name="WeightDecay">Decoupled decay; 0: none.</param>
/// <param name="Step">Number of this step, from 1.</param>
/// <param name="GradientScale">Multiplies the gradient first, as clipping does; 1: as it is.</param>
public readonly record struct AdamWStep(
    float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay, long Step, float GradientScale);

/// <summary>Adam with decoupled weight decay.</summary>
/// <remarks>Source: Loshchilov and Hutter 2019, arXiv:1711.05101, in the form of torch.optim.AdamW.</remarks>
public static unsafe class AdamW
{
    /// <summary>
    /// w *= 1 − lr·wd; m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g·g; w −= lr/(1 − β1ᵗ) · m / (√v/√(1 − β2ᵗ) + ε), g scaled before.
    /// </summary>
    /// <param name="crew">The threads.</param>
    /// <param name="w">Weights, any shape.</param>
    /// <param name="g">Their gradient. Must be finite: an infinite square stops a weight for good.</param>
    /// <param name="m">First moment; 0 before step 1.</param>
    /// <param name="v">Second moment; 0 before step 1.</param>
    /// <param name="step">The step's constants.</param>
    /// <exception cref="ArgumentException">A length or the step's number does not fit; nothing was written.</exception>
    public static void Step(Crew crew, Span<float> w, ReadOnlySpan<float> g, Span<float> m, Span<float> v, in AdamWStep step)
    {
        Shape.Require(g.Length == w.Length, g.Length, $"w's length {w.Length}");
        Shape.Require(m.Length == w.Length, m.Length, $"w's length {w.Length}");
        Shape.Require(v.Length == w.Length, v.Length, $"w's length {w.Length}");
        Shape.Require(step.Step >= 1, step.Step, $"at least 1");
        double beta1 = (double)(decimal)step.Beta1, beta2 = (double)(decimal)step.Beta2; // a decimal keeps a float's 7 written digits
        fixed (float* pw = w, pg = g, pm = m, pv = v)
        {
            var work = new StepWork
            {
                W = pw, G = pg, M = pm, V = pv, N = w.Length,
                Keep = (float)(1 - ((double)step.LearningRate * step.WeightDecay)),
                Beta1 = (float)beta1,
                Rest1 = (float)(1 - beta1),
                Beta2 = (float)beta2,
                Rest2 = (float)(1 - beta2),
                Rate = (float)(step.LearningRate / (1 - Math.Pow(beta1, step.Step))),
                Root = (float)Math.Sqrt(1 - Math.Pow(beta2, step.Step)),
                Epsilon = step.Epsilon,
                GradientScale = step.GradientScale,
            };
            CrewWork.Run(crew, work, w.Length);
        }
    }

    private struct StepWork : ICrewWork
    {
        public float* W, G, M, V;
        public int N;
        public float Keep, Beta1, Rest1, Beta2, Rest2, Rate, Root, Epsilon, GradientScale;

        public readonly void Run<TLanes>(int member, int members)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            (int from, int to) = CrewWork.Share(N, member, members, 16);
            TLanes keep = TLanes.All(Keep), beta1 = TLanes.All(Beta1), rest1 = TLanes.All(Rest1), beta2 = TLanes.All(Beta2);
            TLanes rest2 = TLanes.All(Rest2), rate = TLanes.All(Rate), root = TLanes.All(Root), epsilon = TLanes.All(Epsilon), scale = TLanes.All(GradientScale);
            for (int i = from; i < to; i += TLanes.Count)
            {
                TLanes g = Rows.Load<TLanes>(G, i, to) * scale;
                TLanes m = (Rows.Load<TLanes>(M, i, to) * beta1) + (rest1 * g);
                TLanes v = (Rows.Load<TLanes>(V, i, to) * beta2) + (rest2 * g * g); // left to right: g·g alone overflows earlier
                Rows.Store(m, M, i, to);
                Rows.Store(v, V, i, to);
                Rows.Store((Rows.Load<TLanes>(W, i, to) * keep) - (rate * m / ((TLanes.Sqrt(v) / root) + epsilon)), W, i, to);
            }
        }
    }
}

/// <summary>The Euclidean norm of several gradients together, in double, and the factor that clips it.</summary>
public struct GradientNorm
{
    private double _squares;

    /// <summary>Takes one more gradient in.</summary>
    public void Add(Crew crew, ReadOnlySpan<float> gradient) => _squares += Vectors.SumOfSquares(crew, gradient);

    /// <summary>√ of the sum of squares; infinite or NaN where an entry is.</summary>
    public readonly double Value => Math.Sqrt(_squares);

    /// <summary>min(1, max / (norm + 1e-6)): 0 of an infinite norm, NaN of NaN. Skip the step rather than use those.</summary>
    public readonly float ClipFactor(double max) => (float)Math.Min(1, max / (Value + 1e-6));
}
