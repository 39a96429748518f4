using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MicroChat.Discord.Client.Gateway;

namespace MicroChat.Tests.Discord;

/// <summary>A gateway on this machine; the test plays every connection by hand.</summary>
internal sealed class GatewayStub : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public GatewayStub() => _listener.Start();

    public string Address => $"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The next connection, after its handshake.</summary>
    public async Task<StubConnection> AcceptAsync()
    {
        using var limit = new CancellationTokenSource(StubConnection.Limit);
        TcpClient client = await _listener.AcceptTcpClientAsync(limit.Token);
        return StubConnection.Handshake(client);
    }

    /// <summary>The next connection, handled on the calling thread alone.</summary>
    public StubConnection Accept() => StubConnection.Handshake(_listener.AcceptTcpClient());

    public void Dispose() => _listener.Dispose();
}

/// <summary>One connection of a client, seen from the server.</summary>
internal sealed class StubConnection : IDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client;
    private readonly WebSocket _socket;
    private readonly ThreadBoundStream _stream;
    private readonly MemoryStream _compressed = new();
    private readonly ZLibStream _zlib;

    private StubConnection(TcpClient client, WebSocket socket, ThreadBoundStream stream, string request)
    {
        (_client, _socket, _stream, Request) = (client, socket, stream, request);
        _zlib = new ZLibStream(_compressed, CompressionLevel.Fastest);
        IsCompressed = request.Contains("compress=zlib-stream", StringComparison.Ordinal);
    }

    /// <summary>Request line and headers of the handshake.</summary>
    public string Request { get; }

    public bool IsCompressed { get; }

    public static StubConnection Handshake(TcpClient client)
    {
        client.NoDelay = true;
        NetworkStream stream = client.GetStream();
        var request = new StringBuilder();
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = stream.ReadByte();
            Assert.True(read >= 0, "The client hung up during the handshake.");
            request.Append((char)read);
        }
        string key = request.ToString().Split("\r\n").Single(l => l.StartsWith("Sec-WebSocket-Key:", StringComparison.OrdinalIgnoreCase)).Split(':', 2)[1].Trim();
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1.
        string accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"));
        var bound = new ThreadBoundStream(stream);
        WebSocket socket = WebSocket.CreateFromStream(bound, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
        return new StubConnection(client, socket, bound, request.ToString());
    }

    public Task SendAsync(string json)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        if (!IsCompressed)
        {
            return _socket.SendAsync(bytes, WebSocketMessageType.Text, true, CancellationToken.None);
        }
        _compressed.SetLength(0);
        _zlib.Write(bytes);
        _zlib.Flush();
        return SendRawAsync(_compressed.ToArray());
    }

    public Task SendRawAsync(byte[] bytes) => _socket.SendAsync(bytes, WebSocketMessageType.Binary, true, CancellationToken.None);

    public Task HelloAsync(int interval = 41_250) => SendAsync($$$"""{"op":10,"d":{"heartbeat_interval":{{{interval}}}}}""");

    public Task DispatchAsync(string type, long s, string d) => SendAsync(Wire.Dispatch(type, s, d));

    /// <summary>The next payload; null: the client closed.</summary>
    public async Task<JsonElement?> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[8_192];
        while (true)
        {
            WebSocketReceiveResult result = await _socket.ReceiveAsync(buffer, limit.Token);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }
            bytes.Write(buffer, 0, result.Count);
            if (result.EndOfMessage)
            {
                using JsonDocument json = JsonDocument.Parse(bytes.ToArray());
                return json.RootElement.Clone();
            }
        }
    }

    /// <summary>The next payload with this opcode; heartbeats in between are acknowledged.</summary>
    public async Task<JsonElement> ExpectAsync(int op)
    {
        while (await ReceiveAsync() is { } payload)
        {
            if (payload.GetProperty("op").GetInt32() == op)
            {
                return payload;
            }
            if (payload.GetProperty("op").GetInt32() == 1)
            {
                await SendAsync("""{"op":11,"d":null}""");
            }
        }
        throw new InvalidOperationException($"The client closed with {_socket.CloseStatus}; opcode {op} was wanted.");
    }

    /// <summary>Says hello, takes IDENTIFY and begins a session that resumes at <paramref name="resumeUrl"/>.</summary>
    public async Task<JsonElement> BeginAsync(string resumeUrl, int interval = 41_250)
    {
        await HelloAsync(interval);
        JsonElement identify = await ExpectAsync(2);
        await DispatchAsync("READY", 1, Wire.Ready(resumeUrl));
        return identify;
    }

    /// <summary>Waits for the client's close and answers it.</summary>
    /// <returns>Its code; null: it hung up without one.</returns>
    public async Task<int?> ClosedAsync()
    {
        try
        {
            while (await ReceiveAsync() is not null)
            {
            }
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
        }
        return (int?)_socket.CloseStatus;
    }

    /// <summary>The next short payload, without the thread pool; null: the client closed.</summary>
    public string? ReceiveBlocking()
    {
        _stream.BlockFromNow();
        byte[] buffer = new byte[8_192];
        ValueTask<ValueWebSocketReceiveResult> received = _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        ValueWebSocketReceiveResult result = received.AsTask().GetAwaiter().GetResult();
        return result.MessageType == WebSocketMessageType.Close ? null : Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    /// <summary>Sends a payload without the thread pool.</summary>
    public void SendBlocking(string json) => _socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, CancellationToken.None).GetAwaiter().GetResult();

    public Task CloseAsync(int code) => _socket.CloseOutputAsync((WebSocketCloseStatus)code, "", CancellationToken.None);

    /// <summary>Hangs up without a word.</summary>
    public void Cut()
    {
        _client.Client.LingerState = new LingerOption(true, 0);
        _client.Close();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _client.Dispose();
        _zlib.Dispose();
    }
}
