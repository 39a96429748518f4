using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>
/// Muon (Jordan et al. 2024): the Nesterov momentum of a matrix's gradient, its singular values pressed towards 1 by five
/// Newton–Schulz steps, is the direction. Scratch grows to the largest matrix and is kept.
/// </summary>
internal sealed class Muon(Crew crew) : IDisposable
{
    private const int NewtonSchulzSteps = 5;
    private const float A = 3.4445f, B = -4.775f, C = 2.0315f; // the iteration's published coefficients
    private NativeBuffer<float>? _scratch;

    /// <summary>w = w(1 − lr·wd) − lr·ratio·orthogonal(momentum).</summary>
    /// <param name="w">Weights, (rows, columns).</param>
    /// <param name="g">Gradient, (rows, columns).</param>
    /// <param name="momentum">Running mean of the gradient, (rows, columns); updated.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="step">Rate, decay, momentum and factors.</param>
    public void Step(Span<float> w, ReadOnlySpan<float> g, Span<float> momentum, int rows, int columns, in MuonStep step)
    {
        int m = Math.Min(rows, columns), n = Math.Max(rows, columns);
        Span<float> scratch = Reserve(Floats(rows, columns));
        Span<float> x = scratch[..(m * n)], next = scratch.Slice(m * n, m * n);
        UpdateMomentum(g, momentum, step, next);
        if (rows > columns)
        {
            Transpose(next, rows, columns, x);
        }
        else
        {
            next.CopyTo(x);
        }
        Orthogonalize(x, next, scratch[(2 * m * n)..], m, n);
        if (rows > columns)
        {
            Transpose(x, columns, rows, next);
            next.CopyTo(x);
        }
        float keep = 1f - (step.LearningRate * step.WeightDecay), rate = step.LearningRate * step.Ratio(rows, columns);
        for (int i = 0; i < w.Length; i++)
        {
            w[i] = (w[i] * keep) - (rate * x[i]);
        }
    }

    public void Dispose() => _scratch?.Dispose();

    /// <summary>Floats of scratch for a matrix.</summary>
    public static long Floats(long rows, long columns) => (2 * rows * columns) + (3 * Math.Min(rows, columns) * Math.Min(rows, columns));

    private static void UpdateMomentum(ReadOnlySpan<float> g, Span<float> momentum, in MuonStep step, Span<float> direction)
    {
        float mu = step.Momentum, rest = 1f - mu;
        for (int i = 0; i < g.Length; i++)
        {
            float gradient = g[i] * step.GradientScale;
            momentum[i] = (mu * momentum[i]) + (rest * gradient);
            direction[i] = step.Nesterov ? (rest * gradient) + (mu * momentum[i]) : momentum[i];
        }
    }

    /// <summary>x (m,n), m ≤ n: X ← aX + (bA + cA²)X with A = XXᵀ, five times, from X / ‖X‖.</summary>
    private void Orthogonalize(Span<float> x, Span<float> next, Span<float> squares, int m, int n)
    {
        Span<float> gram = squares[..(m * m)], square = squares.Slice(m * m, m * m), factor = squares.Slice(2 * m * m, m * m);
        float scale = (float)(1 / Math.Max(1e-7, Math.Sqrt(Vectors.SumOfSquares(crew, x))));
        for (int i = 0; i < x.Length; i++)
        {
            x[i] *= scale;
        }
        for (int step = 0; step < NewtonSchulzSteps; step++)
        {
            Gemm.XWt(crew, x, x, gram, m, m, n, accumulate: false);
            Gemm.XW(crew, gram, gram, square, m, m, m, accumulate: false);
            for (int i = 0; i < factor.Length; i++)
            {
                factor[i] = (B * gram[i]) + (C * square[i]);
            }
            Gemm.XW(crew, factor, x, next, m, n, m, accumulate: false);
            for (int i = 0; i < x.Length; i++)
            {
                x[i] = (A * x[i]) + next[i];
            }
        }
    }

    private static void Transpose(ReadOnlySpan<float> source, int rows, int columns, Span<float> target)
    {
        const int Block = 16; // both sides stay within a few cache lines
        for (int r0 = 0; r0 < rows; r0 += Block)
        {
            for (int c0 = 0; c0 < columns; c0 += Block)
            {
                for (int r = r0; r < Math.Min(r0 + Block, rows); r++)
                {
                    for (int c = c0; c < Math.Min(c0 + Block, columns); c++)
                    {
                        target[(c * rows) + r] = source[(r * columns) + c];
                    }
                }
            }
        }
    }

    private Span<float> Reserve(long floats)
    {
        if (_scratch is null || _scratch.Length < floats)
        {
            _scratch?.Dispose();
            _scratch = new NativeBuffer<float>(floats);
        }
        return _scratch.Slice(0, checked((int)floats));
    }
}

/// <summary>The numbers of one Muon step.</summary>
internal readonly record struct MuonStep(
    float LearningRate, float WeightDecay, float Momentum, bool Nesterov, float GradientScale, bool MatchAdamW)
{
    /// <summary>Step size for a matrix: 0.2·√max(rows, columns) gives AdamW's usual root mean square; else √max(1, rows/columns).</summary>
    public float Ratio(int rows, int columns) =>
        MatchAdamW ? 0.2f * MathF.Sqrt(Math.Max(rows, columns)) : MathF.Sqrt(Math.Max(1f, rows / (float)columns));
}
