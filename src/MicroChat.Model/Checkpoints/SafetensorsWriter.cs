using System.Buffers;
using System.Buffers.Binary;
using System.Text;
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
        TensorSource[] sorted = [.. tensors.OrderByDescending(t => t.Type).ThenBy(t => TextBytes(t.Name), Utf8Order)];
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

    private static byte[] TextBytes(string text)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"The header text {Untrusted.Quote(text)} holds an unpaired surrogate; use names and metadata of valid text.", e);
        }
    }

    private static byte[] Header(TensorSource[] sorted, IReadOnlyDictionary<string, string> metadata)
    {
        var json = new StringBuilder("{");
        if (metadata.Count > 0)
        {
            AppendText(json, SafetensorsHeader.MetadataName).Append(":{");
            foreach ((string key, string value) in metadata)
            {
                AppendText(AppendText(json, key).Append(':'), value).Append(',');
            }
            json.Length--;
            json.Append("},");
        }
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataName };
        long offset = 0;
        foreach (TensorSource tensor in sorted)
        {
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException($"The tensor name {Untrusted.Quote(tensor.Name)} occurs twice or is reserved; names must be unique and other than {SafetensorsHeader.MetadataName}.");
            }
            long end = checked(offset + tensor.ByteCount);
            AppendText(json, tensor.Name).Append($":{{\"dtype\":\"{tensor.Type.FormatName()}\",\"shape\":[{string.Join(',', tensor.Shape)}],\"data_offsets\":[{offset},{end}]}},");
            offset = end;
        }
        json.Length -= json[^1] == ',' ? 1 : 0;
        return WithLength(TextBytes(json.Append('}').ToString()));
    }

    private static byte[] WithLength(byte[] json)
    {
        int padded = (json.Length + 7) & ~7;
        Shape.Require(padded <= SafetensorsHeader.LargestBytes, padded, $"at most {SafetensorsHeader.LargestBytes} bytes of header");
        byte[] header = new byte[8 + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        json.CopyTo(header, 8);
        header.AsSpan(8 + json.Length).Fill((byte)' ');
        return header;
    }

    /// <summary>A JSON string that escapes only what must be, as the library does; .NET's own writer escapes emoji too.</summary>
    private static StringBuilder AppendText(StringBuilder json, string text)
    {
        json.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append(@"\\"),
                '\b' => json.Append(@"\b"),
                '\f' => json.Append(@"\f"),
                '\n' => json.Append(@"\n"),
                '\r' => json.Append(@"\r"),
                '\t' => json.Append(@"\t"),
                < ' ' => json.Append($"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }
        return json.Append('"');
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
