using MicroChat.Discord.Client.Gateway;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client;

/// <summary>The Discord port on this project's own gateway and REST clients.</summary>
public sealed class BuiltInClient : IDiscordPort
{
    private readonly PortCore _core;

    /// <param name="options">Where to connect and as whom; must be valid.</param>
    /// <param name="http">Sends the REST requests; should follow no redirects and log no addresses, which hold tokens. Null: one of its own.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Draws waits and nonces; not used elsewhere.</param>
    /// <param name="log">Takes what operators need to know; texts of people and tokens are never in it.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists all faults.</exception>
    public BuiltInClient(DiscordOptions options, HttpMessageInvoker? http, TimeProvider time, Random random, ILogger log)
    {
        var chance = new Chance(random);
        _core = new PortCore(options, http, time, chance, log, seat => new Shard(new ShardContext(options, time, chance, log), seat));
    }

    public IDiscordActions Actions => _core.Actions;

    /// <summary>A file that remembers over restarts how many sessions were begun today; null: each run counts for itself.</summary>
    public string? SessionsFile { get => _core.SessionsFile; init => _core.SessionsFile = value; }

    /// <summary>Between the last heartbeat and its acknowledgement, by shard; null: not known.</summary>
    public IReadOnlyList<TimeSpan?> Latencies => _core.Latencies;

    /// <summary>Frames that could not be read and were skipped.</summary>
    public long SkippedFrames => _core.SkippedFrames;

    /// <summary>Asks what Discord says about the application; the bot need not run.</summary>
    /// <exception cref="DiscordSetupException">The token is refused, or the API names no gateway.</exception>
    /// <exception cref="DiscordException">Discord cannot be reached.</exception>
    public Task<ApplicationFacts> FetchFactsAsync(CancellationToken cancellationToken) => _core.FetchFactsAsync(cancellationToken);

    /// <summary>Asks what the bot may do in its servers (at most 200); needs no session.</summary>
    /// <param name="detailed">Of how many the channels are looked at too.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DiscordException">Refused or not reached.</exception>
    public Task<IReadOnlyList<GuildFacts>> FetchGuildsAsync(int detailed, CancellationToken cancellationToken) => _core.FetchGuildsAsync(detailed, cancellationToken);

    public Task RunAsync(IDiscordHandler handler, CancellationToken stop) => _core.RunAsync(handler, stop);

    public ValueTask DisposeAsync()
    {
        _core.Dispose();
        return ValueTask.CompletedTask;
    }
}
