using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client;

/// <summary>What the bot may do in a server, for an operator who sets it up.</summary>
/// <param name="Id">The server.</param>
/// <param name="Name">Its name.</param>
/// <param name="Missing">What the bot's roles lack of <see cref="ApplicationFacts.LeastPermissions"/>.</param>
/// <param name="SilentUntil">Until when it is timed out; null: it is not.</param>
/// <param name="Channels">Its text channels and forums; empty where they were not asked for.</param>
public sealed record GuildFacts(Snowflake Id, string Name, DiscordPermissions Missing, DateTimeOffset? SilentUntil, IReadOnlyList<ChannelFacts> Channels);

/// <summary>What the bot lacks in one channel.</summary>
/// <param name="Name">The channel's name.</param>
/// <param name="Missing">What its permissions there lack of <see cref="ApplicationFacts.LeastPermissions"/>.</param>
public sealed record ChannelFacts(string Name, DiscordPermissions Missing)
{
    /// <summary>Whether the channel is hidden from the bot, which mostly is meant so.</summary>
    public bool IsHidden => Missing.HasFlag(DiscordPermissions.ViewChannel);
}
