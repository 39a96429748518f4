using System.Text.Json;
using System.Threading.Channels;
using MicroChat.Discord.Client.Gateway;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Client.Rest;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client;

/// <summary>The Discord port on this project's own gateway and REST clients.</summary>
public sealed partial class BuiltInClient : IDiscordPort
{
    /// <summary>Events that wait for the handler; when there are more the connections are not read on.</summary>
    private const int MostWaiting = 100_000;

    private readonly DiscordOptions _options;
    private readonly TimeProvider _time;
    private readonly Chance _chance;
    private readonly ILogger _log;
    private readonly GuildDirectory _directory;
    private readonly EventReader _events;
    private readonly GatewayInfoSource _info;
    private readonly ActionSet _actions;
    private readonly ApplicationRest _application;
    private readonly GuildRest _guilds;
    private readonly FrameFaults _faults;
    private readonly HttpMessageInvoker? _ownHttp;
    private Shard[] _shards = [];

    /// <param name="options">Where to connect and as whom; must be valid.</param>
    /// <param name="http">Sends the REST requests; should follow no redirects and log no addresses, which hold tokens. Null: one of its own.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Draws waits and nonces; not used elsewhere.</param>
    /// <param name="log">Takes what operators need to know; texts of people and tokens are never in it.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists all faults.</exception>
    public BuiltInClient(DiscordOptions options, HttpMessageInvoker? http, TimeProvider time, Random random, ILogger log)
    {
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        }
        (_options, _time, _log, _chance) = (options, time, log, new Chance(random));
        _directory = new GuildDirectory(time);
        _ownHttp = http is null ? OwnHttp(options) : null;
        var rest = new RestClient(options, http ?? _ownHttp!, time, _chance, log);
        var messages = new MessageReader(_directory, options.MessageContent);
        _events = new EventReader(_directory, messages, new InteractionReader(_directory, messages));
        _info = new GatewayInfoSource(options, rest);
        _application = new ApplicationRest(rest, _info);
        _guilds = new GuildRest(rest, time);
        _faults = new FrameFaults(log);
        var messageRest = new MessageRest(rest, messages, new NonceSource(time, _chance));
        _actions = new ActionSet(messageRest, new InteractionRest(rest, messageRest), new ChannelRest(rest, _directory), ShowAsync);
    }

    public IDiscordActions Actions => _actions;

    /// <summary>A file that remembers over restarts how many sessions were begun today; null: each run counts for itself.</summary>
    public string? SessionsFile { get; init; }

    /// <summary>Between the last heartbeat and its acknowledgement, by shard; null: not known.</summary>
    public IReadOnlyList<TimeSpan?> Latencies => [.. _shards.Select(s => s.Latency)];

    /// <summary>Frames that could not be read and were skipped.</summary>
    public long SkippedFrames => _faults.Count;

    /// <summary>Asks what Discord says about the application; the bot need not run.</summary>
    /// <exception cref="DiscordSetupException">The token is refused, or the API names no gateway.</exception>
    /// <exception cref="DiscordException">Discord cannot be reached.</exception>
    public Task<ApplicationFacts> FetchFactsAsync(CancellationToken cancellationToken) => _application.FetchAsync(cancellationToken);

    /// <summary>Asks what the bot may do in its servers (at most 200); needs no session.</summary>
    /// <param name="detailed">Of how many the channels are looked at too.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DiscordException">Refused or not reached.</exception>
    public Task<IReadOnlyList<GuildFacts>> FetchGuildsAsync(int detailed, CancellationToken cancellationToken) => _guilds.FetchAsync(detailed, cancellationToken);

    public async Task RunAsync(IDiscordHandler handler, CancellationToken stop)
    {
        using var gate = new IdentifyGate(_info.FetchAsync, new IdentifyDiary(SessionsFile, _time, _log), _time, _log);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Channel<DiscordEvent> queue = Channel.CreateBounded<DiscordEvent>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
        if (await CountShardsAsync(stop).ConfigureAwait(false) is not { } count)
        {
            return;
        }
        var context = new ShardContext(_options, gate, _time, _chance, _faults, _log, () => _actions.Presence);
        _shards = [.. Enumerable.Range(0, count).Select(n => new Shard(context, n, count, (type, data) => Enqueue(queue.Writer, type, data, n, count), e => Put(queue.Writer, e)))];
        Task handling = HandleAllAsync(queue.Reader, handler, stop);
        Task[] running = [.. _shards.Select(s => s.RunAsync(ending.Token))];
        try
        {
            await Task.WhenAny(running).Unwrap().ConfigureAwait(false);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            queue.Writer.TryComplete();
            await handling.ConfigureAwait(false);
            _shards = [];
        }
    }

    public ValueTask DisposeAsync()
    {
        _ownHttp?.Dispose();
        return ValueTask.CompletedTask;
    }

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

    /// <summary>Runs on a connection's reading thread; an event that finds no room makes it wait.</summary>
    private void Enqueue(ChannelWriter<DiscordEvent> queue, string type, JsonElement data, int shard, int shards)
    {
        if (_events.Read(type, data, shard, shards) is { } happened)
        {
            Put(queue, happened);
        }
    }

    private static void Put(ChannelWriter<DiscordEvent> queue, DiscordEvent happened)
    {
        while (!queue.TryWrite(happened))
        {
            if (!queue.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            {
                return;
            }
        }
    }

    /// <summary>Events that are waiting when the bot stops are not handled any more.</summary>
    private async Task HandleAllAsync(ChannelReader<DiscordEvent> queue, IDiscordHandler handler, CancellationToken stop)
    {
        await foreach (DiscordEvent happened in queue.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (stop.IsCancellationRequested)
            {
                continue;
            }
            try
            {
                await handler.HandleAsync(happened, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                LogHandler(e, happened.GetType().Name);
            }
        }
    }

    private async Task ShowAsync(DiscordPresence presence, CancellationToken cancellationToken)
    {
        byte[] payload = GatewayPayloads.Presence(presence);
        foreach (Shard shard in _shards)
        {
            await shard.ShowAsync(payload, cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Discord could not be asked for its gateway: {Reason}")]
    private partial void LogUnreached(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Handling a {Event} failed; the next event follows.")]
    private partial void LogHandler(Exception e, string @event);
}
