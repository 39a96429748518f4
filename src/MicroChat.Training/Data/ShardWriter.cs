using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MicroChat.Training.Data;

/// <summary>
/// Writes rows of tokens into one file, which appears under its name only when complete; disposing earlier leaves nothing behind.
/// Memory: one bit per token and eight bytes per row, beside a buffer.
/// </summary>
public sealed class ShardWriter : IDisposable
{
    private const string PartSuffix = ".part";
    private const int BufferBytes = 1 << 17;
    private readonly string _path;
    private readonly ShardInfo _info;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<byte> _mask = [];
    private readonly List<int> _lengths = [], _textBytes = [];
    private byte[] _row = [];
    private ShardCounts _counts;
    private bool _published;

    /// <summary>Begins a shard.</summary>
    /// <param name="path">Where it will be; an older file is replaced at the end.</param>
    /// <param name="info">What the shard says about itself.</param>
    /// <exception cref="ArgumentException">The tokenizer's hash is no SHA-256, V is not positive, or the names are too long. Nothing was written.</exception>
    public ShardWriter(string path, ShardInfo info)
    {
        if (info.TokenizerHash.Length != 2 * ShardFormat.HashBytes || !info.TokenizerHash.All(char.IsAsciiHexDigit))
        {
            throw new ArgumentException($"TokenizerHash is {DatasetException.Show(info.TokenizerHash)}; wanted 64 hexadecimal digits. Pass the SHA-256 of tokenizer.json.", nameof(info));
        }
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(info.VocabularySize);
        byte[] header = ShardFormat.Header(info, default);
        (_path, _info) = (path, info);
        _file = new FileStream(path + PartSuffix, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
        _file.Write(header);
    }

    /// <summary>What was added so far.</summary>
    public ShardCounts Counts => _counts;

    /// <summary>Adds a row.</summary>
    /// <param name="ids">Its tokens, shape (T); at least one.</param>
    /// <param name="targets">Which of them count in the loss, shape (T).</param>
    /// <param name="textBytes">UTF-8 bytes of the text that the counting tokens stand for.</param>
    /// <exception cref="ArgumentException">An id is not below V, or the shapes differ. Nothing was added.</exception>
    public void Append(ReadOnlySpan<int> ids, ReadOnlySpan<bool> targets, int textBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(textBytes);
        if (ids.IsEmpty || ids.Length != targets.Length)
        {
            throw new ArgumentException($"The row has {ids.Length} ids and {targets.Length} target marks; wanted as many of both, and at least one.", nameof(ids));
        }
        Pack(ids);
        _file.Write(_row, 0, ids.Length * _info.IdBytes);
        _hash.AppendData(_row, 0, ids.Length * _info.IdBytes);
        int marked = 0;
        for (int t = 0; t < targets.Length; t++)
        {
            long bit = _counts.Tokens + t;
            if (bit % 8 == 0)
            {
                _mask.Add(0);
            }
            if (targets[t])
            {
                CollectionsMarshal.AsSpan(_mask)[^1] |= (byte)(1 << (int)(bit % 8));
                marked++;
            }
        }
        _lengths.Add(ids.Length);
        _textBytes.Add(textBytes);
        _counts += new ShardCounts(1, ids.Length, marked, textBytes);
    }

    /// <summary>Completes the file, flushes it to disk and gives it its name.</summary>
    public void Complete()
    {
        Seal();
        Publish();
    }

    /// <summary>Drops the shard unless it was completed.</summary>
    public void Dispose()
    {
        _hash.Dispose();
        try
        {
            _file.Dispose();
        }
        finally
        {
            if (!_published)
            {
                File.Delete(_path + PartSuffix);
            }
        }
    }

    /// <summary>Completes the file on disk, still under its temporary name.</summary>
    internal void Seal()
    {
        WriteHashed(CollectionsMarshal.AsSpan(_mask));
        WriteHashed(LittleEndian(_lengths));
        WriteHashed(LittleEndian(_textBytes));
        byte[] header = ShardFormat.Header(_info, _counts);
        ShardFormat.Seal(header, _hash);
        _file.Position = 0;
        _file.Write(header);
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        _mask.Clear();
        _mask.TrimExcess();
    }

    /// <summary>Gives a sealed file its name.</summary>
    internal void Publish()
    {
        File.Move(_path + PartSuffix, _path, overwrite: true);
        _published = true;
    }

    private void Pack(ReadOnlySpan<int> ids)
    {
        if (_row.Length < ids.Length * sizeof(int))
        {
            _row = new byte[Math.Max(BufferBytes, ids.Length * sizeof(int))];
        }
        for (int t = 0; t < ids.Length; t++)
        {
            if ((uint)ids[t] >= (uint)_info.VocabularySize)
            {
                throw new ArgumentException($"ids[{t}] is {ids[t]}; wanted 0 to {_info.VocabularySize - 1}. Use the tokenizer that the shard was opened for.", nameof(ids));
            }
            if (_info.IdBytes == sizeof(ushort))
            {
                BitConverter.TryWriteBytes(_row.AsSpan(t * sizeof(ushort)), (ushort)ids[t]);
            }
            else
            {
                BitConverter.TryWriteBytes(_row.AsSpan(t * sizeof(int)), ids[t]);
            }
        }
    }

    private static ReadOnlySpan<byte> LittleEndian(List<int> numbers) => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(numbers));

    private void WriteHashed(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _hash.AppendData(bytes);
    }
}
