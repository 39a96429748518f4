using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace MicroChat.Training.Reports;

/// <summary>Writes one protocol-buffers message, field by field in the order of the calls.</summary>
/// <remarks>Source: protobuf.dev, "Encoding".</remarks>
internal sealed class ProtoMessage
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>An int64 or enum; negative ones take ten bytes.</summary>
    public ProtoMessage Int64(int field, long value)
    {
        Tag(field, Varint);
        Unsigned((ulong)value);
        return this;
    }

    /// <summary>A double.</summary>
    public ProtoMessage Double(int field, double value)
    {
        Tag(field, Fixed64);
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A float. NaN is written with its sign clear, as other writers do.</summary>
    public ProtoMessage Float(int field, float value)
    {
        Tag(field, Fixed32);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, float.IsNaN(value) ? MathF.Abs(float.NaN) : value);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A string.</summary>
    public ProtoMessage Text(int field, string value) => Chunk(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A message inside this one.</summary>
    public ProtoMessage Message(int field, ProtoMessage value) => Chunk(field, value.Bytes);

    private ProtoMessage Chunk(int field, ReadOnlySpan<byte> bytes)
    {
        Tag(field, LengthDelimited);
        Unsigned((ulong)bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    private void Tag(int field, int wireType) => Unsigned((ulong)((field << 3) | wireType));

    private void Unsigned(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Write([(byte)(value | 0x80)]);
        }
        _bytes.Write([(byte)value]);
    }
}
