using System.Buffers.Binary;
using System.Numerics;

namespace MicroChat.Training.Reports;

/// <summary>CRC-32C (Castagnoli) as event files use it.</summary>
/// <remarks>Source: RFC 3720 appendix B.4; the masked form as in LevelDB's log format.</remarks>
internal static class Crc32C
{
    private const uint MaskDelta = 0xA282EAD8;

    /// <summary>The plain checksum.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }
        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }
        return ~crc;
    }

    /// <summary>Rotated and shifted, so that a checksum of data that holds checksums stays strong.</summary>
    public static uint Masked(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Compute(bytes), 15) + MaskDelta;
}
