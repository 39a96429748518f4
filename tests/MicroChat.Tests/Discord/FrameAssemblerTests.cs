using System.IO.Compression;
using System.Text;
using MicroChat.Discord.Client.Gateway;

namespace MicroChat.Tests.Discord;

/// <summary>Frames from compressed and plain pieces.</summary>
public sealed class FrameAssemblerTests
{
    private static readonly string[] Frames = ["""{"op":10,"d":{"heartbeat_interval":41250}}""", """{"op":0,"t":"MESSAGE_CREATE","s":1,"d":{"content":"👍 hi hi hi hi"}}""", """{"op":11}"""];

    [Fact]
    public void A_compressed_stream_can_be_cut_at_any_byte()
    {
        byte[][] messages = Compress(Frames);
        for (int at = 1; at < messages[1].Length; at++)
        {
            using var assembler = new ZlibAssembler();
            Assert.Equal(Frames[0], Frame(assembler, messages[0], true));
            Assert.False(assembler.Add(messages[1].AsSpan(0, at), last: at % 2 == 0 && at < messages[1].Length - 4));
            Assert.Equal(Frames[1], Frame(assembler, messages[1][at..], true));
            Assert.Equal(Frames[2], Frame(assembler, messages[2], true));
        }
    }

    [Fact]
    public void A_compressed_stream_can_come_byte_by_byte()
    {
        using var assembler = new ZlibAssembler();
        foreach ((int index, byte[] message) in Compress(Frames).Index())
        {
            for (int at = 0; at < message.Length - 1; at++)
            {
                Assert.False(assembler.Add(message.AsSpan(at, 1), last: false));
            }
            Assert.Equal(Frames[index], Frame(assembler, message[^1..], true));
        }
    }

    [Fact]
    public void A_frame_that_is_too_long_is_skipped_and_the_stream_stays_in_step()
    {
        byte[][] messages = Compress(["{\"d\":\"" + new string('x', FrameAssembler.Longest) + "\"}", Frames[1]]);
        Assert.True(messages[0].Length < 1 << 20);
        using var assembler = new ZlibAssembler();
        Assert.True(assembler.Add(messages[0], last: true));
        Assert.True(assembler.TooLong);
        Assert.Equal(0, assembler.Frame.Length);
        assembler.Next();
        Assert.False(assembler.TooLong);
        Assert.Equal(Frames[1], Frame(assembler, messages[1], true));
    }

    [Fact]
    public void A_damaged_stream_is_reported()
    {
        byte[] message = Compress(Frames)[0];
        message[0] ^= 0xFF;
        using var assembler = new ZlibAssembler();
        Assert.Throws<InvalidDataException>(() => assembler.Add(message, last: true));
    }

    [Fact]
    public void Plain_pieces_make_a_frame_when_the_last_one_came()
    {
        using var assembler = new PlainAssembler();
        Assert.False(assembler.Add("{\"op\""u8, last: false));
        Assert.Equal("{\"op\":11}", Frame(assembler, ":11}"u8.ToArray(), true));
    }

    private static string Frame(FrameAssembler assembler, byte[] piece, bool last)
    {
        Assert.True(assembler.Add(piece, last));
        string frame = Encoding.UTF8.GetString(assembler.Frame.Span);
        assembler.Next();
        return frame;
    }

    private static byte[][] Compress(string[] frames)
    {
        using var bytes = new MemoryStream();
        using var zlib = new ZLibStream(bytes, CompressionLevel.Optimal);
        var messages = new List<byte[]>();
        foreach (string frame in frames)
        {
            bytes.SetLength(0);
            zlib.Write(Encoding.UTF8.GetBytes(frame));
            zlib.Flush();
            messages.Add(bytes.ToArray());
        }
        return [.. messages];
    }
}
