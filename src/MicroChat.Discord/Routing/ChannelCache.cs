using System.Collections.Concurrent;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Routing;

/// <summary>The channels and threads that the gateway told of: what a place belongs to, and whether it is age-restricted.</summary>
internal sealed class ChannelCache
{
    private readonly ConcurrentDictionary<Snowflake, DiscordChannel> channels = new();

    /// <summary>Guilds that the bot is in, by id.</summary>
    public ConcurrentDictionary<Snowflake, string> Guilds { get; } = new();

    public void Take(DiscordEvent happened)
    {
        switch (happened)
        {
            case GuildAvailable { Guild: var guild }:
                Guilds[guild.Id] = guild.Name;
                foreach (DiscordChannel channel in guild.Channels)
                {
                    channels[channel.Id] = channel;
                }
                break;
            case ChannelCreated { Channel: var channel }:
                channels[channel.Id] = channel;
                break;
            case ChannelUpdated { Channel: var channel }:
                channels[channel.Id] = channel;
                break;
            case ChannelDeleted { ChannelId: var id }:
                channels.TryRemove(id, out _);
                break;
            case GuildGone { GuildId: var id, Outage: false }:
                Guilds.TryRemove(id, out _);
                foreach (DiscordChannel gone in channels.Values.Where(c => c.GuildId == id))
                {
                    channels.TryRemove(gone.Id, out _);
                }
                break;
            default:
                break;
        }
    }

    /// <summary>A channel; null: not known.</summary>
    public DiscordChannel? Find(Snowflake id) => channels.GetValueOrDefault(id);

    /// <summary>Channels and threads of a guild in which people write.</summary>
    public IReadOnlyList<DiscordChannel> WrittenIn(Snowflake guild) =>
        [.. channels.Values.Where(channel => channel.GuildId == guild && (channel.IsThread || channel.Kind is ChannelKind.Text or ChannelKind.Announcement)).OrderBy(channel => channel.Id)];

    /// <summary>What a channel or thread belongs to, as far as is known.</summary>
    /// <summary>Known threads below a channel.</summary>
    public IReadOnlyList<Snowflake> ThreadsOf(Snowflake channel) => [.. channels.Values.Where(known => known.IsThread && known.ParentId == channel).Select(known => known.Id)];

    public PlacePath PathOf(Snowflake? guild, Snowflake channel, DiscordChannel? known)
    {
        DiscordChannel? here = known ?? Find(channel);
        if (guild is not { } inGuild)
        {
            return new PlacePath(default, default, channel, default);
        }
        if (here is not { IsThread: true, ParentId: { } parent })
        {
            return new PlacePath(inGuild, here?.ParentId ?? default, channel, default);
        }
        return new PlacePath(inGuild, Find(parent)?.ParentId ?? default, parent, channel);
    }

    /// <summary>Whether a place, or what it belongs to, is age-restricted.</summary>
    public bool IsAgeRestricted(PlacePath path, DiscordChannel? known) =>
        known is { IsAgeRestricted: true } || Find(path.Innermost) is { IsAgeRestricted: true } || Find(path.Channel) is { IsAgeRestricted: true };
}
