using System.Net.WebSockets;
using System.Text.Json;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>What all shards share.</summary>
/// <param name="Options">Settings.</param>
/// <param name="Time">The clock.</param>
/// <param name="Chance">Random draws.</param>
/// <param name="Log">The log.</param>
internal sealed record ShardContext(DiscordOptions Options, TimeProvider Time, Chance Chance, ILogger Log);

/// <summary>Keeps one shard connected: begins, resumes, waits, and gives up only where trying again does not help.</summary>
/// <param name="context">What all shards share.</param>
/// <param name="seat">Which one it is, and where its events go.</param>
internal sealed partial class Shard(ShardContext context, ShardSeat seat) : IShard
{
    /// <summary>Attempts to resume in a row, after which a new session begins.</summary>
    private const int MostResumes = 5;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1), LongestResume = TimeSpan.FromSeconds(60), LongestIdentify = TimeSpan.FromMinutes(5), ConnectLimit = TimeSpan.FromSeconds(20);

    private readonly SessionState _session = new();
    private readonly Backoff _resumes = new(First, LongestResume, context.Chance), _identifies = new(First, LongestIdentify, context.Chance);
    private readonly ILogger _log = context.Log;
    private volatile GatewayConnection? _connection;
    private int _failedResumes;

    public TimeSpan? Latency => _connection?.Latency;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            bool resuming = _session.Resumable is not null;
            ConnectionEnd end = await ConnectAsync(stop).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
            {
                return;
            }
            if (end.After == AfterClose.Stop)
            {
                seat.Changed(new ConnectionChanged(seat.Number, ConnectionState.Stopped, end.Reason, end.CloseCode));
                throw new DiscordSetupException($"Discord closed the gateway with code {end.CloseCode}: {end.Reason}", end.CloseCode);
            }
            TimeSpan wait = Prepare(end, resuming);
            LogLost(seat.Number, end.Reason, end.CloseCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none", wait.TotalSeconds);
            seat.Changed(new ConnectionChanged(seat.Number, ConnectionState.Reconnecting, end.Reason, end.CloseCode));
            await Task.Delay(wait, context.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task ShowAsync(DiscordPresence presence, CancellationToken cancellationToken)
    {
        if (_connection is { IsReady: true } connection)
        {
            try
            {
                await connection.SendAsync(GatewayPayloads.Presence(presence), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is WebSocketException or IOException or InvalidOperationException)
            {
                string cause = e.GetType().Name;
                LogPresence(seat.Number, cause);
            }
        }
    }

    /// <summary>Decides on the session and how long to wait before the next attempt.</summary>
    private TimeSpan Prepare(ConnectionEnd end, bool resuming)
    {
        _failedResumes = end.WasHealthy || !resuming ? 0 : _failedResumes + 1;
        if (end.After == AfterClose.NewSession || _failedResumes >= MostResumes)
        {
            _session.Forget();
            _failedResumes = 0;
        }
        if (end.WasHealthy)
        {
            _resumes.Reset();
            _identifies.Reset();
        }
        TimeSpan backoff = _session.Resumable is not null ? _resumes.Next() : _identifies.Next();
        return backoff > end.Wait ? backoff : end.Wait;
    }

    private async Task<ConnectionEnd> ConnectAsync(CancellationToken stop)
    {
        try
        {
            if (_session.Resumable is { } session)
            {
                seat.Changed(new ConnectionChanged(seat.Number, ConnectionState.Connecting, "resuming", null));
                return await TalkAsync(session.Address, null, stop).ConfigureAwait(false);
            }
            _session.Forget();
            using IdentifyGate.Permit permit = await seat.Gate.EnterAsync(seat.Number, stop).ConfigureAwait(false);
            seat.Changed(new ConnectionChanged(seat.Number, ConnectionState.Connecting, "beginning a session", null));
            return await TalkAsync(GatewayAddress.With(permit.Address, context.Options.Compress), permit, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new ConnectionEnd(AfterClose.Stop, "stopped", null);
        }
        catch (Exception e) when (e is WebSocketException or IOException or HttpRequestException or OperationCanceledException)
        {
            return new ConnectionEnd(AfterClose.Resume, $"the gateway could not be reached ({e.GetType().Name})", null);
        }
        catch (DiscordException e)
        {
            return new ConnectionEnd(AfterClose.Resume, e.Message, null);
        }
    }

    private async Task<ConnectionEnd> TalkAsync(Uri address, IdentifyGate.Permit? permit, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(ConnectLimit, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        GatewaySocket socket = await GatewaySocket.ConnectAsync(address, UserAgent.Of(context.Options), either.Token).ConfigureAwait(false);
        var plan = new ConnectionPlan(
            _session,
            address,
            context.Options.Compress,
            () => GatewayPayloads.Identify(context.Options.Token, Intents.Of(context.Options), seat.Number, seat.Count, seat.Presence()),
            () => permit?.Used(),
            context.Options.Token,
            Dispatched);
        using var connection = new GatewayConnection(socket, plan, context.Time, context.Chance, seat.Faults, _log);
        _connection = connection;
        try
        {
            return await connection.RunAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            _connection = null;
        }
    }

    private void Dispatched(string type, JsonElement data)
    {
        if (type is "READY" or "RESUMED")
        {
            LogConnected(seat.Number, type);
            seat.Changed(new ConnectionChanged(seat.Number, ConnectionState.Connected, type == "READY" ? "a session began" : "the session was resumed", null));
        }
        seat.Dispatch(type, data);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Discord shard {Shard} is connected ({How}).")]
    private partial void LogConnected(int shard, string how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Discord shard {Shard} lost its connection: {Reason} (close code {Code}). Next attempt in {Seconds:0.0} s.")]
    private partial void LogLost(int shard, string reason, string code, double seconds);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Discord shard {Shard} could not show the presence ({Cause}); the next session will.")]
    private partial void LogPresence(int shard, string cause);
}
