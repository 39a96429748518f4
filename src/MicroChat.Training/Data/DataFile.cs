using System.Buffers.Binary;
using System.IO.Compression;

namespace MicroChat.Training.Data;

/// <summary>The bytes of a file, unpacked when they begin with gzip's magic number; a truncated gzip is an error at its end.</summary>
internal sealed class DataFile : IDisposable
{
    private const int ChunkBytes = 1 << 16;
    private const int MaxMembersTried = 1_000;
    private static readonly byte[] s_magic = [0x1f, 0x8b, 0x08];
    private readonly string _path;
    private readonly FileStream _raw;
    private readonly GZipStream? _gzip;
    private long _unpacked;

    public DataFile(string path)
    {
        _path = path;
        _raw = Open(path);
        Span<byte> first = stackalloc byte[3];
        int read = _raw.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        _raw.Position = 0;
        if (read == first.Length && first.SequenceEqual(s_magic))
        {
            _gzip = new GZipStream(_raw, CompressionMode.Decompress, leaveOpen: true);
        }
    }

    /// <summary>Reads some bytes; 0 at the end.</summary>
    /// <exception cref="DatasetException">The packed data are damaged or end too early.</exception>
    public int Read(Span<byte> destination)
    {
        try
        {
            int read = _gzip is null ? _raw.Read(destination) : _gzip.Read(destination);
            _unpacked += read;
            if (read == 0 && _gzip is not null && !EndsProperly())
            {
                throw DatasetException.File(_path, $"the gzip file of {_raw.Length} bytes is truncated: it stops after {_unpacked} unpacked bytes without its closing record.", "Fetch it again.", null);
            }
            return read;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw DatasetException.File(_path, $"damaged after {_unpacked} unpacked bytes ({e.Message})", "Fetch the file again.", e);
        }
    }

    public void Dispose()
    {
        _gzip?.Dispose();
        _raw.Dispose();
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DatasetException.File(path, $"can't be opened ({e.Message})", "Check the path and the permissions.", e);
        }
    }

    /// <summary>
    /// The framework takes the end of the file for the end of the data, so the size in gzip's closing record is compared here
    /// (RFC 1952 §2.3.1). A file of several members counts only its last one there, which is then unpacked once more.
    /// </summary>
    private bool EndsProperly()
    {
        Span<byte> size = stackalloc byte[4];
        _raw.Position = Math.Max(0, _raw.Length - size.Length);
        _raw.ReadExactly(size);
        uint wanted = BinaryPrimitives.ReadUInt32LittleEndian(size);
        return (uint)_unpacked == wanted || LastMemberStarts().Take(MaxMembersTried).Any(start => UnpackedBytes(start, wanted) == wanted);
    }

    private IEnumerable<long> LastMemberStarts()
    {
        byte[] chunk = new byte[ChunkBytes + s_magic.Length - 1];
        for (long at = (_raw.Length - 1) / ChunkBytes * ChunkBytes; at >= 0; at -= ChunkBytes)
        {
            _raw.Position = at;
            int read = _raw.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
            for (int found; (found = chunk.AsSpan(0, read).LastIndexOf(s_magic)) >= 0; read = found + s_magic.Length - 1)
            {
                if (at + found > 0)
                {
                    yield return at + found;
                }
            }
        }
    }

    /// <summary>Unpacked size of what begins at a position; −1 when nothing valid does.</summary>
    private long UnpackedBytes(long start, long wanted)
    {
        byte[] scratch = new byte[ChunkBytes];
        _raw.Position = start;
        using var member = new GZipStream(_raw, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            long total = 0;
            for (int read; total <= wanted && (read = member.Read(scratch)) > 0;)
            {
                total += read;
            }
            return total;
        }
        catch (InvalidDataException)
        {
            return -1;
        }
    }
}
