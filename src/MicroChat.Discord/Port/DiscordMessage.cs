namespace MicroChat.Discord.Port;

/// <summary>A message, as far as the bot needs it. All texts are untrusted.</summary>
public sealed record DiscordMessage
{
    public required Snowflake Id { get; init; }

    public required Snowflake ChannelId { get; init; }

    /// <summary>Null: a direct message, or fetched by REST and not known.</summary>
    public Snowflake? GuildId { get; init; }

    /// <summary>The channel or thread, with its parent; null: not known.</summary>
    public DiscordChannel? Channel { get; init; }

    /// <summary>Who wrote it. For a webhook its name, and <see cref="WebhookId"/> is set.</summary>
    public required DiscordUser Author { get; init; }

    /// <summary>Roles and permissions of the author; null: not in a guild, or not known.</summary>
    public DiscordMember? Member { get; init; }

    /// <summary>The text; mentions stand in it as &lt;@id&gt;.</summary>
    public string Content { get; init; } = "";

    /// <summary>The text is empty because the bot has no right to read it (no message content intent), not because nothing was written.</summary>
    public bool ContentWithheld { get; init; }

    /// <summary>Null: never edited.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    public DiscordMessageKind Kind { get; init; }

    public DiscordMessageFlags Flags { get; init; }

    /// <summary>Null: an account wrote it.</summary>
    public Snowflake? WebhookId { get; init; }

    /// <summary>The application that wrote it, such as the bot's own for replies to commands; null: none.</summary>
    public Snowflake? ApplicationId { get; init; }

    /// <summary>Who is mentioned, the author of the message replied to included unless its ping was switched off.</summary>
    public IReadOnlyList<DiscordUser> Mentions { get; init; } = [];

    public IReadOnlyList<Snowflake> MentionedRoles { get; init; } = [];

    public bool MentionsEveryone { get; init; }

    /// <summary>The message that this one answers, or forwards; null: none.</summary>
    public DiscordReference? Reference { get; init; }

    public IReadOnlyList<DiscordAttachment> Attachments { get; init; } = [];

    public IReadOnlyList<ReactionCount> Reactions { get; init; } = [];

    /// <summary>The nonce with which it was sent; only for the bot's own messages, and not in later fetches.</summary>
    public string? Nonce { get; init; }

    /// <summary>The thread that was started from it; null: none.</summary>
    public Snowflake? ThreadId { get; init; }

    /// <summary>Custom ids of its buttons and selects, so that a forgotten message can be recognised.</summary>
    public IReadOnlyList<string> CustomIds { get; init; } = [];

    /// <summary>People write these; all others are notices of the system and cannot be replied to.</summary>
    public bool IsWritten => Kind is DiscordMessageKind.Default or DiscordMessageKind.Reply;
}

/// <summary>Kinds of messages that matter; numbers are Discord's, unknown ones are kept.</summary>
public enum DiscordMessageKind
{
    Default = 0,
    Pinned = 6,
    Joined = 7,
    ThreadCreated = 18,
    Reply = 19,
    SlashCommand = 20,
    ThreadStarter = 21,
    ContextMenuCommand = 23,
    PollResult = 46,
}

/// <summary>Flags of a message; unknown ones are kept.</summary>
[Flags]
public enum DiscordMessageFlags
{
    None = 0,

    /// <summary>Links are not unfolded.</summary>
    SuppressEmbeds = 1 << 2,

    /// <summary>Only the person who used the command sees it; for replies to interactions.</summary>
    Ephemeral = 1 << 6,

    /// <summary>"… is thinking".</summary>
    Loading = 1 << 7,

    /// <summary>Sent without a push notification.</summary>
    SuppressNotifications = 1 << 12,
}

/// <summary>What a message answers or forwards.</summary>
/// <param name="MessageId">Null: a reference to a channel only.</param>
/// <param name="ChannelId">Where that message is; null: not said.</param>
/// <param name="IsForward">True: the message was forwarded, it is no answer.</param>
/// <param name="Message">That message, if Discord sent it along.</param>
/// <param name="Deleted">True: Discord says that it was deleted. False with no message: not known, fetch it.</param>
public sealed record DiscordReference(Snowflake? MessageId, Snowflake? ChannelId, bool IsForward, DiscordMessage? Message, bool Deleted);

/// <summary>A file at a message. Its address is signed and expires: fetch it on arrival.</summary>
/// <param name="Id">Its id.</param>
/// <param name="FileName">As its sender named it; untrusted.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Url">Where it is; empty where Discord did not say.</param>
/// <param name="ContentType">Media type as Discord guessed it; null: not known.</param>
public sealed record DiscordAttachment(Snowflake Id, string FileName, long Bytes, string Url, string? ContentType);

/// <summary>How often a message got an emoji.</summary>
/// <param name="Emoji">Which.</param>
/// <param name="Count">How often, the bot's own included.</param>
/// <param name="Mine">The bot's own is among them.</param>
public sealed record ReactionCount(DiscordEmoji Emoji, int Count, bool Mine);
