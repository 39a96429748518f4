using System.Text.Json;
using MicroChat.Discord.Client.Gateway;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Client.Rest;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client;

/// <summary>What all ports have in common: actions over REST, the readers of Discord's JSON, and the shards whose events go to one handler.</summary>
internal sealed partial class PortCore : IDisposable
{
    private readonly DiscordOptions _options;
    private readonly TimeProvider _time;
    private readonly Chance _chance;
    private readonly ILogger _log;
    private readonly Func<ShardSeat, IShard> _connect;
    private readonly EventReader _events;
    private readonly GatewayInfoSource _info;
    private readonly ActionSet _actions;
    private readonly ApplicationRest _application;
    private readonly GuildRest _guilds;
    private readonly FrameFaults _faults;
    private readonly HttpMessageInvoker? _ownHttp;
    private IShard[] _shards = [];

    /// <param name="options">Where to connect and as whom; must be valid.</param>
    /// <param name="http">Sends the REST requests. Null: one of its own.</param>
    /// <param name="time">The clock.</param>
    /// <param name="chance">Draws waits and nonces.</param>
    /// <param name="log">Takes what operators need to know; texts of people and tokens are never in it.</param>
    /// <param name="connect">Makes the shards.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists all faults.</exception>
    public PortCore(DiscordOptions options, HttpMessageInvoker? http, TimeProvider time, Chance chance, ILogger log, Func<ShardSeat, IShard> connect)
    {
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        }
        (_options, _time, _log, _chance, _connect) = (options, time, log, chance, connect);
        _ownHttp = http is null ? OwnHttp(options) : null;
        var directory = new GuildDirectory(time);
        var rest = new RestClient(options, http ?? _ownHttp!, time, _chance, log);
        var messages = new MessageReader(directory, options.MessageContent);
        _events = new EventReader(directory, messages, new InteractionReader(directory, messages));
        _info = new GatewayInfoSource(options, rest);
        _application = new ApplicationRest(rest, _info);
        _guilds = new GuildRest(rest, time);
        _faults = new FrameFaults(log);
        var messageRest = new MessageRest(rest, messages, new NonceSource(time, _chance));
        _actions = new ActionSet(messageRest, new InteractionRest(rest, messageRest), new ChannelRest(rest, directory), ShowAsync);
    }

    public IDiscordActions Actions => _actions;

    /// <summary>A file that remembers over restarts how many sessions were begun today; null: each run counts for itself.</summary>
    public string? SessionsFile { get; set; }

    /// <summary>Between the last heartbeat and its acknowledgement, by shard; null: not known.</summary>
    public IReadOnlyList<TimeSpan?> Latencies => [.. _shards.Select(s => s.Latency)];

    /// <summary>Frames that could not be read and were skipped.</summary>
    public long SkippedFrames => _faults.Count;

    public Task<ApplicationFacts> FetchFactsAsync(CancellationToken cancellationToken) => _application.FetchAsync(cancellationToken);

    public Task<IReadOnlyList<GuildFacts>> FetchGuildsAsync(int detailed, CancellationToken cancellationToken) => _guilds.FetchAsync(detailed, cancellationToken);

    /// <inheritdoc cref="IDiscordPort.RunAsync"/>
    public async Task RunAsync(IDiscordHandler handler, CancellationToken stop)
    {
        using var gate = new IdentifyGate(_info.FetchAsync, new IdentifyDiary(SessionsFile, _time, _log), _time, _log);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (await CountShardsAsync(stop).ConfigureAwait(false) is not { } count)
        {
            return;
        }
        var pump = new EventPump(handler, _log);
        _shards = [.. Enumerable.Range(0, count).Select(n => _connect(
            new ShardSeat(n, count, gate, _faults, () => _actions.Presence, (type, data) => Read(pump, type, data, n, count), pump.Put)))];
        Task handling = pump.RunAsync(stop);
        Task[] running = [.. _shards.Select(s => s.RunAsync(ending.Token))];
        try
        {
            await Task.WhenAny(running).Unwrap().ConfigureAwait(false);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pump.Complete();
            await handling.ConfigureAwait(false);
            _shards = [];
        }
    }

    public void Dispose() => _ownHttp?.Dispose();

    /// <summary>The token must not be sent on to where a redirect points, and traces must not show paths with tokens.</summary>
    private static HttpMessageInvoker OwnHttp(DiscordOptions options) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        UseProxy = !new Uri(options.ApiBase).IsLoopback,
    });

    /// <summary>How many shards to run; null: stopped before the API could be asked.</summary>
    private async Task<int?> CountShardsAsync(CancellationToken stop)
    {
        var pauses = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), _chance);
        while (_options.Shards == 0 && !stop.IsCancellationRequested)
        {
            try
            {
                return (await _info.FetchAsync(stop).ConfigureAwait(false)).Shards;
            }
            catch (DiscordException e)
            {
                LogUnreached(e.Message);
                await Task.Delay(pauses.Next(), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
            }
        }
        return stop.IsCancellationRequested ? null : _options.Shards;
    }

    private void Read(EventPump pump, string type, JsonElement data, int shard, int shards)
    {
        if (_events.Read(type, data, shard, shards) is { } happened)
        {
            pump.Put(happened);
        }
    }

    private async Task ShowAsync(DiscordPresence presence, CancellationToken cancellationToken)
    {
        foreach (IShard shard in _shards)
        {
            await shard.ShowAsync(presence, cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Discord could not be asked for its gateway: {Reason}")]
    private partial void LogUnreached(string reason);
}
