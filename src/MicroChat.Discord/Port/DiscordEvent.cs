namespace MicroChat.Discord.Port;

/// <summary>Something that happened on Discord, or to the connection.</summary>
public abstract record DiscordEvent;

/// <summary>A new session began. What happened since the session before was missed: reconcile.</summary>
/// <param name="Self">The bot's own account.</param>
/// <param name="ApplicationId">Owner of the commands.</param>
/// <param name="Guilds">Guilds of this shard; a <see cref="GuildAvailable"/> follows for each that is up.</param>
/// <param name="Shard">Which shard.</param>
/// <param name="Shards">How many there are.</param>
public sealed record Ready(DiscordUser Self, Snowflake ApplicationId, IReadOnlyList<Snowflake> Guilds, int Shard, int Shards) : DiscordEvent;

/// <summary>A lost connection was taken up again; what was missed meanwhile has been delivered before this event.</summary>
public sealed record Resumed(int Shard) : DiscordEvent;

/// <summary>The state of a shard's connection changed.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="State">What it is now.</param>
/// <param name="Reason">For people: why, and what comes next.</param>
/// <param name="CloseCode">The code with which Discord closed, if it did.</param>
public sealed record ConnectionChanged(int Shard, ConnectionState State, string Reason, int? CloseCode) : DiscordEvent;

/// <summary>What a shard's connection is doing.</summary>
public enum ConnectionState
{
    Connecting,
    Connected,
    Reconnecting,
    Stopped,
}

/// <summary>A guild can be used: at the start, after an outage, or because the bot was invited.</summary>
/// <param name="Guild">Its state now.</param>
/// <param name="Joined">True: the bot was not in it before this session.</param>
public sealed record GuildAvailable(DiscordGuild Guild, bool Joined) : DiscordEvent;

/// <summary>A guild is no longer there.</summary>
/// <param name="GuildId">Which.</param>
/// <param name="Outage">True: Discord has trouble and the guild will be back; false: the bot was removed.</param>
public sealed record GuildGone(Snowflake GuildId, bool Outage) : DiscordEvent;

/// <summary>Somebody, perhaps the bot itself, wrote a message.</summary>
public sealed record MessageCreated(DiscordMessage Message) : DiscordEvent;

/// <summary>A message changed: its text, or only embeds, pins or flags.</summary>
/// <param name="GuildId">Null: a direct message.</param>
/// <param name="ChannelId">Where.</param>
/// <param name="MessageId">Which.</param>
/// <param name="Message">The whole message; null where the server sent only a part: fetch it.</param>
public sealed record MessageUpdated(Snowflake? GuildId, Snowflake ChannelId, Snowflake MessageId, DiscordMessage? Message) : DiscordEvent;

/// <summary>One message or many of a channel were deleted.</summary>
public sealed record MessagesDeleted(Snowflake? GuildId, Snowflake ChannelId, IReadOnlyList<Snowflake> MessageIds) : DiscordEvent;

/// <summary>Somebody, perhaps the bot itself, reacted.</summary>
/// <param name="GuildId">Null: in a direct message.</param>
/// <param name="ChannelId">Where.</param>
/// <param name="MessageId">To which message.</param>
/// <param name="UserId">Who.</param>
/// <param name="User">Who, if the event says it; it does not in direct messages.</param>
/// <param name="MessageAuthorId">Whose message it is, if the event says it.</param>
/// <param name="Emoji">With what. A skin tone makes a different emoji: see <see cref="DiscordEmoji.WithoutSkinTone"/>.</param>
public sealed record ReactionAdded(
    Snowflake? GuildId, Snowflake ChannelId, Snowflake MessageId, Snowflake UserId, DiscordUser? User, Snowflake? MessageAuthorId, DiscordEmoji Emoji) : DiscordEvent;

/// <summary>Somebody took a reaction back, or a moderator did for them.</summary>
public sealed record ReactionRemoved(Snowflake? GuildId, Snowflake ChannelId, Snowflake MessageId, Snowflake UserId, DiscordEmoji Emoji) : DiscordEvent;

/// <summary>A moderator removed everybody's reactions.</summary>
/// <param name="GuildId">Null: in a direct message.</param>
/// <param name="ChannelId">Where.</param>
/// <param name="MessageId">Of which message.</param>
/// <param name="Emoji">Only those with this emoji; null: all.</param>
public sealed record ReactionsCleared(Snowflake? GuildId, Snowflake ChannelId, Snowflake MessageId, DiscordEmoji? Emoji) : DiscordEvent;

/// <summary>Somebody used a command, button, select or modal. Answer within 3 seconds.</summary>
public sealed record InteractionCreated(DiscordInteraction Interaction) : DiscordEvent;

/// <summary>Somebody left a guild or was removed. Comes only with the members intent.</summary>
public sealed record MemberLeft(Snowflake GuildId, DiscordUser User) : DiscordEvent;

/// <summary>A channel or thread is new, or the bot can see it now.</summary>
public sealed record ChannelCreated(DiscordChannel Channel) : DiscordEvent;

/// <summary>A channel or thread changed: name, permissions, archived, locked …</summary>
public sealed record ChannelUpdated(DiscordChannel Channel) : DiscordEvent;

/// <summary>A channel or thread was deleted with all that was said in it.</summary>
public sealed record ChannelDeleted(Snowflake? GuildId, Snowflake ChannelId, Snowflake? ParentId, ChannelKind Kind) : DiscordEvent;
