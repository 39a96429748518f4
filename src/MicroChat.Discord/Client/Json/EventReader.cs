using System.Collections.Concurrent;
using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Json;

/// <summary>Turns dispatches of the gateway into events, keeping the directory up to date on the way.</summary>
internal sealed class EventReader(GuildDirectory directory, MessageReader messages, InteractionReader interactions)
{
    /// <summary>Guilds that the bot is in, also while they are down.</summary>
    private readonly ConcurrentDictionary<Snowflake, byte> _expected = new();

    /// <summary>The event; null: the dispatch is of no interest, or what makes it usable is missing.</summary>
    /// <param name="type">Its name, such as MESSAGE_CREATE.</param>
    /// <param name="d">Its data.</param>
    /// <param name="shard">Where it came from.</param>
    /// <param name="shards">How many shards there are.</param>
    public DiscordEvent? Read(string type, JsonElement d, int shard, int shards) => type switch
    {
        "READY" => Ready(d, shard, shards),
        "RESUMED" => new Resumed(shard),
        "MESSAGE_CREATE" => messages.Read(d, null) is { } message ? new MessageCreated(Placed(message, d)) : null,
        "MESSAGE_UPDATE" => Updated(d),
        "MESSAGE_DELETE" => d.Id("id") is { } id ? Deleted(d, [id]) : null,
        "MESSAGE_DELETE_BULK" => Deleted(d, d.Ids("ids")),
        "MESSAGE_REACTION_ADD" or "MESSAGE_REACTION_REMOVE" => Reaction(d, type == "MESSAGE_REACTION_ADD"),
        "MESSAGE_REACTION_REMOVE_ALL" => Cleared(d, null),
        "MESSAGE_REACTION_REMOVE_EMOJI" => EntityReader.Emoji(d.Get("emoji")) is { } emoji ? Cleared(d, emoji) : null,
        "INTERACTION_CREATE" => interactions.Read(d) is { } interaction ? new InteractionCreated(interaction) : null,
        _ => GuildEvent(type, d),
    };

    private DiscordEvent? GuildEvent(string type, JsonElement d)
    {
        switch (type)
        {
            case "GUILD_CREATE":
                return !d.Flag("unavailable") && directory.AddGuild(d) is { } guild ? new GuildAvailable(guild, Joined: _expected.TryAdd(guild.Id, 0)) : null;
            case "GUILD_UPDATE":
                directory.UpdateGuild(d);
                return null;
            case "GUILD_DELETE":
                return Gone(d);
            case "CHANNEL_CREATE" or "THREAD_CREATE":
                return directory.AddChannel(d, null) is { } created ? new ChannelCreated(created) : null;
            case "CHANNEL_UPDATE" or "THREAD_UPDATE":
                return directory.AddChannel(d, null) is { } updated ? new ChannelUpdated(updated) : null;
            case "CHANNEL_DELETE" or "THREAD_DELETE":
                return ChannelGone(d);
            case "GUILD_MEMBER_REMOVE":
                return d.Id("guild_id") is { } left && EntityReader.User(d.Get("user")) is { } user ? new MemberLeft(left, user) : null;
            default:
                Roles(type, d);
                return null;
        }
    }

    /// <summary>Changes that only the directory needs.</summary>
    private void Roles(string type, JsonElement d)
    {
        if (d.Id("guild_id") is not { } guild)
        {
            return;
        }
        switch (type)
        {
            case "GUILD_ROLE_CREATE" or "GUILD_ROLE_UPDATE" when d.Object("role") is { } role:
                directory.SetRole(guild, role);
                break;
            case "GUILD_ROLE_DELETE" when d.Id("role_id") is { } role:
                directory.RemoveRole(guild, role);
                break;
            case "GUILD_MEMBER_UPDATE" when d.Object("user")?.Id("id") == directory.SelfId:
                directory.SetOwn(guild, d);
                break;
            case "THREAD_LIST_SYNC":
                foreach (JsonElement thread in d.Items("threads"))
                {
                    directory.AddChannel(thread, guild);
                }
                break;
        }
    }

    private Ready? Ready(JsonElement d, int shard, int shards)
    {
        if (EntityReader.User(d.Get("user")) is not { } self)
        {
            return null;
        }
        directory.SelfId = self.Id;
        Snowflake application = d.Object("application")?.Id("id") ?? self.Id;
        Snowflake[] guilds = [.. d.Items("guilds").Select(g => g.Id("id")).OfType<Snowflake>()];
        foreach (Snowflake guild in guilds)
        {
            _expected.TryAdd(guild, 0);
        }
        return new Ready(self, application, guilds, shard, shards);
    }

    /// <summary>A message of the gateway without a guild is a direct one, which the directory need not know.</summary>
    private static DiscordMessage Placed(DiscordMessage message, JsonElement d) => message.Channel is null && message.GuildId is null
        ? message with { Channel = new DiscordChannel { Id = message.ChannelId, Kind = (ChannelKind)(d.Int("channel_type") ?? (int)ChannelKind.Direct) } }
        : message;

    private MessageUpdated? Updated(JsonElement d) => d.Id("id") is { } id && d.Id("channel_id") is { } channel
        ? new MessageUpdated(d.Id("guild_id"), channel, id, d.Get("content") is not null && messages.Read(d, null) is { } message ? Placed(message, d) : null)
        : null;

    private static MessagesDeleted? Deleted(JsonElement d, IReadOnlyList<Snowflake> ids) =>
        d.Id("channel_id") is { } channel && ids.Count > 0 ? new MessagesDeleted(d.Id("guild_id"), channel, ids) : null;

    private static DiscordEvent? Reaction(JsonElement d, bool added)
    {
        if (d.Id("channel_id") is not { } channel || d.Id("message_id") is not { } message || d.Id("user_id") is not { } user || EntityReader.Emoji(d.Get("emoji")) is not { } emoji)
        {
            return null;
        }
        Snowflake? guild = d.Id("guild_id");
        return added
            ? new ReactionAdded(guild, channel, message, user, EntityReader.User(d.Object("member")?.Get("user")), d.Id("message_author_id"), emoji)
            : new ReactionRemoved(guild, channel, message, user, emoji);
    }

    private static ReactionsCleared? Cleared(JsonElement d, DiscordEmoji? emoji) =>
        d.Id("channel_id") is { } channel && d.Id("message_id") is { } message ? new ReactionsCleared(d.Id("guild_id"), channel, message, emoji) : null;

    private GuildGone? Gone(JsonElement d)
    {
        if (d.Id("id") is not { } id)
        {
            return null;
        }
        bool outage = d.Flag("unavailable");
        if (!outage)
        {
            directory.RemoveGuild(id);
            _expected.TryRemove(id, out _);
        }
        return new GuildGone(id, outage);
    }

    private ChannelDeleted? ChannelGone(JsonElement d)
    {
        if (d.Id("id") is not { } id)
        {
            return null;
        }
        directory.RemoveChannel(id);
        return new ChannelDeleted(d.Id("guild_id"), id, d.Id("parent_id"), (ChannelKind)(d.Int("type") ?? 0));
    }
}
