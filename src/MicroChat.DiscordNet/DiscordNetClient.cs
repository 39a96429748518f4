using Discord.WebSocket;
using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.DiscordNet;

/// <summary>
/// The Discord port on Discord.Net: the library holds the sessions (greeting, heartbeats, dead connections, coming back, presence). What arrives is read by the
/// readers that the built-in client has, and actions go over this project's REST client.
/// </summary>
/// <remarks>
/// Discord.Net's own actions cannot say what the port promises: a nonce that Discord enforces, choices in a form, people who reacted after an id, an answer to an
/// interaction from before a restart, files added to a message, the pace of edits; and its count of a limit's remaining requests forgets those under way. Its event
/// objects lack nonces and withheld texts, and events of guilds that it does not know are dropped. One reader and one writer of Discord's JSON serve both clients.
/// </remarks>
public sealed class DiscordNetClient : IDiscordPort
{
    private readonly PortCore _core;

    /// <param name="options">Where to connect and as whom; must be valid.</param>
    /// <param name="http">Sends the REST requests; should follow no redirects and log no addresses, which hold tokens. Null: one of its own.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Draws waits and nonces; not used elsewhere.</param>
    /// <param name="log">Takes what operators need to know; texts of people and tokens are never in it.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists all faults.</exception>
    public DiscordNetClient(DiscordOptions options, HttpMessageInvoker? http, TimeProvider time, Random random, ILogger log)
    {
        var chance = new Chance(random);
        _core = new PortCore(options, http, time, chance, log, seat => new LibraryShard(new LibraryContext(options, time, chance, log), seat));
    }

    /// <summary>Tries whether the library loads and makes a client; nothing is sent.</summary>
    /// <returns>Why not; null: it does.</returns>
    public static string? Probe()
    {
        try
        {
            using var client = new DiscordSocketClient(new DiscordSocketConfig());
            return null;
        }
        catch (Exception e) when (e is TypeInitializationException or FileNotFoundException or FileLoadException or BadImageFormatException or MissingMemberException or PlatformNotSupportedException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    public IDiscordActions Actions => _core.Actions;

    /// <summary>A file that remembers over restarts how many sessions were begun today; null: each run counts for itself.</summary>
    public string? SessionsFile { get => _core.SessionsFile; init => _core.SessionsFile = value; }

    public Task RunAsync(IDiscordHandler handler, CancellationToken stop) => _core.RunAsync(handler, stop);

    public ValueTask DisposeAsync()
    {
        _core.Dispose();
        return ValueTask.CompletedTask;
    }
}
