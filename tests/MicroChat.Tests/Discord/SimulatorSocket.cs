using System.IO.Compression;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace MicroChat.Tests.Discord;

/// <summary>A bare gateway client: sends text, reads frames, knows nothing of what they mean.</summary>
internal sealed class SimulatorSocket : IAsyncDisposable
{
    /// <summary>GUILDS, messages, reactions and typing in guilds and direct, MESSAGE_CONTENT.</summary>
    public const int AllIntents = 1 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 15;

    private readonly ClientWebSocket socket = new();
    private readonly MemoryStream compressed = new();
    private readonly bool isCompressed;
    private ZLibStream? inflate;

    private SimulatorSocket(bool isCompressed) => this.isCompressed = isCompressed;

    /// <summary>The newest sequence number.</summary>
    public long Sequence { get; private set; }

    public string SessionId { get; private set; } = "";

    /// <summary>The close code, once a frame was expected and the server had closed.</summary>
    public int? ClosedWith { get; private set; }

    public static async Task<SimulatorSocket> ConnectAsync(string url)
    {
        var client = new SimulatorSocket(url.Contains("compress=zlib-stream", StringComparison.Ordinal));
        await client.socket.ConnectAsync(new Uri(url), Timeout());
        return client;
    }

    public Task SendAsync(string json) => socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, endOfMessage: true, Timeout());

    public Task IdentifyAsync(string token, int intents = AllIntents, string more = "") =>
        SendAsync($"{{\"op\":2,\"d\":{{\"token\":\"{token}\",\"intents\":{intents},\"properties\":{{\"os\":\"linux\",\"browser\":\"t\",\"device\":\"t\"}}{more}}}}}");

    public Task ResumeAsync(string token, string session, long sequence) =>
        SendAsync($"{{\"op\":6,\"d\":{{\"token\":\"{token}\",\"session_id\":\"{session}\",\"seq\":{sequence}}}}}");

    /// <summary>The next frame; null when the server closed or cut instead.</summary>
    public async Task<JsonNode?> ReadAsync(TimeSpan? patience = null)
    {
        using var message = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        while (true)
        {
            ValueWebSocketReceiveResult part;
            try
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(), Timeout(patience));
            }
            catch (WebSocketException)
            {
                ClosedWith = 1006;
                return null;
            }
            if (part.MessageType == WebSocketMessageType.Close)
            {
                ClosedWith = (int)socket.CloseStatus!;
                if (socket.State == WebSocketState.CloseReceived)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Timeout());     // or the server waits for an answer
                }
                return null;
            }
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return Note(JsonNode.Parse(part.MessageType == WebSocketMessageType.Binary ? Inflate(message.ToArray()) : Encoding.UTF8.GetString(message.ToArray()))!);
            }
        }
    }

    /// <summary>The next frame, which must be this event; others with this opcode only are skipped when <paramref name="skip"/> says so.</summary>
    public async Task<JsonNode> ExpectAsync(string name, bool skip = false)
    {
        while (true)
        {
            JsonNode frame = await ReadAsync() ?? throw new InvalidOperationException($"The server closed with {ClosedWith} where {name} was expected.");
            if ((string?)frame["t"] == name)
            {
                return frame["d"]!;
            }
            if (!skip)
            {
                throw new InvalidOperationException($"Expected {name}, found {frame.ToJsonString()}.");
            }
        }
    }

    public async Task<JsonNode?> ExpectOpcodeAsync(int opcode)
    {
        JsonNode frame = await ReadAsync() ?? throw new InvalidOperationException($"The server closed with {ClosedWith} where opcode {opcode} was expected.");
        return (int)frame["op"]! == opcode ? frame["d"] : throw new InvalidOperationException($"Expected opcode {opcode}, found {frame.ToJsonString()}.");
    }

    /// <summary>Reads until the server closes; returns its code.</summary>
    public async Task<int> ExpectCloseAsync()
    {
        while (await ReadAsync() is not null)
        {
            continue;
        }
        return ClosedWith!.Value;
    }

    public async Task CloseAsync(int code)
    {
        await socket.CloseOutputAsync((WebSocketCloseStatus)code, null, Timeout());
        await ReadAsync();
    }

    /// <summary>Ends the connection without a close frame.</summary>
    public void Cut() => socket.Abort();

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        inflate?.Dispose();
        compressed.Dispose();
        return ValueTask.CompletedTask;
    }

    private static CancellationToken Timeout(TimeSpan? patience = null) => new CancellationTokenSource(patience ?? SimulatorHarness.Patience).Token;

    private JsonNode Note(JsonNode frame)
    {
        Sequence = (long?)frame["s"] ?? Sequence;
        SessionId = (string?)frame["t"] == "READY" ? (string)frame["d"]!["session_id"]! : SessionId;
        return frame;
    }

    private string Inflate(byte[] part)
    {
        if (!isCompressed)                          // one context per frame
        {
            using var whole = new ZLibStream(new MemoryStream(part), CompressionMode.Decompress);
            using var text = new StreamReader(whole);
            return text.ReadToEnd();
        }
        Assert.Equal([0x00, 0x00, 0xFF, 0xFF], part[^4..]);
        compressed.SetLength(0);
        compressed.Write(part);
        compressed.Position = 0;
        inflate ??= new ZLibStream(compressed, CompressionMode.Decompress, leaveOpen: true);
        byte[] buffer = new byte[1 << 20];
        using var all = new MemoryStream();
        int read;
        while (compressed.Position < compressed.Length || all.Length == 0)
        {
            read = inflate.Read(buffer);
            if (read == 0)
            {
                break;
            }
            all.Write(buffer, 0, read);
            if (compressed.Position == compressed.Length && read < buffer.Length)
            {
                break;
            }
        }
        return Encoding.UTF8.GetString(all.ToArray());
    }
}
