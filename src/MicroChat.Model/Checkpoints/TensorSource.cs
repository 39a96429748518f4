using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MicroChat.Model.Checkpoints;

/// <summary>One tensor to be written: its name, type and shape, and how to get its elements chunk by chunk.</summary>
public sealed class TensorSource
{
    private TensorSource(string name, TensorType type, IReadOnlyList<long> shape, FillBytes fill)
    {
        Name = name;
        Type = type;
        Shape = [.. shape];
        Fill = fill;
        foreach (long size in shape)
        {
            Kernels.Shape.Require(size >= 0, size, $"0 or more: it is a size of {name}");
        }
        ElementCount = Shape.Contains(0) ? 0 : Shape.Aggregate(1L, (product, size) => checked(product * size));
        Kernels.Shape.Require(type.Bits() % 8 == 0, type.Bits(), $"a multiple of 8: {type.FormatName()} cannot be written");
        ByteCount = checked(ElementCount * (type.Bits() / 8));
    }

    /// <summary>Copies bytes [start, start + chunk.Length) of a tensor into the chunk.</summary>
    public delegate void FillBytes(long start, Span<byte> chunk);

    /// <summary>Copies elements [start, start + chunk.Length) of a tensor into the chunk.</summary>
    public delegate void FillFloats(long start, Span<float> chunk);

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>Element type in the file.</summary>
    public TensorType Type { get; }

    /// <summary>Sizes, outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Product of the shape.</summary>
    public long ElementCount { get; }

    /// <summary>Length of the data in the file. Unit: bytes.</summary>
    public long ByteCount { get; }

    internal FillBytes Fill { get; }

    /// <summary>A tensor whose float32 elements come from a callback; stored as F32, F64, BF16 or F16 (rounded to nearest, ties to even).</summary>
    public static TensorSource Floats(string name, TensorType type, IReadOnlyList<long> shape, FillFloats fill) => new(name, type, shape, type switch
    {
        TensorType.F32 => (start, chunk) => fill(start / 4, MemoryMarshal.Cast<byte, float>(chunk)),
        TensorType.F64 => (start, chunk) => Convert<double>(start, chunk, fill, static (from, to) => ToDouble(from, to)),
        TensorType.F16 => (start, chunk) => Convert<ushort>(start, chunk, fill, FloatFormats.ToFloat16),
        TensorType.BF16 => (start, chunk) => Convert<ushort>(start, chunk, fill, FloatFormats.ToBFloat16),
        _ => throw new ArgumentException($"{name}: floats are written as F32, F64, F16 or BF16, not as {type.FormatName()}."),
    });

    /// <summary>A tensor whose float32 elements lie in memory.</summary>
    /// <inheritdoc cref="Floats(string, TensorType, IReadOnlyList{long}, FillFloats)"/>
    public static TensorSource Floats(string name, TensorType type, IReadOnlyList<long> shape, ReadOnlyMemory<float> values) =>
        RequireLength(Floats(name, type, shape, (start, chunk) => values.Span.Slice((int)start, chunk.Length).CopyTo(chunk)), values.Length);

    /// <summary>A tensor of any byte-sized type whose little-endian bytes come from a callback.</summary>
    public static TensorSource Bytes(string name, TensorType type, IReadOnlyList<long> shape, FillBytes fill) => new(name, type, shape, fill);

    /// <summary>A tensor whose elements lie in memory in the file's own type: long for I64, int for I32, byte for U8, double for F64 …</summary>
    public static TensorSource Values<T>(string name, TensorType type, IReadOnlyList<long> shape, ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        int size = type.Bits() / 8;
        int found = Unsafe.SizeOf<T>();
        Kernels.Shape.Require(found == size, found, $"{size}, the bytes of one {type.FormatName()}");
        return RequireLength(Bytes(name, type, shape, (start, chunk) => MemoryMarshal.AsBytes(values.Span.Slice((int)(start / size), chunk.Length / size)).CopyTo(chunk)), values.Length);
    }

    private static TensorSource RequireLength(TensorSource tensor, int length)
    {
        Kernels.Shape.Require(length == tensor.ElementCount, length, $"{tensor.ElementCount}, the elements of {tensor.Name}");
        return tensor;
    }

    private static void Convert<T>(long start, Span<byte> chunk, FillFloats fill, Conversion<T> convert)
        where T : unmanaged
    {
        Span<T> stored = MemoryMarshal.Cast<byte, T>(chunk);
        float[] floats = ArrayPool<float>.Shared.Rent(stored.Length);
        try
        {
            fill(start / Unsafe.SizeOf<T>(), floats.AsSpan(0, stored.Length));
            convert(floats.AsSpan(0, stored.Length), stored);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(floats);
        }
    }

    private static void ToDouble(ReadOnlySpan<float> from, Span<double> to)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = from[i];
        }
    }

    private delegate void Conversion<T>(ReadOnlySpan<float> from, Span<T> to);
}
