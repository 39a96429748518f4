using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace MicroChat.Training.Data;

/// <summary>Reads rows of a shard in any order. Memory: the rows' lengths and places; tokens are read from the file when asked for. Safe for concurrent reading.</summary>
public sealed class ShardReader : IDisposable
{
    private const int ChunkBytes = 1 << 20, StackBytes = 1_024;
    private readonly SafeFileHandle _file;
    private readonly byte[] _header = new byte[ShardFormat.HeaderBytes];
    private readonly long[] _starts;
    private readonly int[] _textBytes;

    /// <summary>Opens a shard and checks its structure, not its checksum: see <see cref="Verify"/>.</summary>
    /// <exception cref="DatasetException">The file can't be opened or is no whole shard.</exception>
    public ShardReader(string path)
    {
        Path = path;
        try
        {
            _file = File.OpenHandle(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DatasetException.File(path, $"can't be opened ({e.Message})", "Check the path and the permissions.", e);
        }
        try
        {
            long fileBytes = RandomAccess.GetLength(_file);
            ReadExactly(_header.AsSpan(0, (int)Math.Min(fileBytes, _header.Length)), 0);
            (Info, Counts) = ShardFormat.Parse(path, _header, fileBytes);
            _starts = ReadStarts();
            _textBytes = new int[Counts.Rows];
            ReadExactly(MemoryMarshal.AsBytes(_textBytes.AsSpan()), ShardFormat.TextBytesAt(Info, Counts));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the shard says about itself.</summary>
    public ShardInfo Info { get; }

    /// <summary>How much it holds.</summary>
    public ShardCounts Counts { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => _textBytes.Length;

    /// <summary>Length of a row. Unit: tokens.</summary>
    public int RowTokens(int row) => (int)(_starts[row + 1] - _starts[row]);

    /// <summary>UTF-8 bytes of the text that the row's target tokens stand for.</summary>
    public int RowTextBytes(int row) => _textBytes[row];

    /// <summary>Reads a row.</summary>
    /// <param name="row">Which, in [0, <see cref="Rows"/>).</param>
    /// <param name="ids">Gets its tokens, shape (T) with T = <see cref="RowTokens"/>.</param>
    /// <param name="targets">Gets which of them count in the loss, shape (T).</param>
    /// <exception cref="ArgumentException">A shape differs. Nothing was written.</exception>
    /// <exception cref="DatasetException">The file has become shorter, or an id is not below V.</exception>
    public void ReadRow(int row, Span<int> ids, Span<bool> targets)
    {
        int tokens = RowTokens(row);
        if (ids.Length != tokens || targets.Length != tokens)
        {
            throw new ArgumentException($"ids has length {ids.Length} and targets {targets.Length}; wanted the row's {tokens}.", nameof(ids));
        }
        ReadIds(_starts[row], ids);
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)Info.VocabularySize)
            {
                throw DatasetException.File(Path, $"row {row} holds the id {id}; wanted 0 to {Info.VocabularySize - 1}.", "The shard is damaged; make it again.", null);
            }
        }
        ReadTargets(_starts[row], targets);
    }

    /// <summary>Compares the whole file with its checksum.</summary>
    /// <exception cref="DatasetException">They differ.</exception>
    public void Verify()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = new byte[ChunkBytes];
        long at = _header.Length;
        for (int read; (read = RandomAccess.Read(_file, chunk, at)) > 0; at += read)
        {
            hash.AppendData(chunk, 0, read);
        }
        if (!ShardFormat.IsSealed(_header, hash))
        {
            throw DatasetException.File(Path, "the contents do not fit the checksum.", "The shard is damaged; make it again.", null);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void ReadIds(long start, Span<int> ids)
    {
        if (Info.IdBytes == sizeof(int))
        {
            ReadExactly(MemoryMarshal.AsBytes(ids), ShardFormat.HeaderBytes + start * sizeof(int));
            return;
        }
        Span<ushort> narrow = MemoryMarshal.Cast<int, ushort>(ids)[ids.Length..];
        ReadExactly(MemoryMarshal.AsBytes(narrow), ShardFormat.HeaderBytes + start * sizeof(ushort));
        for (int t = 0; t < ids.Length; t++)
        {
            ids[t] = narrow[t];
        }
    }

    private void ReadTargets(long start, Span<bool> targets)
    {
        Span<byte> bits = stackalloc byte[StackBytes];
        for (int t = 0; t < targets.Length;)
        {
            long first = start + t;
            int count = (int)Math.Min(targets.Length - t, bits.Length * 8 - first % 8);
            ReadExactly(bits[..(int)((first % 8 + count + 7) / 8)], ShardFormat.MaskAt(Info, Counts) + first / 8);
            for (int i = 0; i < count; i++, t++)
            {
                int bit = (int)(first % 8) + i;
                targets[t] = (bits[bit / 8] >> (bit % 8) & 1) != 0;
            }
        }
    }

    private long[] ReadStarts()
    {
        long[] starts = new long[Counts.Rows + 1];
        int[] lengths = new int[Counts.Rows];
        ReadExactly(MemoryMarshal.AsBytes(lengths.AsSpan()), ShardFormat.LengthsAt(Info, Counts));
        for (int row = 0; row < lengths.Length; row++)
        {
            if (lengths[row] <= 0)
            {
                throw DatasetException.File(Path, $"row {row} has {lengths[row]} tokens; wanted at least one.", "The shard is damaged; make it again.", null);
            }
            starts[row + 1] = starts[row] + lengths[row];
        }
        return starts[^1] == Counts.Tokens ? starts
            : throw DatasetException.File(Path, $"its rows have {starts[^1]} tokens together; wanted {Counts.Tokens}.", "The shard is damaged; make it again.", null);
    }

    private void ReadExactly(Span<byte> destination, long at)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(_file, destination, at);
            if (read == 0)
            {
                throw DatasetException.File(Path, $"ends at byte {at}; wanted {destination.Length} more.", "The shard is truncated; make it again.", null);
            }
            destination = destination[read..];
            at += read;
        }
    }
}
