using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MicroChat.Kernels;

namespace MicroChat.Model.Checkpoints;

/// <summary>Writes safetensors files as the format's library does: tensors by falling type rank, then name; header padded with spaces to 8 bytes.</summary>
public static class SafetensorsWriter
{
    private const int ChunkBytes = 1 << 18;

    /// <summary>Writes a file atomically; chunk by chunk, so that no tensor is ever whole in memory because of the writing.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="tensors">What to write, in any order; names are unique.</param>
    /// <param name="metadata">Free strings for __metadata__; empty: none. Transformers wants "format": "pt".</param>
    /// <exception cref="ArgumentException">A name occurs twice, is reserved or is no valid text. Nothing was written.</exception>
    /// <exception cref="CheckpointException">The file system refused; the path shows what it showed before.</exception>
    public static void Write(string path, IEnumerable<TensorSource> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        TensorSource[] sorted = [.. tensors.OrderByDescending(t => t.Type).ThenBy(t => NameBytes(t.Name), Utf8Order)];
        byte[] header = Header(sorted, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
            try
            {
                foreach (TensorSource tensor in sorted)
                {
                    WriteData(stream, tensor, chunk.AsSpan(0, ChunkBytes));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(chunk);
            }
        });
    }

    private static Comparer<byte[]> Utf8Order { get; } = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    private static byte[] NameBytes(string name)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(name);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"The tensor name {Untrusted.Quote(name)} holds an unpaired surrogate; give it a name of valid text.", e);
        }
    }

    private static byte[] Header(TensorSource[] sorted, IReadOnlyDictionary<string, string> metadata)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write(stackalloc byte[8]);
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataName };
            long offset = 0;
            foreach (TensorSource tensor in sorted)
            {
                if (!names.Add(tensor.Name))
                {
                    throw new ArgumentException($"The tensor name {Untrusted.Quote(tensor.Name)} occurs twice or is reserved; names must be unique and other than {SafetensorsHeader.MetadataName}.");
                }
                WriteEntry(json, tensor, offset);
                offset = checked(offset + tensor.ByteCount);
            }
            json.WriteEndObject();
        }
        int padding = -bytes.WrittenCount & 7;
        bytes.GetSpan(padding)[..padding].Fill((byte)' ');
        bytes.Advance(padding);
        byte[] header = bytes.WrittenSpan.ToArray();
        Shape.Require(header.Length - 8 <= SafetensorsHeader.LargestBytes, header.Length - 8, $"at most {SafetensorsHeader.LargestBytes} bytes of header");
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
        {
            return;
        }
        json.WriteStartObject(SafetensorsHeader.MetadataName);
        foreach ((string key, string value) in metadata)
        {
            json.WriteString(key, value);
        }
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, TensorSource tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type.FormatName());
        json.WriteStartArray("shape");
        foreach (long size in tensor.Shape)
        {
            json.WriteNumberValue(size);
        }
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteData(Stream stream, TensorSource tensor, Span<byte> chunk)
    {
        for (long at = 0; at < tensor.ByteCount; at += chunk.Length)
        {
            Span<byte> part = chunk[..(int)Math.Min(chunk.Length, tensor.ByteCount - at)];
            tensor.Fill(at, part);
            stream.Write(part);
        }
    }
}
