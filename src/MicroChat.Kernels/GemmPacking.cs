using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MicroChat.Kernels;

/// <summary>One factor of a matrix product, seen as (lines, depth): lines become rows or columns of the result, depth is summed over.</summary>
/// <param name="Start">First element.</param>
/// <param name="Stride">Floats from one line (or, when not <paramref name="DepthIsContiguous"/>, one step of depth) to the next.</param>
/// <param name="DepthIsContiguous">Whether a line's elements lie side by side; otherwise the lines of one step of depth do.</param>
internal readonly unsafe record struct GemmFactor(nint Start, nint Stride, bool DepthIsContiguous)
{
    /// <summary>Address of the element at (<paramref name="line"/>, <paramref name="step"/>).</summary>
    public float* At(nint line, nint step) =>
        (float*)Start + (DepthIsContiguous ? (line * Stride) + step : (step * Stride) + line);
}

/// <summary>Copies a block of a factor into strips, shape (strips, depth, width): the order in which a tile reads it.</summary>
internal static unsafe class GemmPacking
{
    /// <summary>Steps of depth copied at a time: one cache line of each line, and few enough pages to stay at hand.</summary>
    private const int StepsAtATime = 16;

    /// <summary>Packs lines [line, line + lines) × steps [step, step + depth); a last strip that is not full is padded with zeros.</summary>
    public static void Pack(in GemmFactor factor, nint line, nint lines, nint step, nint depth, int width, float* target)
    {
        float* source = factor.At(line, step);
        nint stride = factor.Stride;
        if (factor.DepthIsContiguous)
        {
            for (nint i = 0; i < lines; i += width, source += width * stride, target += width * depth)
            {
                for (nint k = 0; k < depth; k += StepsAtATime)
                {
                    nint steps = Math.Min(StepsAtATime, depth - k);
                    Transpose(source + k, stride, (int)Math.Min(width, lines - i), steps, width, target + (k * width));
                }
            }
            return;
        }
        for (nint k = 0; k < depth; k += StepsAtATime, source += StepsAtATime * stride)
        {
            float* strip = target + (k * width);
            for (nint i = 0; i < lines; i += width, strip += width * depth)
            {
                Copy(source + i, stride, (int)Math.Min(width, lines - i), Math.Min(StepsAtATime, depth - k), width, strip);
            }
        }
    }

    /// <summary>Lines side by side: (steps, lines) rows <paramref name="stride"/> apart → (steps, width).</summary>
    private static void Copy(float* source, nint stride, int lines, nint steps, int width, float* target)
    {
        if (lines < width)
        {
            for (nint k = 0; k < steps; k++, source += stride, target += width)
            {
                new ReadOnlySpan<float>(source, lines).CopyTo(new Span<float>(target, width));
                new Span<float>(target + lines, width - lines).Clear();
            }
            return;
        }
        for (nint k = 0; k < steps; k++, source += stride, target += width)
        {
            CopyRow(source, target, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRow(float* source, float* target, int width)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                Vector256.Load(source + i).Store(target + i);
            }
        }
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i <= width - Vector128<float>.Count; i += Vector128<float>.Count)
            {
                Vector128.Load(source + i).Store(target + i);
            }
        }
        for (; i < width; i++)
        {
            target[i] = source[i];
        }
    }

    /// <summary>Depth side by side: (lines, steps) rows <paramref name="stride"/> apart → (steps, width).</summary>
    private static void Transpose(float* source, nint stride, int lines, nint steps, int width, float* target)
    {
        int line = 0;
        if (CanZip)
        {
            for (; line <= lines - 4; line += 4)
            {
                TransposeFour(source + (line * stride), stride, steps, width, target + line);
            }
        }
        for (; line < width; line++)
        {
            float* from = source + (line * stride);
            float* to = target + line;
            for (nint k = 0; k < steps; k++, to += width)
            {
                *to = line < lines ? from[k] : 0;
            }
        }
    }

    private static void TransposeFour(float* source, nint stride, nint steps, int width, float* target)
    {
        float* line0 = source, line1 = line0 + stride, line2 = line1 + stride, line3 = line2 + stride;
        nint k = 0;
        for (; k <= steps - 4; k += 4, target += 4 * width)
        {
            Vector128<float> a = Vector128.Load(line0 + k), b = Vector128.Load(line1 + k);
            Vector128<float> c = Vector128.Load(line2 + k), d = Vector128.Load(line3 + k);
            Vector128<float> ac0 = ZipLow(a, c), ac1 = ZipHigh(a, c), bd0 = ZipLow(b, d), bd1 = ZipHigh(b, d);
            ZipLow(ac0, bd0).Store(target);
            ZipHigh(ac0, bd0).Store(target + width);
            ZipLow(ac1, bd1).Store(target + (2 * width));
            ZipHigh(ac1, bd1).Store(target + (3 * width));
        }
        for (; k < steps; k++, target += width)
        {
            target[0] = line0[k];
            target[1] = line1[k];
            target[2] = line2[k];
            target[3] = line3[k];
        }
    }

    private static bool CanZip => Sse.IsSupported || AdvSimd.Arm64.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipLow(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipHigh(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);
}
