using System.IO.Compression;

namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>zlib-stream: one compression context per connection, flushed after every frame (it ends with 00 00 FF FF).</summary>
internal sealed class ZlibTransport : IDisposable
{
    private readonly MemoryStream output = new();
    private readonly ZLibStream deflate;

    public ZlibTransport() => deflate = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true);

    /// <summary>Compresses the next frame.</summary>
    public byte[] Next(byte[] frame)
    {
        output.SetLength(0);
        deflate.Write(frame);
        deflate.Flush();
        return output.ToArray();
    }

    /// <summary>Compresses a frame on its own, for clients that asked with <c>compress</c> in IDENTIFY.</summary>
    public static byte[] Whole(byte[] frame)
    {
        using var output = new MemoryStream();
        using (var deflate = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(frame);
        }
        return output.ToArray();
    }

    public void Dispose()
    {
        deflate.Dispose();
        output.Dispose();
    }
}
