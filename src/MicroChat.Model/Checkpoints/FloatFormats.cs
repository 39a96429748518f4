using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MicroChat.Kernels;

namespace MicroChat.Model.Checkpoints;

/// <summary>
/// Conversions between float32 and the short formats: float16, bfloat16 and the 8-bit floats e4m3fn and e5m2.
/// To a shorter format: round to nearest, ties to even; a NaN stays a NaN (its payload is not kept).
/// </summary>
/// <remarks>Source: IEEE 754-2019; Micikevicius et al. 2022 (arXiv:2209.05433) for the 8-bit formats.</remarks>
public static class FloatFormats
{
    private const uint SignMask = 0x8000_0000, MagnitudeMask = 0x7fff_ffff, Infinity = 0x7f80_0000;
    private static readonly float[] E4M3Values = [.. Enumerable.Range(0, 256).Select(bits => DecodeE4M3((uint)bits))];
    private static readonly float[] E5M2Values = [.. Enumerable.Range(0, 256).Select(bits => FromFloat16((ushort)(bits << 8)))];

    /// <summary>bfloat16 → float32, exact.</summary>
    public static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>float32 → bfloat16; magnitudes beyond the largest become infinity.</summary>
    public static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & MagnitudeMask) > Infinity ? (ushort)0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>float16 → float32, exact.</summary>
    public static float FromFloat16(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    /// <summary>float32 → float16; 65520 and beyond become infinity.</summary>
    public static ushort ToFloat16(float value) =>
        float.IsNaN(value) ? (ushort)0x7e00 : BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>e4m3fn → float32, exact; 7f and ff are NaN.</summary>
    public static float FromE4M3(byte bits) => E4M3Values[bits];

    /// <summary>float32 → e4m3fn; magnitudes beyond the largest, infinity too, become the largest (448), as in PyTorch.</summary>
    public static byte ToE4M3(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value), magnitude = bits & MagnitudeMask;
        uint result = magnitude > Infinity ? 0x7fu : Math.Min(0x7eu, Shorten(magnitude, droppedBits: 20, bias: 7));
        return (byte)(result | ((bits & SignMask) >> 24));
    }

    /// <summary>e5m2 → float32, exact.</summary>
    public static float FromE5M2(byte bits) => E5M2Values[bits];

    /// <summary>float32 → e5m2; 61440 and beyond become infinity.</summary>
    public static byte ToE5M2(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value), magnitude = bits & MagnitudeMask;
        uint result = magnitude > Infinity ? 0x7fu : Math.Min(0x7cu, Shorten(magnitude, droppedBits: 21, bias: 15));
        return (byte)(result | ((bits & SignMask) >> 24));
    }

    /// <summary>bfloat16 → float32 for each element.</summary>
    /// <param name="source">Bit patterns, (N).</param>
    /// <param name="destination">Output, (N); may not overlap the source.</param>
    /// <exception cref="ArgumentException">The lengths differ. Nothing was written.</exception>
    public static void FromBFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        Shape.Require(source.Length == destination.Length, source.Length, $"the destination's length {destination.Length}");
        ref ushort from = ref MemoryMarshal.GetReference(source);
        ref uint to = ref Unsafe.As<float, uint>(ref MemoryMarshal.GetReference(destination));
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 16 <= source.Length; i += 16)
            {
                (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i));
                (low << 16).StoreUnsafe(ref to, (nuint)i);
                (high << 16).StoreUnsafe(ref to, (nuint)i + 8);
            }
        }
        for (; i < source.Length; i++)
        {
            destination[i] = FromBFloat16(source[i]);
        }
    }

    /// <summary>float32 → bfloat16 for each element.</summary>
    /// <inheritdoc cref="FromBFloat16(ReadOnlySpan{ushort}, Span{float})"/>
    public static void ToBFloat16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        Shape.Require(source.Length == destination.Length, source.Length, $"the destination's length {destination.Length}");
        ref uint from = ref Unsafe.As<float, uint>(ref MemoryMarshal.GetReference(source));
        ref ushort to = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 16 <= source.Length; i += 16)
            {
                Vector256<uint> low = RoundToBFloat16(Vector256.LoadUnsafe(ref from, (nuint)i));
                Vector256<uint> high = RoundToBFloat16(Vector256.LoadUnsafe(ref from, (nuint)i + 8));
                Vector256.Narrow(low, high).StoreUnsafe(ref to, (nuint)i);
            }
        }
        for (; i < source.Length; i++)
        {
            destination[i] = ToBFloat16(source[i]);
        }
    }

    /// <summary>float16 → float32 for each element.</summary>
    /// <inheritdoc cref="FromBFloat16(ReadOnlySpan{ushort}, Span{float})"/>
    public static void FromFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        Shape.Require(source.Length == destination.Length, source.Length, $"the destination's length {destination.Length}");
        ref ushort from = ref MemoryMarshal.GetReference(source);
        ref uint to = ref Unsafe.As<float, uint>(ref MemoryMarshal.GetReference(destination));
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 16 <= source.Length; i += 16)
            {
                (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i));
                WidenFloat16(low).StoreUnsafe(ref to, (nuint)i);
                WidenFloat16(high).StoreUnsafe(ref to, (nuint)i + 8);
            }
        }
        for (; i < source.Length; i++)
        {
            destination[i] = FromFloat16(source[i]);
        }
    }

    /// <summary>float32 → float16 for each element.</summary>
    /// <inheritdoc cref="FromBFloat16(ReadOnlySpan{ushort}, Span{float})"/>
    public static void ToFloat16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        Shape.Require(source.Length == destination.Length, source.Length, $"the destination's length {destination.Length}");
        ref uint from = ref Unsafe.As<float, uint>(ref MemoryMarshal.GetReference(source));
        ref ushort to = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 16 <= source.Length; i += 16)
            {
                Vector256<uint> low = RoundToFloat16(Vector256.LoadUnsafe(ref from, (nuint)i));
                Vector256<uint> high = RoundToFloat16(Vector256.LoadUnsafe(ref from, (nuint)i + 8));
                Vector256.Narrow(low, high).StoreUnsafe(ref to, (nuint)i);
            }
        }
        for (; i < source.Length; i++)
        {
            destination[i] = ToFloat16(source[i]);
        }
    }

    /// <summary>e4m3fn → float32 for each element.</summary>
    /// <inheritdoc cref="FromBFloat16(ReadOnlySpan{ushort}, Span{float})"/>
    public static void FromE4M3(ReadOnlySpan<byte> source, Span<float> destination) => Look(E4M3Values, source, destination);

    /// <summary>e5m2 → float32 for each element.</summary>
    /// <inheritdoc cref="FromBFloat16(ReadOnlySpan{ushort}, Span{float})"/>
    public static void FromE5M2(ReadOnlySpan<byte> source, Span<float> destination) => Look(E5M2Values, source, destination);

    /// <summary>float32 → e4m3fn for each element.</summary>
    /// <inheritdoc cref="FromBFloat16(ReadOnlySpan{ushort}, Span{float})"/>
    public static void ToE4M3(ReadOnlySpan<float> source, Span<byte> destination)
    {
        Shape.Require(source.Length == destination.Length, source.Length, $"the destination's length {destination.Length}");
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = ToE4M3(source[i]);
        }
    }

    /// <summary>float32 → e5m2 for each element.</summary>
    /// <inheritdoc cref="FromBFloat16(ReadOnlySpan{ushort}, Span{float})"/>
    public static void ToE5M2(ReadOnlySpan<float> source, Span<byte> destination)
    {
        Shape.Require(source.Length == destination.Length, source.Length, $"the destination's length {destination.Length}");
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = ToE5M2(source[i]);
        }
    }

    private static void Look(float[] values, ReadOnlySpan<byte> source, Span<float> destination)
    {
        Shape.Require(source.Length == destination.Length, source.Length, $"the destination's length {destination.Length}");
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = values[source[i]];
        }
    }

    private static float DecodeE4M3(uint bits)
    {
        uint magnitude = bits & 0x7f;
        // Bits of e4m3 read as a float32 are too small by the difference of the exponent biases, 127 - 7.
        float value = magnitude == 0x7f ? float.NaN : BitConverter.UInt32BitsToSingle(magnitude << 20) * BitConverter.UInt32BitsToSingle((120u + 127) << 23);
        return (bits & 0x80) == 0 ? value : -value;
    }

    /// <summary>Rounds a magnitude's float32 bits to a format of fewer bits; beyond its largest exponent the result simply counts on.</summary>
    private static uint Shorten(uint magnitude, int droppedBits, int bias)
    {
        uint smallestNormal = (uint)(128 - bias) << 23;
        if (magnitude >= smallestNormal)
        {
            uint half = (1u << (droppedBits - 1)) - 1;
            return (magnitude + half + ((magnitude >> droppedBits) & 1) - ((uint)(127 - bias) << 23)) >> droppedBits;
        }
        // A float whose last bit is worth the format's smallest subnormal: adding it makes the processor round there.
        uint anchor = (uint)(128 - bias + droppedBits) << 23;
        float sum = BitConverter.UInt32BitsToSingle(magnitude) + BitConverter.UInt32BitsToSingle(anchor);
        return BitConverter.SingleToUInt32Bits(sum) - anchor;
    }

    private static Vector256<uint> RoundToBFloat16(Vector256<uint> bits)
    {
        Vector256<uint> rounded = (bits + Vector256.Create(0x7fffu) + ((bits >> 16) & Vector256<uint>.One)) >> 16;
        Vector256<uint> isNaN = Vector256.GreaterThan((bits & Vector256.Create(MagnitudeMask)).AsInt32(), Vector256.Create((int)Infinity)).AsUInt32();
        return Vector256.ConditionalSelect(isNaN, Vector256.Create(0x7fc0u), rounded);
    }

    private static Vector256<uint> WidenFloat16(Vector256<uint> half)
    {
        Vector256<uint> magnitude = half & Vector256.Create(0x7fffu);
        // The product with 2^(127-15) moves the exponent and makes subnormals normal, exactly.
        Vector256<uint> scaled = ((magnitude << 13).AsSingle() * Vector256.Create(BitConverter.UInt32BitsToSingle(0x7780_0000))).AsUInt32();
        Vector256<uint> isSpecial = Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(0x7bff)).AsUInt32();
        return scaled | (isSpecial & Vector256.Create(Infinity)) | ((half & Vector256.Create(0x8000u)) << 16);
    }

    private static Vector256<uint> RoundToFloat16(Vector256<uint> bits)
    {
        Vector256<uint> magnitude = bits & Vector256.Create(MagnitudeMask);
        Vector256<uint> normal = (magnitude + Vector256.Create(0xfffu) + ((magnitude >> 13) & Vector256<uint>.One) - Vector256.Create(112u << 23)) >> 13;
        Vector256<uint> anchor = Vector256.Create(0x3f00_0000u);
        Vector256<uint> subnormal = (magnitude.AsSingle() + anchor.AsSingle()).AsUInt32() - anchor;
        Vector256<uint> result = Select(magnitude, 0x3880_0000 - 1, normal, subnormal);
        result = Select(magnitude, 0x477f_f000 - 1, Vector256.Create(0x7c00u), result);
        result = Select(magnitude, (int)Infinity, Vector256.Create(0x7e00u), result);
        return result | ((bits & Vector256.Create(SignMask)) >> 16);
    }

    private static Vector256<uint> Select(Vector256<uint> magnitude, int limit, Vector256<uint> above, Vector256<uint> otherwise) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(limit)).AsUInt32(), above, otherwise);
}
