using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MicroChat.Training.Data;

/// <summary>What a shard says about itself.</summary>
/// <param name="Source">Where its text comes from.</param>
/// <param name="License">Under which licence.</param>
/// <param name="TokenizerHash">SHA-256 of the tokenizer that made the ids, 64 hexadecimal digits.</param>
/// <param name="VocabularySize">V: ids are in [0, V).</param>
public sealed record ShardInfo(string Source, string License, string TokenizerHash, int VocabularySize)
{
    /// <summary>Bytes that one id takes in the file.</summary>
    internal int IdBytes => VocabularySize <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(int);
}

/// <summary>How much a shard holds.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Tokens">Tokens of all rows.</param>
/// <param name="TargetTokens">Tokens that count in the loss.</param>
/// <param name="TextBytes">UTF-8 bytes of the text that the target tokens stand for.</param>
public readonly record struct ShardCounts(long Rows, long Tokens, long TargetTokens, long TextBytes)
{
    /// <summary>The sum of two.</summary>
    public static ShardCounts operator +(ShardCounts a, ShardCounts b) => Add(a, b);

    /// <summary>The sum of two.</summary>
    public static ShardCounts Add(ShardCounts a, ShardCounts b) =>
        new(a.Rows + b.Rows, a.Tokens + b.Tokens, a.TargetTokens + b.TargetTokens, a.TextBytes + b.TextBytes);
}

/// <summary>
/// The file of a shard, little-endian: a header of 4,096 bytes; ids (ushort or int32, rows end to end, never padded);
/// target bits (bit t mod 8 of byte t / 8: token t counts in the loss); row lengths (int32); text bytes of each row (int32).
/// Header: magic (8), version (int32), bytes per id (int32), V (int32), rows, tokens, target tokens, text bytes (int64 each),
/// tokenizer SHA-256 (32), SHA-256 of all that follows the header and of the header with this field zero (32), source and licence (int32 length, UTF-8).
/// </summary>
internal static class ShardFormat
{
    public const int HeaderBytes = 4_096, Version = 1, HashBytes = SHA256.HashSizeInBytes;
    private const int IdBytesAt = 12, VocabularyAt = 16, CountsAt = 20, TokenizerAt = 52, ChecksumAt = 84, NamesAt = 116;
    private static ReadOnlySpan<byte> Magic => "MCSHARD\0"u8;

    /// <summary>The header, its checksum still zero.</summary>
    public static byte[] Header(ShardInfo info, ShardCounts counts)
    {
        byte[] header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(Magic.Length), Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(IdBytesAt), info.IdBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(VocabularyAt), info.VocabularySize);
        long[] numbers = [counts.Rows, counts.Tokens, counts.TargetTokens, counts.TextBytes];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(CountsAt + 8 * i), numbers[i]);
        }
        Convert.FromHexString(info.TokenizerHash).CopyTo(header.AsSpan(TokenizerAt));
        int at = WriteName(header, NamesAt, info.Source);
        WriteName(header, at, info.License);
        return header;
    }

    /// <summary>Puts the checksum in, given a hash over all that follows the header.</summary>
    public static void Seal(byte[] header, IncrementalHash payload)
    {
        payload.AppendData(header);
        payload.GetHashAndReset().CopyTo(header.AsSpan(ChecksumAt));
    }

    /// <summary>Whether the checksum is right, given a hash over all that follows the header.</summary>
    public static bool IsSealed(byte[] header, IncrementalHash payload)
    {
        byte[] open = [.. header];
        open.AsSpan(ChecksumAt, HashBytes).Clear();
        payload.AppendData(open);
        return payload.GetHashAndReset().AsSpan().SequenceEqual(header.AsSpan(ChecksumAt, HashBytes));
    }

    /// <summary>Reads a header and holds it against the file's length.</summary>
    public static (ShardInfo Info, ShardCounts Counts) Parse(string path, byte[] header, long fileBytes)
    {
        if (!header.AsSpan(0, Magic.Length).SequenceEqual(Magic))
        {
            throw DatasetException.File(path, "does not begin like a shard of tokens.", "Make shards with the tokenise step.", null);
        }
        int version = Int32(header, Magic.Length);
        if (version != Version)
        {
            throw DatasetException.File(path, $"has version {version}; wanted {Version}.", "Make the shard again with this program.", null);
        }
        var counts = new ShardCounts(Int64(header, 0), Int64(header, 1), Int64(header, 2), Int64(header, 3));
        int at = ReadName(path, header, NamesAt, out string source);
        ReadName(path, header, at, out string license);
        var info = new ShardInfo(source, license, Convert.ToHexStringLower(header.AsSpan(TokenizerAt, HashBytes)), Int32(header, VocabularyAt));
        bool sane = counts is { Rows: >= 0 and <= int.MaxValue, Tokens: >= 0, TargetTokens: >= 0, TextBytes: >= 0 }
            && counts.Tokens <= fileBytes && counts.Rows <= fileBytes && counts.TargetTokens <= counts.Tokens && info.VocabularySize > 0 && Int32(header, IdBytesAt) == info.IdBytes;
        if (!sane || FileBytes(info, counts) != fileBytes)
        {
            string wanted = sane ? $"{FileBytes(info, counts)} bytes" : "counts that fit the file";
            throw DatasetException.File(path, $"has {fileBytes} bytes and says {counts.Rows} rows, {counts.Tokens} tokens, V = {info.VocabularySize}; wanted {wanted}: it is truncated or damaged.", "Make the shard again.", null);
        }
        return (info, counts);
    }

    public static long MaskAt(ShardInfo info, ShardCounts counts) => HeaderBytes + counts.Tokens * info.IdBytes;

    public static long LengthsAt(ShardInfo info, ShardCounts counts) => MaskAt(info, counts) + (counts.Tokens + 7) / 8;

    public static long TextBytesAt(ShardInfo info, ShardCounts counts) => LengthsAt(info, counts) + counts.Rows * sizeof(int);

    private static long FileBytes(ShardInfo info, ShardCounts counts) => TextBytesAt(info, counts) + counts.Rows * sizeof(int);

    private static int Int32(byte[] header, int at) => BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(at));

    private static long Int64(byte[] header, int index) => BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(CountsAt + 8 * index));

    private static int WriteName(byte[] header, int at, string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(name);
        if (at + 2 * sizeof(int) + text.Length > HeaderBytes)
        {
            throw new ArgumentException($"{DatasetException.Show(name)} has {text.Length} bytes; source and licence together must have at most {HeaderBytes - NamesAt - 2 * sizeof(int)}. Shorten it.", nameof(name));
        }
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(at), text.Length);
        text.CopyTo(header, at + sizeof(int));
        return at + sizeof(int) + text.Length;
    }

    private static int ReadName(string path, byte[] header, int at, out string name)
    {
        int length = at <= HeaderBytes - sizeof(int) ? Int32(header, at) : -1;
        if (length < 0 || length > HeaderBytes - at - sizeof(int))
        {
            throw DatasetException.File(path, $"names its source or licence with {length} bytes; wanted less than the header's {HeaderBytes}.", "Make the shard again.", null);
        }
        name = Encoding.UTF8.GetString(header, at + sizeof(int), length);
        return at + sizeof(int) + length;
    }
}
