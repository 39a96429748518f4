namespace MicroChat.Discord.Port;

/// <summary>A guild ("server").</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="OwnerId">Who owns it.</param>
/// <param name="MemberCount">About how many people; null: not known.</param>
/// <param name="Locale">Its preferred language, such as en-US.</param>
/// <param name="Channels">Channels and active threads that the bot can see.</param>
public sealed record DiscordGuild(Snowflake Id, string Name, Snowflake OwnerId, int? MemberCount, string Locale, IReadOnlyList<DiscordChannel> Channels);

/// <summary>A channel, thread or direct conversation.</summary>
public sealed record DiscordChannel
{
    public required Snowflake Id { get; init; }

    /// <summary>Null: a direct message.</summary>
    public Snowflake? GuildId { get; init; }

    public ChannelKind Kind { get; init; }

    /// <summary>Empty for direct messages.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it is about, as its members wrote it; untrusted text.</summary>
    public string Topic { get; init; } = "";

    /// <summary>The category of a channel, the channel of a thread; null: none.</summary>
    public Snowflake? ParentId { get; init; }

    /// <summary>Age-restricted. Threads inherit it from their channel, and it is filled in so.</summary>
    public bool IsAgeRestricted { get; init; }

    /// <summary>Who started a thread; null: not a thread, or not known.</summary>
    public Snowflake? OwnerId { get; init; }

    /// <summary>A thread that must be re-opened by a message before anything else can be done in it.</summary>
    public bool IsArchived { get; init; }

    /// <summary>A thread in which only moderators can write.</summary>
    public bool IsLocked { get; init; }

    public bool IsThread => Kind is ChannelKind.AnnouncementThread or ChannelKind.PublicThread or ChannelKind.PrivateThread;

    public bool IsDirect => Kind is ChannelKind.Direct or ChannelKind.GroupDirect;
}

/// <summary>Kinds of channels; numbers are Discord's, unknown ones are kept.</summary>
public enum ChannelKind
{
    Text = 0,
    Direct = 1,
    Voice = 2,
    GroupDirect = 3,
    Category = 4,
    Announcement = 5,
    AnnouncementThread = 10,
    PublicThread = 11,
    PrivateThread = 12,
    Stage = 13,
    Directory = 14,
    Forum = 15,
    Media = 16,
}
