using System.Text;
using System.Text.Json;
using Discord.Net;
using Discord.Net.WebSockets;
using MicroChat.Discord.Client;
using MicroChat.Discord.Client.Gateway;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.DiscordNet;

/// <summary>
/// The WebSocket that Discord.Net speaks through. It hands every dispatch to the port before the library sees it, and mends what the library does differently from
/// Discord's documentation: a session that can be resumed after opcode 9 is resumed, one that a close code ends is not, sequence numbers never fall, sessions begin
/// only when the budget allows it, and a close code that no new attempt can mend ends the port.
/// </summary>
internal sealed partial class GatewayTap : IWebSocketClient
{
    /// <summary>Attempts to resume in a row, after which a new session begins.</summary>
    private const int MostResumes = 5;

    private const string AskToReconnect = """{"op":7,"d":null}""", SessionIsGone = """{"op":9,"d":false}""";

    private static readonly TimeSpan BeginLimit = TimeSpan.FromSeconds(30), LeastInvalidWait = TimeSpan.FromSeconds(1), MostInvalidWait = TimeSpan.FromSeconds(5);

    private readonly LibraryContext _context;
    private readonly ShardSeat _seat;
    private readonly CancellationToken _stop;
    private readonly ILogger _log;
    private readonly IWebSocketClient _socket = DefaultWebSocketProvider.Instance();
    private readonly SessionState _session = new();
    private readonly TaskCompletionSource<DiscordSetupException> _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FrameAssembler? _frames;
    private IdentifyGate.Permit? _permit;
    private Uri? _address;
    private long _endedAt;
    private int _attempt, _resumes;
    private volatile bool _open, _begun;

    public GatewayTap(LibraryContext context, ShardSeat seat, CancellationToken stop)
    {
        (_context, _seat, _stop, _log, _endedAt) = (context, seat, stop, context.Log, context.Time.GetTimestamp());
        _socket.SetHeader("User-Agent", UserAgent.Of(context.Options));
        _socket.TextMessage += text => ReceiveAsync(Encoding.UTF8.GetBytes(text));
        _socket.BinaryMessage += (bytes, at, count) => ReceiveAsync(bytes.AsMemory(at, count));
        _socket.Closed += EndedAsync;
    }

    /// <summary>Never raised: what comes compressed is handed on as text.</summary>
    public event Func<byte[], int, int, Task>? BinaryMessage { add { } remove { } }

    public event Func<string, Task>? TextMessage;

    public event Func<Exception, Task>? Closed;

    /// <summary>Ends when Discord refuses for good, with the reason.</summary>
    public Task<DiscordSetupException> Refused => _refused.Task;

    /// <summary>How long no connection has been there nor tried.</summary>
    public TimeSpan RestingFor => _open ? TimeSpan.Zero : _context.Time.GetElapsedTime(Volatile.Read(ref _endedAt));

    public void SetHeader(string key, string value) => _socket.SetHeader(key, value);

    public void SetCancelToken(CancellationToken cancelToken) => _socket.SetCancelToken(cancelToken);

    /// <summary>Connects where the session is to be resumed or begun, whatever address the library would take.</summary>
    public async Task ConnectAsync(string host)
    {
        (_open, _begun) = (true, false);
        _frames?.Dispose();
        _frames = _context.Options.Compress ? new ZlibAssembler() : new PlainAssembler();
        try
        {
            _address = await AddressAsync().ConfigureAwait(false);
            await _socket.ConnectAsync(_address.AbsoluteUri).ConfigureAwait(false);
            _ = WatchAsync(Interlocked.Increment(ref _attempt));
        }
        catch (Exception e)
        {
            if (e is DiscordSetupException refused)
            {
                _refused.TrySetResult(refused);
            }
            End(new ConnectionEnd(AfterClose.Resume, $"the gateway could not be reached ({e.GetType().Name})", null));
            throw;
        }
    }

    public async Task DisconnectAsync(int closeCode = 1000)
    {
        await _socket.DisconnectAsync(closeCode).ConfigureAwait(false);
        End(new ConnectionEnd(AfterClose.Resume, "a heartbeat was not acknowledged, or Discord asked to reconnect", null));
    }

    public async Task SendAsync(byte[] data, int index, int count, bool isText)
    {
        switch (OpcodeOf(data.AsMemory(index, count)))
        {
            case GatewayOpcode.Identify:
                using (IdentifyGate.Permit permit = Interlocked.Exchange(ref _permit, null) ?? await _seat.Gate.EnterAsync(_seat.Number, _stop).ConfigureAwait(false))
                {
                    await _socket.SendAsync(data, index, count, isText).ConfigureAwait(false);
                    permit.Used();
                }
                break;
            case GatewayOpcode.Resume when _session.Resumable is { } session:
                byte[] resume = GatewayPayloads.Resume(_context.Options.Token, session.Id, session.Sequence);
                await _socket.SendAsync(resume, 0, resume.Length, isText).ConfigureAwait(false);
                break;
            case GatewayOpcode.Resume:
                _ = Task.Run(() => HandOnAsync(SessionIsGone), CancellationToken.None);
                break;
            default:
                await _socket.SendAsync(data, index, count, isText).ConfigureAwait(false);
                break;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        Release();
        _frames?.Dispose();
    }

    private static int? OpcodeOf(ReadOnlyMemory<byte> payload)
    {
        using JsonDocument json = JsonDocument.Parse(payload);
        return json.RootElement.Int("op");
    }

    private async Task<Uri> AddressAsync()
    {
        if (_session.Resumable is { } session && ++_resumes <= MostResumes)
        {
            Changed(ConnectionState.Connecting, "resuming", null);
            return session.Address;
        }
        _session.Forget();
        Release();
        _permit = await _seat.Gate.EnterAsync(_seat.Number, _stop).ConfigureAwait(false);
        Changed(ConnectionState.Connecting, "beginning a session", null);
        return GatewayAddress.With(_permit.Address, _context.Options.Compress);
    }

    private async Task ReceiveAsync(ReadOnlyMemory<byte> piece)
    {
        FrameAssembler frames = _frames!;
        if (!frames.Add(piece.Span, last: true))
        {
            return;
        }
        try
        {
            if (frames.TooLong)
            {
                _seat.Faults.Report("frame", $"longer than {FrameAssembler.Longest} bytes");
            }
            else if (await TakeAsync(frames.Frame).ConfigureAwait(false) is { } text)
            {
                await HandOnAsync(text).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)     // the library ends the connection for a frame that it cannot read
        {
            _seat.Faults.Report("frame", $"Discord.Net: {e.GetType().Name}");
        }
        finally
        {
            frames.Next();
        }
    }

    /// <summary>Reads a frame; a bad one is reported once, skipped, and the connection kept.</summary>
    /// <returns>What the library shall see; null: nothing.</returns>
    private async Task<string?> TakeAsync(ReadOnlyMemory<byte> bytes)
    {
        string kind = "frame";
        bool invalid = false;
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes);
            if (GatewayFrame.Read(json.RootElement) is not { } frame)
            {
                _seat.Faults.Report(kind, "no opcode");
                return null;
            }
            kind = frame.Type ?? $"opcode {frame.Op}";
            if (frame.Op == GatewayOpcode.InvalidSession && frame.Data.ValueKind == JsonValueKind.True)
            {
                return AskToReconnect;
            }
            invalid = frame.Op == GatewayOpcode.InvalidSession;
            if (frame is { Op: GatewayOpcode.Dispatch, Type: { } type })
            {
                Dispatched(type, frame);
            }
        }
        catch (JsonException e)
        {
            _seat.Faults.Report(kind, e.GetType().Name);
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException)
        {
            _seat.Faults.Report(kind, e.GetType().Name);
        }
        if (invalid)
        {
            _session.Forget();
            await Task.Delay(_context.Chance.Between(LeastInvalidWait, MostInvalidWait), _context.Time, _stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return LibraryFrame.Of(bytes.Span, kind);
    }

    /// <summary>The sequence counts only after the event was handed on, so that a resume brings back what was not.</summary>
    private void Dispatched(string type, GatewayFrame frame)
    {
        if (type == "READY")
        {
            Uri resume = GatewayAddress.ForResume(frame.Data.Text("resume_gateway_url"), _address!);
            _session.Begin(frame.Data.Text("session_id"), GatewayAddress.With(resume, _context.Options.Compress));
        }
        if (type is "READY" or "RESUMED")
        {
            (_begun, _resumes) = (true, 0);
            LogConnected(_seat.Number, type);
            Changed(ConnectionState.Connected, type == "READY" ? "a session began" : "the session was resumed", null);
        }
        try
        {
            _seat.Dispatch(type, frame.Data);
        }
        finally
        {
            if (frame.Sequence is { } sequence)
            {
                _session.Saw(sequence);
            }
        }
    }

    private Task HandOnAsync(string text) => TextMessage?.Invoke(text) ?? Task.CompletedTask;

    /// <summary>The server closed, or the connection broke.</summary>
    private Task EndedAsync(Exception cause)
    {
        int? code = (cause as WebSocketClosedException)?.CloseCode;
        CloseVerdict verdict = CloseVerdict.Of(code);
        if (verdict.After == AfterClose.NewSession)
        {
            _session.Forget();
        }
        End(new ConnectionEnd(verdict.After, verdict.Meaning, code));
        if (verdict.After == AfterClose.Stop)
        {
            _refused.TrySetResult(new DiscordSetupException($"Discord closed the gateway with code {code}: {verdict.Meaning}", code));
        }
        return Closed?.Invoke(new IOException(verdict.Meaning)) ?? Task.CompletedTask;
    }

    /// <summary>A server that takes the connection but begins nothing is left again.</summary>
    private async Task WatchAsync(int attempt)
    {
        await Task.Delay(BeginLimit, _context.Time, _stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_open && !_begun && attempt == Volatile.Read(ref _attempt) && !_stop.IsCancellationRequested)
        {
            await EndedAsync(new TimeoutException()).ConfigureAwait(false);
        }
    }

    private void End(ConnectionEnd end)
    {
        if (!_open)
        {
            return;
        }
        _open = false;
        Release();
        Volatile.Write(ref _endedAt, _context.Time.GetTimestamp());
        if (!_stop.IsCancellationRequested)
        {
            LogLost(_seat.Number, end.Reason, end.CloseCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none");
            Changed(end.After == AfterClose.Stop ? ConnectionState.Stopped : ConnectionState.Reconnecting, end.Reason, end.CloseCode);
        }
    }

    /// <summary>Leave to begin a session that was not used is given back.</summary>
    private void Release() => Interlocked.Exchange(ref _permit, null)?.Dispose();

    private void Changed(ConnectionState state, string reason, int? code) => _seat.Changed(new ConnectionChanged(_seat.Number, state, reason, code));

    [LoggerMessage(Level = LogLevel.Information, Message = "Discord shard {Shard} is connected ({How}).")]
    private partial void LogConnected(int shard, string how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Discord shard {Shard} lost its connection: {Reason} (close code {Code}).")]
    private partial void LogLost(int shard, string reason, string code);
}
