namespace MicroChat.Kernels;

/// <summary>The feed-forward branch's curves, forward and backward. Gradients overwrite; they do not add.</summary>
public static unsafe class Activations
{
    /// <summary>y[t,f] = silu(gate[t,f]) · up[t,f] with silu(z) = z / (1 + e⁻ᶻ).</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="gateUp">(T,2F): rows [gate | up].</param>
    /// <param name="y">(T,F)</param>
    /// <param name="F">Channels inside the branch.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    /// <remarks>Source: Shazeer 2020, arXiv:2002.05202.</remarks>
    public static void SwiGlu(Crew crew, ReadOnlySpan<float> gateUp, Span<float> y, int F)
    {
        int T = Tokens(gateUp.Length, F);
        Shape.Require(y.Length == gateUp.Length / 2, y.Length, $"half of gateUp's length {gateUp.Length}");
        fixed (float* px = gateUp, py = y)
        {
            CrewWork.Run(crew, new SwiGluForward { GateUp = px, Y = py, T = T, F = F }, gateUp.Length);
        }
    }

    /// <summary>The gradient of <see cref="SwiGlu"/>.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="gateUp">(T,2F)</param>
    /// <param name="dy">(T,F)</param>
    /// <param name="dGateUp">(T,2F), overwritten; may be <paramref name="gateUp"/>.</param>
    /// <param name="F">Channels inside the branch.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void SwiGluBackward(Crew crew, ReadOnlySpan<float> gateUp, ReadOnlySpan<float> dy, Span<float> dGateUp, int F)
    {
        int T = Tokens(gateUp.Length, F);
        Shape.Require(dy.Length == gateUp.Length / 2, dy.Length, $"half of gateUp's length {gateUp.Length}");
        Shape.Require(dGateUp.Length == gateUp.Length, dGateUp.Length, $"gateUp's length {gateUp.Length}");
        fixed (float* px = gateUp, pdy = dy, pdx = dGateUp)
        {
            CrewWork.Run(crew, new SwiGluGradient { GateUp = px, Dy = pdy, Dx = pdx, T = T, F = F }, gateUp.Length);
        }
    }

    /// <summary>y = x · Φ(x), Φ the normal distribution's cumulative function ("gelu" with erf).</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="y">x's shape; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    /// <remarks>Source: Hendrycks and Gimpel 2016, arXiv:1606.08415.</remarks>
    public static void Gelu(Crew crew, ReadOnlySpan<float> x, Span<float> y) => Map<GeluCurve>(crew, x, x, y, backward: false);

    /// <summary>dx = dy · (Φ(x) + x·φ(x)).</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="dy">x's shape.</param>
    /// <param name="dx">x's shape, overwritten; may be one of the others.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void GeluBackward(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) =>
        Map<GeluCurve>(crew, x, dy, dx, backward: true);

    /// <summary>y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))) ("gelu_new", "gelu_pytorch_tanh").</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="y">x's shape; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void GeluTanh(Crew crew, ReadOnlySpan<float> x, Span<float> y) => Map<GeluTanhCurve>(crew, x, x, y, backward: false);

    /// <summary>The gradient of <see cref="GeluTanh"/>.</summary>
    /// <param name="crew">The threads.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="dy">x's shape.</param>
    /// <param name="dx">x's shape, overwritten; may be one of the others.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static void GeluTanhBackward(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) =>
        Map<GeluTanhCurve>(crew, x, dy, dx, backward: true);

    private static int Tokens(int length, int F)
    {
        Shape.Require(F > 0, F, $"at least 1");
        Shape.Require(length % (2L * F) == 0, length, $"a multiple of 2F = {2L * F}");
        return length / 2 / F;
    }

    private static void Map<TCurve>(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> result, bool backward)
        where TCurve : unmanaged, ICurve
    {
        Shape.Require(dy.Length == x.Length, dy.Length, $"x's length {x.Length}");
        Shape.Require(result.Length == x.Length, result.Length, $"x's length {x.Length}");
        fixed (float* px = x, pdy = dy, pr = result)
        {
            CrewWork.Run(crew, new CurveWork<TCurve> { X = px, Dy = backward ? pdy : null, Result = pr, N = x.Length }, x.Length);
        }
    }
}
