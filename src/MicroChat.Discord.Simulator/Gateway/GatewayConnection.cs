using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>One WebSocket: sends frames in order, reads frames, ends with a code, or is cut.</summary>
internal sealed class GatewayConnection : IDisposable
{
    private const int LongestFrame = 4096;
    private const int CompressFrom = 1024;
    private const long MostWaitingBytes = 128 << 20;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly WebSocket socket;
    private readonly ZlibTransport? zlib;
    private readonly TimeProvider time;
    private readonly Channel<(byte[]? Frame, int Code)> outbox = Channel.CreateUnbounded<(byte[]?, int)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource end = new();
    private long waitingBytes;

    public GatewayConnection(WebSocket socket, bool compressed, TimeProvider time)
    {
        (this.socket, this.time) = (socket, time);
        zlib = compressed ? new ZlibTransport() : null;
    }

    /// <summary>The session that was begun or resumed here.</summary>
    public GatewaySession? Session { get; set; }

    /// <summary>Whether this side no longer listens: the close code is on its way.</summary>
    public bool IsClosing => ClosedWith is not null;

    /// <summary>The code that this side closed with; 1006 for a cut.</summary>
    public int? ClosedWith { get; private set; }

    /// <summary>Whether a failure script ended it.</summary>
    public bool EndedByScript { get; set; }

    /// <summary>A zombie: the socket is open, but nothing comes out of it any more, not even ACKs.</summary>
    public bool IsZombie { get; set; }

    /// <summary>Whether large frames are compressed one by one, as IDENTIFY's <c>compress</c> asks.</summary>
    public bool CompressesFrames { get; set; }

    /// <summary>A pause before every frame; makes a slow server.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>When the newest heartbeat came, or the connection was opened.</summary>
    public DateTimeOffset LastHeartbeat { get; set; }

    /// <summary>Frames received in the window that began at <see cref="WindowStart"/>.</summary>
    public int Received { get; set; }

    public DateTimeOffset WindowStart { get; set; }

    public void Send(string frame) => Send(Encoding.UTF8.GetBytes(frame));

    public void Send(byte[] frame)
    {
        if (IsZombie || IsClosing)
        {
            return;
        }
        if (Interlocked.Add(ref waitingBytes, frame.Length) > MostWaitingBytes)
        {
            Cut();
            return;
        }
        outbox.Writer.TryWrite((frame, 0));
    }

    /// <summary>Sends what waits, then closes with a code.</summary>
    public void Close(int code)
    {
        if (!IsClosing)
        {
            ClosedWith = code;
            outbox.Writer.TryWrite((null, code));
            outbox.Writer.TryComplete();
        }
    }

    /// <summary>Ends the connection without a word.</summary>
    public void Cut()
    {
        ClosedWith ??= 1006;
        outbox.Writer.TryComplete();
        end.Cancel();
        socket.Abort();
    }

    /// <summary>Sends and receives until the connection ends.</summary>
    /// <param name="receive">Called with every frame.</param>
    /// <returns>The code that the client closed with; null when it did not.</returns>
    public async Task<int?> RunAsync(Action<ReadOnlyMemory<byte>> receive, CancellationToken stop)
    {
        using CancellationTokenRegistration cutOnStop = stop.Register(Cut);
        Task sending = SendAllAsync();
        int? code = null;
        try
        {
            code = await ReceiveAllAsync(receive);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            await end.CancelAsync();            // the peer is gone; there is nobody to answer
        }
        outbox.Writer.TryComplete();
        await sending;
        if (code is not null && socket.State == WebSocketState.CloseReceived)
        {
            await CloseOutputAsync(ClosedWith ?? CloseCode.Normal);
        }
        return code;
    }

    public void Dispose()
    {
        zlib?.Dispose();
        end.Dispose();
        socket.Dispose();
    }

    private async Task<int?> ReceiveAllAsync(Action<ReadOnlyMemory<byte>> receive)
    {
        byte[] buffer = new byte[LongestFrame + 1];
        int length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult part = await socket.ReceiveAsync(buffer.AsMemory(length), end.Token);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return (int?)socket.CloseStatus ?? 1005;
            }
            length += part.Count;
            if (length > LongestFrame)
            {
                Close(CloseCode.DecodeError);
                length = 0;                     // what still comes is read and dropped until the peer closes
            }
            else if (part.EndOfMessage)
            {
                if (!IsClosing)
                {
                    receive(buffer.AsMemory(0, length));
                }
                length = 0;
            }
        }
    }

    private async Task SendAllAsync()
    {
        try
        {
            await foreach ((byte[]? frame, int code) in outbox.Reader.ReadAllAsync(end.Token))
            {
                if (frame is null)
                {
                    await CloseOutputAsync(code);
                    end.CancelAfter(CloseTimeout);
                    return;
                }
                if (Delay > TimeSpan.Zero)
                {
                    await Task.Delay(Delay, time, end.Token);
                }
                Interlocked.Add(ref waitingBytes, -frame.Length);
                await SendAsync(frame);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            await end.CancelAsync();            // the receiving side ends too
        }
    }

    private Task SendAsync(byte[] frame)
    {
        bool whole = CompressesFrames && frame.Length >= CompressFrom;
        byte[] bytes = zlib is not null ? zlib.Next(frame) : whole ? ZlibTransport.Whole(frame) : frame;
        return socket.SendAsync(bytes, zlib is not null || whole ? WebSocketMessageType.Binary : WebSocketMessageType.Text, endOfMessage: true, end.Token);
    }

    private async Task CloseOutputAsync(int code)
    {
        try
        {
            await socket.CloseOutputAsync((WebSocketCloseStatus)code, CloseCode.Reason(code), end.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            ClosedWith ??= code;                // gone before it could hear the code
        }
    }
}
