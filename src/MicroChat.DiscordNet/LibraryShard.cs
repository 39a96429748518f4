using Discord;
using Discord.Net.Rest;
using Discord.WebSocket;
using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Client.Gateway;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;
using ConnectionState = MicroChat.Discord.Port.ConnectionState;

namespace MicroChat.DiscordNet;

/// <summary>What all shards share.</summary>
/// <param name="Options">Settings.</param>
/// <param name="Time">The clock.</param>
/// <param name="Chance">Random draws.</param>
/// <param name="Log">The log.</param>
internal sealed record LibraryContext(DiscordOptions Options, TimeProvider Time, Chance Chance, ILogger Log);

/// <summary>One shard of Discord.Net, made anew where the library gives up although Discord did not refuse.</summary>
/// <param name="context">What all shards share.</param>
/// <param name="seat">Which one it is, and where its events go.</param>
internal sealed partial class LibraryShard(LibraryContext context, ShardSeat seat) : IShard
{
    private const int LargeGuild = 50;

    /// <summary>Discord.Net waits up to a minute between its attempts; one that has made none for longer makes none any more.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2), LookEvery = TimeSpan.FromSeconds(10);

    private readonly ILogger _log = context.Log;
    private volatile DiscordSocketClient? _client;

    public TimeSpan? Latency => _client is { Latency: > 0 and var milliseconds } ? TimeSpan.FromMilliseconds(milliseconds) : null;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var tap = new GatewayTap(context, seat, stop);
            var client = new DiscordSocketClient(Settings(tap));
            await using (client.ConfigureAwait(false))
            {
                await LiveAsync(client, tap, stop).ConfigureAwait(false);
            }
        }
    }

    public async Task ShowAsync(DiscordPresence presence, CancellationToken cancellationToken)
    {
        if (_client is { } client)
        {
            try
            {
                await ShowAsync(client, presence).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException)
            {
                string cause = e.GetType().Name;
                LogPresence(seat.Number, cause);
            }
        }
    }

    /// <summary>Until it is stopped, refused, or given up by the library.</summary>
    private async Task LiveAsync(DiscordSocketClient client, GatewayTap tap, CancellationToken stop)
    {
        client.Log += Told;
        await client.LoginAsync(TokenType.Bot, context.Options.Token, validateToken: false).ConfigureAwait(false);
        await ShowAsync(client, seat.Presence()).ConfigureAwait(false);
        await client.StartAsync().ConfigureAwait(false);
        _client = client;
        try
        {
            while (!stop.IsCancellationRequested && !tap.Refused.IsCompleted && tap.RestingFor < LongestRest)
            {
                Task pause = Task.Delay(LookEvery, context.Time, stop);
                await Task.WhenAny(tap.Refused, pause).ConfigureAwait(false);
            }
        }
        finally
        {
            _client = null;
            await client.LogoutAsync().ConfigureAwait(false);
        }
        if (tap.Refused.IsCompleted)
        {
            throw await tap.Refused.ConfigureAwait(false);
        }
        if (!stop.IsCancellationRequested)
        {
            LogGivenUp(seat.Number);
        }
    }

    /// <summary>Time limits of a connection's beginning are the tap's: waiting for leave to begin a session is no fault.</summary>
    private DiscordSocketConfig Settings(GatewayTap tap) => new()
    {
        ShardId = seat.Number,
        TotalShards = seat.Count,
        GatewayIntents = (GatewayIntents)Intents.Of(context.Options),
        GatewayHost = context.Options.ApiBase,
        WebSocketProvider = () => tap,
        RestClientProvider = _ => DefaultRestClientProvider.Instance(context.Options.ApiBase.TrimEnd('/') + "/"),
        ConnectionTimeout = int.MaxValue,
        HandlerTimeout = null,
        LargeThreshold = LargeGuild,
        MessageCacheSize = 0,
        LogGatewayIntentWarnings = false,
        LogLevel = LogSeverity.Warning,
    };

    private static async Task ShowAsync(DiscordSocketClient client, DiscordPresence presence)
    {
        await client.SetStatusAsync(presence.Status switch
        {
            PresenceStatus.Idle => UserStatus.Idle,
            PresenceStatus.DoNotDisturb => UserStatus.DoNotDisturb,
            PresenceStatus.Invisible => UserStatus.Invisible,
            _ => UserStatus.Online,
        }).ConfigureAwait(false);
        await client.SetActivityAsync(presence.Text is { Length: > 0 } text ? new CustomStatusGame(text) : null).ConfigureAwait(false);
    }

    /// <summary>The library's words may quote frames; only what kind of thing went wrong is kept.</summary>
    private Task Told(LogMessage message)
    {
        string what = message.Exception?.GetType().Name ?? message.Severity.ToString();
        LogTold(seat.Number, message.Source, what);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Discord.Net, shard {Shard}, {Source}: {What}.")]
    private partial void LogTold(int shard, string source, string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Discord.Net does not connect shard {Shard} any more; it is started anew.")]
    private partial void LogGivenUp(int shard);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Discord shard {Shard} could not show the presence ({Cause}); the next session will.")]
    private partial void LogPresence(int shard, string cause);
}
