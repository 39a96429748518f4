namespace MicroChat.Model.Checkpoints;

/// <summary>Where a tensor lies in its file and how it is laid out.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, outermost first; row-major. Empty: a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file. Need not be aligned.</param>
/// <param name="ByteCount">Length of the data. Unit: bytes.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape, long Offset, long ByteCount)
{
    /// <summary>Product of the shape: 1 for a scalar, 0 as soon as one size is 0.</summary>
    public long ElementCount => ByteCount * 8 / Type.Bits();

    internal string ShapeText => ShapeTextOf(Shape);

    internal static string ShapeTextOf(IEnumerable<long> shape) => $"({string.Join(", ", shape)})";
}
