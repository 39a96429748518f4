namespace MicroChat.Kernels;

/// <summary>RMS norm and layer norm per token, forward and backward.</summary>
public static unsafe class Norms
{
    /// <summary>y[t,c] = x[t,c] · gain[c] / √(mean_c x[t,c]² + eps).</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="x">(T,C)</param>
    /// <param name="gain">(C)</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="y">(T,C); may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    /// <remarks>Source: Zhang and Sennrich 2019, arXiv:1910.07467.</remarks>
    public static void RmsNorm(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float eps, Span<float> y)
    {
        int T = Tokens(x, gain);
        Shape.Require(y.Length == x.Length, y.Length, $"x's length {x.Length}");
        fixed (float* px = x, pg = gain, py = y)
        {
            CrewWork.Run(crew, new RmsForward { X = px, Gain = pg, Y = py, T = T, C = gain.Length, Eps = eps }, x.Length);
        }
    }

    /// <summary>Adds the gradients of <see cref="RmsNorm"/> to <paramref name="dx"/> and <paramref name="dgain"/>.</summary>
    /// <param name="crew">The threads; their number does not change the result.</param>
    /// <param name="x">(T,C)</param>
    /// <param name="gain">(C)</param>
    /// <param name="eps">As in the forward.</param>
    /// <param name="dy">(T,C)</param>
    /// <param name="dx">(T,C), added to; may not overlap the others.</param>
    /// <param name="dgain">(C), added to.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void RmsNormBackward(
        Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float eps, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dgain)
    {
        int T = Tokens(x, gain), C = gain.Length, parts = PartialSums.PartsOf(T);
        RequireGradients(x, gain, dy, dx, dgain);
        float* partial = Scratch.Rent(checked(parts * C));
        fixed (float* px = x, pg = gain, pdy = dy, pdx = dx, pdg = dgain)
        {
            CrewWork.Run(
                crew, new RmsBackward { X = px, Gain = pg, Dy = pdy, Dx = pdx, Partial = partial, T = T, C = C, Eps = eps, Parts = parts }, x.Length);
            CrewWork.Run(crew, new PartialSums { Partial = partial, Stride = C, Parts = parts, C = C, Sum = pdg }, (long)parts * C);
        }
    }

    /// <summary>y[t,c] = (x[t,c] − mean_c x[t]) / √(variance_c x[t] + eps) · gain[c] + bias[c]; the variance divides by C.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="x">(T,C)</param>
    /// <param name="gain">(C)</param>
    /// <param name="bias">(C), or empty: none.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="y">(T,C); may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    /// <remarks>Source: Ba et al. 2016, arXiv:1607.06450.</remarks>
    public static void LayerNorm(
        Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, float eps, Span<float> y)
    {
        int T = Tokens(x, gain);
        Shape.Require(bias.Length == gain.Length || bias.IsEmpty, bias.Length, $"gain's length {gain.Length}, or 0 for none");
        Shape.Require(y.Length == x.Length, y.Length, $"x's length {x.Length}");
        fixed (float* px = x, pg = gain, pb = bias, py = y)
        {
            CrewWork.Run(crew, new LayerForward { X = px, Gain = pg, Bias = pb, Y = py, T = T, C = gain.Length, Eps = eps }, x.Length);
        }
    }

    /// <summary>Adds the gradients of <see cref="LayerNorm"/> to <paramref name="dx"/>, <paramref name="dgain"/> and <paramref name="dbias"/>.</summary>
    /// <param name="crew">The threads; their number does not change the result.</param>
    /// <param name="x">(T,C)</param>
    /// <param name="gain">(C)</param>
    /// <param name="eps">As in the forward.</param>
    /// <param name="dy">(T,C)</param>
    /// <param name="dx">(T,C), added to; may not overlap the others.</param>
    /// <param name="dgain">(C), added to.</param>
    /// <param name="dbias">(C), added to; empty: the norm has no bias.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void LayerNormBackward(
        Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float eps, ReadOnlySpan<float> dy,
        Span<float> dx, Span<float> dgain, Span<float> dbias)
    {
        int T = Tokens(x, gain), C = gain.Length, parts = PartialSums.PartsOf(T);
        RequireGradients(x, gain, dy, dx, dgain);
        Shape.Require(dbias.Length == C || dbias.IsEmpty, dbias.Length, $"gain's length {C}, or 0 for none");
        float* partial = Scratch.Rent(checked(parts * 2 * C));
        fixed (float* px = x, pg = gain, pdy = dy, pdx = dx, pdg = dgain, pdb = dbias)
        {
            CrewWork.Run(
                crew, new LayerBackward { X = px, Gain = pg, Dy = pdy, Dx = pdx, Partial = partial, T = T, C = C, Eps = eps, Parts = parts }, x.Length);
            CrewWork.Run(crew, new PartialSums { Partial = partial, Stride = 2 * C, Parts = parts, C = C, Sum = pdg }, (long)parts * C);
            if (!dbias.IsEmpty)
            {
                CrewWork.Run(crew, new PartialSums { Partial = partial + C, Stride = 2 * C, Parts = parts, C = C, Sum = pdb }, (long)parts * C);
            }
        }
    }

    private static int Tokens(ReadOnlySpan<float> x, ReadOnlySpan<float> gain)
    {
        Shape.Require(gain.Length > 0, gain.Length, $"at least 1");
        Shape.Require(x.Length % gain.Length == 0, x.Length, $"a multiple of C = {gain.Length}");
        return x.Length / gain.Length;
    }

    private static void RequireGradients(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dgain)
    {
        Shape.Require(dy.Length == x.Length, dy.Length, $"x's length {x.Length}");
        Shape.Require(dx.Length == x.Length, dx.Length, $"x's length {x.Length}");
        Shape.Require(dgain.Length == gain.Length, dgain.Length, $"gain's length {gain.Length}");
    }
}
