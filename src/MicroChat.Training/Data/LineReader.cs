using System.Text.Unicode;

namespace MicroChat.Training.Data;

/// <summary>Reads a plain or gzipped file line by line in bounded memory; byte-order mark and CRLF are taken off.</summary>
internal sealed class LineReader : IDisposable
{
    private const int ChunkBytes = 1 << 16;
    private readonly DataFile _file;
    private readonly int _maxLineBytes;
    private byte[] _buffer = new byte[ChunkBytes];
    private int _start, _end;
    private bool _ended;

    public LineReader(string path, int maxLineBytes)
    {
        _maxLineBytes = maxLineBytes;
        _file = new DataFile(path);
        Fill();
        if (_buffer.AsSpan(_start, _end - _start).StartsWith("\uFEFF"u8))
        {
            _start += 3;
        }
    }

    /// <summary>Number of the line last read, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>The line last read, without its end; valid until the next one is read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Length of the line last read. Unit: bytes. Above the limit, <see cref="Line"/> is only its beginning.</summary>
    public long LineBytes { get; private set; }

    /// <summary>Moves to the next line.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="DatasetException">The file is damaged or truncated.</exception>
    public bool Read()
    {
        int scanned = 0;
        long dropped = 0;
        while (true)
        {
            int at = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (at >= 0 || _ended)
            {
                return Take(at < 0 ? _end - _start : scanned + at, at >= 0, dropped);
            }
            scanned = _end - _start;
            if (scanned > _maxLineBytes + 2)
            {
                dropped += scanned - _maxLineBytes;
                scanned = _maxLineBytes;
                _end = _start + scanned;
            }
            Fill();
        }
    }

    /// <summary>Throws when the line last read is too long or no valid UTF-8.</summary>
    public void Check()
    {
        if (LineBytes > _maxLineBytes)
        {
            throw new RowException(null, $"the line has {LineBytes} bytes", $"at most {_maxLineBytes}",
                "Split the row, or raise MaxLineBytes if the file is right.");
        }
        if (!Utf8.IsValid(Line.Span))
        {
            throw new RowException(null, $"the byte 0x{Line.Span[ValidBytes(Line.Span)]:x2} at column {ValidBytes(Line.Span) + 1} is no UTF-8", "UTF-8 text",
                "Save the file as UTF-8.");
        }
    }

    public void Dispose() => _file.Dispose();

    private static int ValidBytes(ReadOnlySpan<byte> line)
    {
        int at = 0;
        while (System.Text.Rune.DecodeFromUtf8(line[at..], out _, out int used) == System.Buffers.OperationStatus.Done)
        {
            at += used;
        }
        return at;
    }

    private bool Take(int length, bool terminated, long dropped)
    {
        if (!terminated && length == 0)
        {
            Line = default;
            return false;
        }
        LineNumber++;
        ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, length);
        _start += length + (terminated ? 1 : 0);
        if (line.Length > 0 && line.Span[^1] == '\r')
        {
            line = line[..^1];
        }
        LineBytes = line.Length + dropped;
        Line = line.Length > _maxLineBytes ? line[.._maxLineBytes] : line;
        return true;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        int read = _file.Read(_buffer.AsSpan(_end));
        _ended = read == 0;
        _end += read;
    }
}
