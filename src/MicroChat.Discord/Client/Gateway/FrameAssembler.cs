using System.Buffers;
using System.IO.Compression;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>Puts frames together from the pieces that a WebSocket delivers, bounded: of a frame that is too long only the fact is kept.</summary>
internal abstract class FrameAssembler : IDisposable
{
    /// <summary>Longest frame, uncompressed. Unit: bytes.</summary>
    public const int Longest = 32 << 20;

    private const int KeptCapacity = 1 << 20;

    private ArrayBufferWriter<byte> _frame = new(16_384);

    /// <summary>The frame under way is longer than allowed.</summary>
    public bool TooLong { get; private set; }

    /// <summary>The frame; valid until <see cref="Next"/>.</summary>
    public ReadOnlyMemory<byte> Frame => _frame.WrittenMemory;

    /// <summary>Takes a piece.</summary>
    /// <param name="piece">The next bytes of the message.</param>
    /// <param name="last">They end the message.</param>
    /// <returns>True: a frame is complete.</returns>
    /// <exception cref="InvalidDataException">The compressed stream is damaged; nothing after it can be read on this connection.</exception>
    public abstract bool Add(ReadOnlySpan<byte> piece, bool last);

    /// <summary>Forgets the frame and begins the next one.</summary>
    public void Next()
    {
        TooLong = false;
        if (_frame.Capacity > KeptCapacity)
        {
            _frame = new ArrayBufferWriter<byte>(16_384);
        }
        else
        {
            _frame.ResetWrittenCount();
        }
    }

    public abstract void Dispose();

    /// <summary>Adds uncompressed bytes.</summary>
    protected void Append(ReadOnlySpan<byte> bytes)
    {
        if (!TooLong && _frame.WrittenCount + bytes.Length <= Longest)
        {
            _frame.Write(bytes);
        }
        else
        {
            TooLong = true;
            _frame.ResetWrittenCount();
        }
    }
}

/// <summary>Frames as they are: one per message.</summary>
internal sealed class PlainAssembler : FrameAssembler
{
    public override bool Add(ReadOnlySpan<byte> piece, bool last)
    {
        Append(piece);
        return last;
    }

    public override void Dispose()
    {
    }
}

/// <summary>zlib-stream: one compressed stream per connection; a message that ends with the mark of a flush ends a frame.</summary>
/// <remarks>Source: Discord API, events/gateway, "Transport Compression". The stream stays in step also where a frame is too long to keep.</remarks>
internal sealed class ZlibAssembler : FrameAssembler
{
    private static readonly byte[] FlushMark = [0, 0, 0xFF, 0xFF];

    private readonly PieceStream _pieces = new();
    private readonly ZLibStream _zlib;
    private readonly byte[] _chunk = new byte[16_384];
    private readonly byte[] _tail = new byte[4];

    public ZlibAssembler() => _zlib = new ZLibStream(_pieces, CompressionMode.Decompress);

    public override bool Add(ReadOnlySpan<byte> piece, bool last)
    {
        Remember(piece);
        _pieces.Feed(piece);
        int read;
        while ((read = _zlib.Read(_chunk)) > 0)
        {
            Append(_chunk.AsSpan(0, read));
        }
        return last && _tail.AsSpan().SequenceEqual(FlushMark);
    }

    public override void Dispose() => _zlib.Dispose();

    /// <summary>The last four bytes, also where they come in several pieces.</summary>
    private void Remember(ReadOnlySpan<byte> piece)
    {
        if (piece.Length >= _tail.Length)
        {
            piece[^_tail.Length..].CopyTo(_tail);
            return;
        }
        _tail.AsSpan(piece.Length).CopyTo(_tail);
        piece.CopyTo(_tail.AsSpan(_tail.Length - piece.Length));
    }

    /// <summary>What has been fed and not read yet; it ends for the moment where the bytes end.</summary>
    private sealed class PieceStream : Stream
    {
        private byte[] _bytes = [];
        private int _at, _end;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Feed(ReadOnlySpan<byte> piece)
        {
            if (_bytes.Length < piece.Length)
            {
                _bytes = new byte[piece.Length];
            }
            piece.CopyTo(_bytes);
            (_at, _end) = (0, piece.Length);
        }

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _end - _at);
            _bytes.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
