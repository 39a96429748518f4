using System.Numerics;
using System.Runtime.InteropServices;

namespace MicroChat.Model.Sampling;

/// <summary>Passes over a whole row of logits, as wide as the machine's vectors. logits (V)</summary>
internal static class LogitScans
{
    /// <summary>Tokens per partial sum of <see cref="ExpSums"/>.</summary>
    public const int ChunkTokens = 512;

    /// <summary>The largest logit; NaN when any is NaN, minus infinity when there is none.</summary>
    public static float Max(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<Vector<float>> vectors = Vectors(logits);
        var max = new Vector<float>(float.NegativeInfinity);
        foreach (Vector<float> v in vectors)
        {
            max = Vector.Max(max, v);
        }
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            largest = MathF.Max(largest, max[lane]);
        }
        for (int i = vectors.Length * Vector<float>.Count; i < logits.Length; i++)
        {
            largest = MathF.Max(largest, logits[i]);
        }
        return largest;
    }

    /// <summary>The lowest id whose logit is at least <paramref name="floor"/>, from <paramref name="start"/> on; V when there is none.</summary>
    public static int IndexOfAtLeast(ReadOnlySpan<float> logits, float floor, int start)
    {
        int i = start;
        var floors = new Vector<float>(floor);
        for (; Vector.IsHardwareAccelerated && i <= logits.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            if (Vector.GreaterThanOrEqualAny(new Vector<float>(logits[i..]), floors))
            {
                break;
            }
        }
        while (i < logits.Length && !(logits[i] >= floor))
        {
            i++;
        }
        return i;
    }

    /// <summary>Σ exp((logit − max) · inverseTemperature), with the sum of every <see cref="ChunkTokens"/> tokens kept in <paramref name="chunks"/>.</summary>
    public static double ExpSums(ReadOnlySpan<float> logits, float max, float inverseTemperature, Span<double> chunks)
    {
        double total = 0;
        for (int chunk = 0; chunk < chunks.Length; chunk++)
        {
            int at = chunk * ChunkTokens;
            chunks[chunk] = ExpSum(logits.Slice(at, Math.Min(ChunkTokens, logits.Length - at)), max, inverseTemperature);
            total += chunks[chunk];
        }
        return total;
    }

    private static double ExpSum(ReadOnlySpan<float> logits, float max, float inverseTemperature)
    {
        ReadOnlySpan<Vector<float>> vectors = Vectors(logits);
        var highest = new Vector<float>(max);
        Vector<float> sums = Vector<float>.Zero;
        foreach (Vector<float> v in vectors)
        {
            sums += Vector.Exp((v - highest) * inverseTemperature);
        }
        double sum = Vector.Sum(sums);
        for (int i = vectors.Length * Vector<float>.Count; i < logits.Length; i++)
        {
            sum += MathF.Exp((logits[i] - max) * inverseTemperature);
        }
        return sum;
    }

    /// <summary>The whole vectors of a row; none where vectors would be emulated, which is slower than single numbers.</summary>
    private static ReadOnlySpan<Vector<float>> Vectors(ReadOnlySpan<float> logits) =>
        Vector.IsHardwareAccelerated ? MemoryMarshal.Cast<float, Vector<float>>(logits) : default;
}
