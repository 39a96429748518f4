using System.Net.WebSockets;
using System.Text.Json;
using MicroChat.Discord.Client.Json;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>What a connection needs to know of its shard.</summary>
/// <param name="Session">What to resume, and where the sequence is kept.</param>
/// <param name="Address">Where it connected.</param>
/// <param name="Compress">Frames come as zlib-stream.</param>
/// <param name="Identify">Makes the payload of a new session.</param>
/// <param name="Identified">Called when that payload was sent.</param>
/// <param name="Token">For resuming.</param>
/// <param name="Dispatch">Takes every dispatch, on the reading thread.</param>
internal sealed record ConnectionPlan(
    SessionState Session, Uri Address, bool Compress, Func<byte[]> Identify, Action Identified, string Token, Action<string, JsonElement> Dispatch);

/// <summary>
/// One connection to the gateway, from HELLO to its end. A thread reads, another one sends heartbeats; neither needs the thread pool, so that a busy engine
/// cannot make the bot look dead.
/// </summary>
internal sealed class GatewayConnection(GatewaySocket socket, ConnectionPlan plan, TimeProvider time, Chance chance, FrameFaults faults, ILogger log) : IDisposable
{
    /// <summary>Codes that end a connection but not the session: any but 1000 and 1001.</summary>
    private const int ZombieCode = 4_900, ReconnectCode = 4_901, DamagedCode = 4_902, GoodbyeCode = 1_000;

    private const int DefaultInterval = 41_250, ShortestInterval = 10, LongestInterval = 600_000;

    private static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(20), Farewell = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeastInvalidWait = TimeSpan.FromSeconds(1), MostInvalidWait = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource<ConnectionEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _readToEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _ended = new();
    private readonly SendBudget _budget = new(time);
    private volatile Heartbeat? _heartbeat;
    private volatile bool _paused, _healthy;

    /// <summary>Between the last heartbeat and its acknowledgement; null: not known yet.</summary>
    public TimeSpan? Latency => _heartbeat?.Latency;

    /// <summary>The session has begun or was resumed.</summary>
    public bool IsReady => _healthy && !_end.Task.IsCompleted;

    /// <summary>Stays connected until the server or <paramref name="stop"/> ends it.</summary>
    public async Task<ConnectionEnd> RunAsync(CancellationToken stop)
    {
        StartThread(ReadAll, "discord-gateway", ThreadPriority.AboveNormal);
        using ITimer hello = time.CreateTimer(_ => EndWithoutHello(), null, HelloLimit, Timeout.InfiniteTimeSpan);
        using (stop.Register(() => Finish(new ConnectionEnd(AfterClose.Stop, "stopped", null))))
        {
            ConnectionEnd end = await _end.Task.ConfigureAwait(false);
            if (stop.IsCancellationRequested)
            {
                socket.Close(GoodbyeCode, "");
            }
            await _readToEnd.Task.WaitAsync(Farewell, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            socket.Abort();
            return end with { WasHealthy = _healthy };
        }
    }

    /// <summary>Sends a payload that may wait for the limit of the connection.</summary>
    public async Task SendAsync(byte[] payload, CancellationToken cancellationToken)
    {
        while (_budget.TryTake() is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
        socket.Send(payload);
    }

    public void Dispose()
    {
        Finish(new ConnectionEnd(AfterClose.Resume, "given up", null));
        socket.Dispose();
    }

    private static void StartThread(ThreadStart body, string name, ThreadPriority priority) =>
        new Thread(body) { IsBackground = true, Name = name, Priority = priority }.Start();

    private void ReadAll()
    {
        using FrameAssembler frames = plan.Compress ? new ZlibAssembler() : new PlainAssembler();
        byte[] buffer = new byte[16_384];
        try
        {
            while (socket.Receive(buffer) is var (bytes, last))
            {
                if (frames.Add(buffer.AsSpan(0, bytes), last))
                {
                    Take(frames);
                    frames.Next();
                }
            }
            CloseVerdict verdict = CloseVerdict.Of(socket.CloseCode);
            Finish(new ConnectionEnd(verdict.After, verdict.Meaning, socket.CloseCode));
        }
        catch (InvalidDataException)
        {
            EndWith(DamagedCode, new ConnectionEnd(AfterClose.Resume, "the compressed stream was damaged", null));
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            CloseVerdict verdict = CloseVerdict.Of(socket.CloseCode);
            Finish(new ConnectionEnd(verdict.After, $"{verdict.Meaning} ({e.GetType().Name})", socket.CloseCode));
        }
        catch (Exception e)
        {
            log.LogError("The gateway's reader failed ({Cause}); the connection is taken up again.", e.GetType().Name);
            EndWith(DamagedCode, new ConnectionEnd(AfterClose.Resume, "reading failed", null));
        }
        finally
        {
            _readToEnd.TrySetResult();
        }
    }

    /// <summary>One frame; a bad one is reported once, skipped, and the connection kept.</summary>
    private void Take(FrameAssembler frames)
    {
        if (frames.TooLong)
        {
            faults.Report("frame", $"longer than {FrameAssembler.Longest} bytes");
            return;
        }
        string kind = "frame";
        try
        {
            using JsonDocument json = JsonDocument.Parse(frames.Frame);
            if (GatewayFrame.Read(json.RootElement) is not { } frame)
            {
                faults.Report(kind, "no opcode");
                return;
            }
            kind = frame.Type ?? $"opcode {frame.Op}";
            Handle(frame);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException)
        {
            faults.Report(kind, e.GetType().Name);
        }
    }

    private void Handle(GatewayFrame frame)
    {
        switch (frame.Op)
        {
            case GatewayOpcode.Dispatch:
                Dispatched(frame);
                break;
            case GatewayOpcode.Heartbeat:
                socket.Send(GatewayPayloads.Heartbeat(plan.Session.Sequence));
                break;
            case GatewayOpcode.Reconnect:
                EndWith(ReconnectCode, new ConnectionEnd(AfterClose.Resume, "Discord asked to reconnect", null));
                break;
            case GatewayOpcode.InvalidSession:
                Invalid(resumable: frame.Data.ValueKind == JsonValueKind.True);
                break;
            case GatewayOpcode.Hello:
                Greeted(frame.Data);
                break;
            case GatewayOpcode.HeartbeatAck:
                _heartbeat?.Acknowledged();
                break;
        }
    }

    /// <summary>The sequence counts only after the event was handed on, so that a resume brings back what was not.</summary>
    private void Dispatched(GatewayFrame frame)
    {
        if (frame.Type == "READY")
        {
            plan.Session.Begin(frame.Data.Text("session_id"), GatewayAddress.With(GatewayAddress.ForResume(frame.Data.Text("resume_gateway_url"), plan.Address), plan.Compress));
        }
        _healthy |= frame.Type is "READY" or "RESUMED";
        try
        {
            if (frame.Type is { } type)
            {
                _paused = true;
                plan.Dispatch(type, frame.Data);
            }
        }
        finally
        {
            _paused = false;
            if (frame.Sequence is { } sequence)
            {
                plan.Session.Saw(sequence);
            }
        }
    }

    private void Greeted(JsonElement data)
    {
        if (_heartbeat is not null)
        {
            faults.Report("opcode 10", "came twice");
            return;
        }
        int interval = Math.Clamp(data.Int("heartbeat_interval") is { } told and > 0 ? told : DefaultInterval, ShortestInterval, LongestInterval);
        _heartbeat = new Heartbeat(TimeSpan.FromMilliseconds(interval), chance.Next(), time);
        StartThread(BeatAll, "discord-heartbeat", ThreadPriority.Highest);
        if (plan.Session.Resumable is { } session)
        {
            socket.Send(GatewayPayloads.Resume(plan.Token, session.Id, session.Sequence));
        }
        else
        {
            socket.Send(plan.Identify());
            plan.Identified();
        }
        _budget.TryTake();
    }

    private void Invalid(bool resumable)
    {
        TimeSpan wait = chance.Between(LeastInvalidWait, MostInvalidWait);
        string reason = resumable ? "the session was interrupted" : "the session is no longer valid";
        EndWith(ReconnectCode, new ConnectionEnd(resumable ? AfterClose.Resume : AfterClose.NewSession, reason, null) { Wait = wait });
    }

    private void BeatAll()
    {
        Heartbeat heartbeat = _heartbeat!;
        try
        {
            while (!_ended.Wait(heartbeat.Wait))
            {
                switch (heartbeat.Due(_paused))
                {
                    case Beat.Send:
                        socket.Send(GatewayPayloads.Heartbeat(plan.Session.Sequence));
                        break;
                    case Beat.Zombie:
                        EndWith(ZombieCode, new ConnectionEnd(AfterClose.Resume, "a heartbeat was not acknowledged", null));
                        return;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or InvalidOperationException or OperationCanceledException)
        {
            Finish(new ConnectionEnd(AfterClose.Resume, $"a heartbeat could not be sent ({e.GetType().Name})", null));
        }
    }

    private void EndWithoutHello()
    {
        if (_heartbeat is null)
        {
            EndWith(ReconnectCode, new ConnectionEnd(AfterClose.Resume, "the server did not say hello", null));
        }
    }

    /// <summary>Closes from this side. The end is decided before the close, so that the server's answer to it does not decide; until then reading goes on.</summary>
    private void EndWith(int code, ConnectionEnd end)
    {
        if (Finish(end))
        {
            socket.Close(code, "");
        }
    }

    private bool Finish(ConnectionEnd end)
    {
        bool first = _end.TrySetResult(end);
        _ended.Set();
        return first;
    }
}
