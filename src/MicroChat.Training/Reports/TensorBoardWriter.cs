using System.Buffers.Binary;

namespace MicroChat.Training.Reports;

/// <summary>
/// Writes scalars and texts to an event file that TensorBoard reads. Every start of a run writes a file of its own, so a
/// resumed run never touches what an earlier one wrote.
/// </summary>
/// <remarks>
/// Frame: uint64 length, masked CRC-32C of it, message, masked CRC-32C of the message, all little-endian. Messages:
/// tensorboard/compat/proto/event.proto and summary.proto.
/// </remarks>
public sealed class TensorBoardWriter : IDisposable
{
    private const string FileVersion = "brain.Event:2";
    private const string TextSuffix = "/text_summary";
    private const int StringType = 7;
    private readonly Stream _stream;
    private readonly TimeProvider _time;

    /// <summary>Begins an event file on <paramref name="stream"/>, which is closed with the writer.</summary>
    public TensorBoardWriter(Stream stream, TimeProvider time)
    {
        _stream = stream;
        _time = time;
        Record(new ProtoMessage().Double(1, Now()).Text(3, FileVersion));
        Flush();
    }

    /// <summary>Begins a new event file in <paramref name="folder"/>, which is created if need be.</summary>
    public static TensorBoardWriter Create(string folder, TimeProvider time)
    {
        Directory.CreateDirectory(folder);
        long seconds = time.GetUtcNow().ToUnixTimeSeconds();
        for (int start = 0; ; start++)
        {
            string path = Path.Combine(folder, $"events.out.tfevents.{seconds:D10}.microchat.{start}");
            try
            {
                return new TensorBoardWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read), time);
            }
            catch (IOException) when (File.Exists(path))
            {
                continue;
            }
        }
    }

    /// <summary>Adds a point to the curve <paramref name="tag"/>; NaN and infinity are kept.</summary>
    public void Scalar(string tag, long step, double value) =>
        Record(Event(step, new ProtoMessage().Text(1, tag).Float(2, (float)value)));

    /// <summary>Adds a text (shown as Markdown) to the list <paramref name="tag"/>.</summary>
    public void Text(string tag, long step, string text)
    {
        string name = tag.EndsWith(TextSuffix, StringComparison.Ordinal) ? tag : tag + TextSuffix;
        ProtoMessage oneElement = new ProtoMessage().Message(2, new ProtoMessage().Int64(1, 1));
        ProtoMessage tensor = new ProtoMessage().Int64(1, StringType).Message(2, oneElement).Text(8, text);
        ProtoMessage plugin = new ProtoMessage().Message(1, new ProtoMessage().Text(1, "text"));
        Record(Event(step, new ProtoMessage().Text(1, name).Message(8, tensor).Message(9, plugin)));
    }

    /// <summary>Hands everything to the operating system.</summary>
    public void Flush() => _stream.Flush();

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>A message in its frame.</summary>
    internal static byte[] Frame(ReadOnlySpan<byte> message)
    {
        const int Head = sizeof(ulong) + sizeof(uint);
        byte[] frame = new byte[Head + message.Length + sizeof(uint)];
        BinaryPrimitives.WriteInt64LittleEndian(frame, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(sizeof(ulong)), Crc32C.Masked(frame.AsSpan(0, sizeof(ulong))));
        message.CopyTo(frame.AsSpan(Head));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(Head + message.Length), Crc32C.Masked(message));
        return frame;
    }

    private ProtoMessage Event(long step, ProtoMessage value)
    {
        ProtoMessage record = new ProtoMessage().Double(1, Now());
        return (step == 0 ? record : record.Int64(2, step)).Message(5, new ProtoMessage().Message(1, value));
    }

    private void Record(ProtoMessage message) => _stream.Write(Frame(message.Bytes));

    private double Now() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
}
