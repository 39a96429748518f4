using System.Net.Sockets;
using System.Net.WebSockets;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>A WebSocket to the gateway that is read and written by threads of its own, without the thread pool.</summary>
internal sealed class GatewaySocket : IDisposable
{
    private static readonly TimeSpan LongestSend = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket = new();
    private readonly HttpMessageInvoker _http;
    private readonly Lock _sending = new();
    private ThreadBoundStream? _stream;

    private GatewaySocket(Uri address, string userAgent)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = OpenAsync,
            PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(_stream = new ThreadBoundStream(context.PlaintextStream)),
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            UseProxy = !address.IsLoopback,
        };
        _http = new HttpMessageInvoker(handler);
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        _socket.Options.SetRequestHeader("User-Agent", userAgent);
    }

    /// <summary>The code with which the server closed; null: it did not say one.</summary>
    public int? CloseCode => _socket.CloseStatus is { } status and not WebSocketCloseStatus.Empty ? (int)status : null;

    /// <exception cref="WebSocketException">The server could not be reached, or is no gateway.</exception>
    public static async Task<GatewaySocket> ConnectAsync(Uri address, string userAgent, CancellationToken cancellationToken)
    {
        var socket = new GatewaySocket(address, userAgent);
        try
        {
            await socket._socket.ConnectAsync(address, socket._http, cancellationToken).ConfigureAwait(false);
            socket._stream?.BlockFromNow();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the next piece of a message; blocks the calling thread.</summary>
    /// <returns>Null: the server closed.</returns>
    public (int Bytes, bool Last)? Receive(Memory<byte> buffer)
    {
        ValueWebSocketReceiveResult result = Await(_socket.ReceiveAsync(buffer, CancellationToken.None));
        return result.MessageType == WebSocketMessageType.Close ? null : (result.Count, result.EndOfMessage);
    }

    /// <summary>Sends one payload; blocks the calling thread until the system took it.</summary>
    public void Send(ReadOnlyMemory<byte> payload)
    {
        lock (_sending)
        {
            ValueTask sent = _socket.SendAsync(payload, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            if (!sent.IsCompletedSuccessfully)
            {
                sent.AsTask().GetAwaiter().GetResult();
            }
        }
    }

    /// <summary>Says goodbye with a code, if the connection still can.</summary>
    public void Close(int code, string reason)
    {
        lock (_sending)
        {
            try
            {
                _socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, CancellationToken.None).Wait(LongestSend);
            }
            catch (Exception e) when (e is AggregateException or WebSocketException or InvalidOperationException or IOException)
            {
                _socket.Abort();
            }
        }
    }

    /// <summary>Ends it at once; a blocked <see cref="Receive"/> fails.</summary>
    public void Abort()
    {
        _socket.Abort();
        _stream?.Dispose();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _stream?.Dispose();
        _http.Dispose();
    }

    private static T Await<T>(ValueTask<T> task) => task.IsCompletedSuccessfully ? task.Result : task.AsTask().GetAwaiter().GetResult();

    private static async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendTimeout = (int)LongestSend.TotalMilliseconds };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
