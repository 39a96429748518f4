namespace MicroChat.Model.Checkpoints;

/// <summary>The element types of a safetensors file, in the order in which the format's library ranks them (by size).</summary>
public enum TensorType
{
    /// <summary>One byte; 0 is false.</summary>
    Bool,

    /// <summary>4-bit float, two a byte. Known by name, not converted.</summary>
    F4,

    /// <summary>6-bit float e2m3. Known by name, not converted.</summary>
    F6E2M3,

    /// <summary>6-bit float e3m2. Known by name, not converted.</summary>
    F6E3M2,

    /// <summary>Unsigned byte.</summary>
    U8,

    /// <summary>Signed byte.</summary>
    I8,

    /// <summary>8-bit float with 5 exponent bits.</summary>
    F8E5M2,

    /// <summary>8-bit float with 4 exponent bits, without infinities ("e4m3fn").</summary>
    F8E4M3,

    /// <summary>8-bit power of two. Known by name, not converted.</summary>
    F8E8M0,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>The upper half of a float32.</summary>
    BF16,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>IEEE single precision.</summary>
    F32,

    /// <summary>Two float32. Known by name, not converted.</summary>
    C64,

    /// <summary>IEEE double precision.</summary>
    F64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}

/// <summary>Names and sizes of <see cref="TensorType"/>.</summary>
public static class TensorTypes
{
    private static readonly (string Name, int Bits)[] Table =
    [
        ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8), ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8),
        ("I16", 16), ("U16", 16), ("F16", 16), ("BF16", 16), ("I32", 32), ("U32", 32), ("F32", 32), ("C64", 64), ("F64", 64), ("I64", 64), ("U64", 64),
    ];

    /// <summary>All names of the format, separated by commas.</summary>
    internal static string AllNames { get; } = string.Join(", ", Table.Select(row => row.Name));

    /// <summary>The type's name in a safetensors header.</summary>
    public static string FormatName(this TensorType type) => Table[(int)type].Name;

    /// <summary>Size of one element. Unit: bits.</summary>
    public static int Bits(this TensorType type) => Table[(int)type].Bits;

    /// <summary>Whether <see cref="SafetensorsFile.ReadFloat32(string, Span{float})"/> can convert it.</summary>
    public static bool IsFloat(this TensorType type) =>
        type is TensorType.F64 or TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.F8E4M3 or TensorType.F8E5M2;

    internal static bool TryParse(string name, out TensorType type)
    {
        int at = Array.FindIndex(Table, row => row.Name == name);
        type = (TensorType)Math.Max(at, 0);
        return at >= 0;
    }
}
