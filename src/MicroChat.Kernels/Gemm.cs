using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MicroChat.Kernels;

/// <summary>
/// Products of row-major float32 matrices, shared over a thread crew; nothing is allocated once each member has its packing memory.
/// An element's value depends only on its row of the left factor, its column of the right one and the depth, not on how
/// many members work or which other rows are in the batch; of <see cref="XWt"/> this holds among the batches of up to
/// <see cref="DotRows"/> rows, and among those of more; <see cref="Dots"/> is for callers who need it among all.
/// </summary>
/// <remarks>Blocks and panels: Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication".</remarks>
public static unsafe class Gemm
{
    /// <summary>Up to so many rows <see cref="XWt"/> streams the weights once instead of packing them.</summary>
    public const int DotRows = 32;

    /// <summary>Multiply-adds below which waking the crew costs more than it saves.</summary>
    private const long AloneBelow = 32_768;

    /// <summary>y (+)= x·wᵀ: a linear layer forward.</summary>
    /// <param name="crew">The threads that share the work.</param>
    /// <param name="x">Input, shape (M, K).</param>
    /// <param name="w">Weights, shape (N, K).</param>
    /// <param name="y">Output, shape (M, N); may not overlap the inputs.</param>
    /// <param name="M">Rows of the batch; 0 or more.</param>
    /// <param name="N">Output channels.</param>
    /// <param name="K">Input channels.</param>
    /// <param name="accumulate">Whether to add to <paramref name="y"/>; otherwise it is overwritten.</param>
    /// <exception cref="ArgumentException">A length does not fit the shape, or y overlaps an input. Nothing was written.</exception>
    public static void XWt(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> w, Span<float> y, int M, int N, int K, bool accumulate)
    {
        if (M <= DotRows)
        {
            Dots(crew, x, w, y, M, N, K, accumulate);
            return;
        }
        RequireLinear(x, w, y, M, N, K);
        fixed (float* px = x, pw = w, py = y)
        {
            Multiply(crew, new GemmFactor((nint)px, K, true), new GemmFactor((nint)pw, K, true), py, M, N, K, accumulate);
        }
    }

    /// <summary>
    /// y (+)= x·wᵀ, each element one scalar product whose bits do not depend on the number of rows: serving, where a token must come out
    /// the same alone, in a batch and in a prompt.
    /// </summary>
    /// <inheritdoc cref="XWt"/>
    public static void Dots(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> w, Span<float> y, int M, int N, int K, bool accumulate)
    {
        RequireLinear(x, w, y, M, N, K);
        fixed (float* px = x, pw = w, py = y)
        {
            var dots = new MatVecJob(px, pw, py, M, N, K, accumulate);
            Share(crew, MatVec.Work, &dots, M, N, K);
        }
    }

    /// <summary>y (+)= x·w: a linear layer's gradient with respect to its input.</summary>
    /// <param name="crew">The threads that share the work.</param>
    /// <param name="x">Gradient of the output, shape (M, K).</param>
    /// <param name="w">Weights, shape (K, N).</param>
    /// <param name="y">Gradient of the input, shape (M, N); may not overlap the inputs.</param>
    /// <param name="M">Rows of the batch; 0 or more.</param>
    /// <param name="N">The layer's input channels.</param>
    /// <param name="K">The layer's output channels.</param>
    /// <param name="accumulate">Whether to add to <paramref name="y"/>; otherwise it is overwritten.</param>
    /// <exception cref="ArgumentException">A length does not fit the shape, or y overlaps an input. Nothing was written.</exception>
    public static void XW(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> w, Span<float> y, int M, int N, int K, bool accumulate)
    {
        RequireSizes(M, N, K);
        Shape.Require(x.Length == (long)M * K, x.Length, $"M·K = {M}·{K}");
        Shape.Require(w.Length == (long)K * N, w.Length, $"K·N = {K}·{N}");
        Shape.Require(y.Length == (long)M * N, y.Length, $"M·N = {M}·{N}");
        RequireApart(x, w, y);
        fixed (float* px = x, pw = w, py = y)
        {
            Multiply(crew, new GemmFactor((nint)px, K, true), new GemmFactor((nint)pw, N, false), py, M, N, K, accumulate);
        }
    }

    /// <summary>z (+)= xᵀ·y: a linear layer's gradient with respect to its weights.</summary>
    /// <param name="crew">The threads that share the work.</param>
    /// <param name="x">Gradient of the output, shape (T, M).</param>
    /// <param name="y">Input, shape (T, N).</param>
    /// <param name="z">Gradient of the weights, shape (M, N); may not overlap the inputs.</param>
    /// <param name="M">The layer's output channels.</param>
    /// <param name="N">The layer's input channels.</param>
    /// <param name="T">Rows of the batch; 0 or more.</param>
    /// <param name="accumulate">Whether to add to <paramref name="z"/>; otherwise it is overwritten.</param>
    /// <exception cref="ArgumentException">A length does not fit the shape, or z overlaps an input. Nothing was written.</exception>
    public static void XtY(Crew crew, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z, int M, int N, int T, bool accumulate)
    {
        RequireSizes(M, N, T);
        Shape.Require(x.Length == (long)T * M, x.Length, $"T·M = {T}·{M}");
        Shape.Require(y.Length == (long)T * N, y.Length, $"T·N = {T}·{N}");
        Shape.Require(z.Length == (long)M * N, z.Length, $"M·N = {M}·{N}");
        RequireApart(x, y, z);
        fixed (float* px = x, py = y, pz = z)
        {
            Multiply(crew, new GemmFactor((nint)px, M, false), new GemmFactor((nint)py, N, false), pz, M, N, T, accumulate);
        }
    }

    private static void RequireLinear(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> y, int M, int N, int K)
    {
        RequireSizes(M, N, K);
        Shape.Require(x.Length == (long)M * K, x.Length, $"M·K = {M}·{K}");
        Shape.Require(w.Length == (long)N * K, w.Length, $"N·K = {N}·{K}");
        Shape.Require(y.Length == (long)M * N, y.Length, $"M·N = {M}·{N}");
        RequireApart(x, w, y);
    }

    private static void RequireSizes(int rows, int columns, int depth)
    {
        Shape.Require(rows >= 0, rows, $"0 or more");
        Shape.Require(columns >= 0, columns, $"0 or more");
        Shape.Require(depth >= 0, depth, $"0 or more");
    }

    private static void RequireApart(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> result)
    {
        if (result.Overlaps(a) || result.Overlaps(b))
        {
            throw new ArgumentException("The result shares memory with a factor; give it memory of its own.");
        }
    }

    private static void Multiply(Crew crew, GemmFactor a, GemmFactor b, float* c, int rows, int columns, int depth, bool accumulate) =>
        Multiply(crew, a, b, c, columns, rows, columns, depth, accumulate);

    /// <summary>c (+)= a·b with the rows of c <paramref name="stride"/> floats apart; the sizes were checked by the caller.</summary>
    internal static void Multiply(Crew crew, GemmFactor a, GemmFactor b, float* c, int stride, int rows, int columns, int depth, bool accumulate)
    {
        var job = new GemmJob(a, b, c, stride, rows, columns, depth, accumulate);
        Share(crew, TileWork(), &job, rows, columns, depth);
    }

    private static delegate*<void*, int, int, void> TileWork()
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return &GemmBlocks<GemmTile12<GemmLanes512, Vector512<float>>>.Work;
        }
        if (Fma.IsSupported)
        {
            return &GemmBlocks<GemmTile6<GemmLanes256, Vector256<float>>>.Work;
        }
        if (AdvSimd.Arm64.IsSupported)
        {
            return &GemmBlocks<GemmTile12<GemmLanes128, Vector128<float>>>.Work;
        }
        return &GemmBlocks<GemmTile6<GemmLanesScalar, float>>.Work;
    }

    private static void Share(Crew crew, delegate*<void*, int, int, void> work, void* job, int rows, int columns, int depth)
    {
        if ((long)rows * columns * depth < AloneBelow)
        {
            work(job, 0, 1);
        }
        else
        {
            crew.Run(work, job);
        }
    }
}
