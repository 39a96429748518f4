using System.Text.Json;
using MicroChat.Discord.Client.Gateway;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client;

/// <summary>One connection to the gateway, whoever speaks on it.</summary>
internal interface IShard
{
    /// <summary>Between the last heartbeat and its acknowledgement; null: not known.</summary>
    public TimeSpan? Latency { get; }

    /// <summary>Keeps the connection until it is stopped.</summary>
    /// <exception cref="DiscordSetupException">Discord refuses for good.</exception>
    public Task RunAsync(CancellationToken stop);

    /// <summary>Shows a presence on this shard, if it is connected; otherwise the next session does.</summary>
    public Task ShowAsync(DiscordPresence presence, CancellationToken cancellationToken);
}

/// <summary>What a shard is given.</summary>
/// <param name="Number">Which one.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Gate">Lets sessions begin.</param>
/// <param name="Faults">Takes frames that cannot be read.</param>
/// <param name="Presence">What a new session shows.</param>
/// <param name="Dispatch">Takes the name and data of every dispatch, in order; it may block.</param>
/// <param name="Changed">Takes changes of the connection's state.</param>
internal sealed record ShardSeat(
    int Number, int Count, IdentifyGate Gate, FrameFaults Faults, Func<DiscordPresence> Presence, Action<string, JsonElement> Dispatch, Action<ConnectionChanged> Changed);
