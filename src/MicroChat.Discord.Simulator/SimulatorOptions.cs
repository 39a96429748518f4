namespace MicroChat.Discord.Simulator;

/// <summary>How the simulated Discord behaves. Every default is what Discord documents or is reported to do.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Address to listen on; anything but loopback lets other machines in.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>TCP port; 0: the system chooses one.</summary>
    public int Port { get; init; }

    /// <summary>The clock of ids, limits and deadlines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Seed of every random draw: session ids, tokens, background chatter.</summary>
    public int Seed { get; init; } = 1;

    public string BotName { get; init; } = "microchat";

    /// <summary>The bot's token; null: one is made that looks real.</summary>
    public string? Token { get; init; }

    /// <summary>Shards that <c>GET /gateway/bot</c> recommends.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>IDENTIFYs of one rate-limit key in 5 seconds.</summary>
    public int MaxConcurrency { get; init; } = 1;

    /// <summary>IDENTIFYs in 24 hours; one more resets the token and ends every session.</summary>
    public int SessionStarts { get; init; } = 1_000;

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(41_250);

    /// <summary>How much later than the interval a heartbeat may come before the connection is closed with 4009.</summary>
    public TimeSpan HeartbeatGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a session can be resumed after its connection was lost.</summary>
    public TimeSpan ResumeWindow { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Most guilds on one shard; beyond them close code 4011.</summary>
    public int GuildsPerShard { get; init; } = 2_500;

    /// <summary>Whether the application may ask for MESSAGE_CONTENT; it also gates content over REST.</summary>
    public bool MessageContentIntent { get; init; } = true;

    /// <summary>Whether the application may ask for GUILD_MEMBERS.</summary>
    public bool GuildMembersIntent { get; init; }

    /// <summary>Whether the application may ask for GUILD_PRESENCES.</summary>
    public bool GuildPresencesIntent { get; init; }

    public RateLimitOptions RateLimits { get; init; } = new();

    /// <summary>Whether callers without the User-Agent that Discord demands are refused (40333).</summary>
    public bool RequireUserAgent { get; init; } = true;

    /// <summary>How long an interaction waits for its first answer.</summary>
    public TimeSpan InteractionDeadline { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long an interaction's token is good.</summary>
    public TimeSpan InteractionLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Messages kept per channel; older ones are gone as if they had never been.</summary>
    public int MessagesPerChannel { get; init; } = 5_000;

    /// <summary>Entries kept in the journal; its counters go on.</summary>
    public int JournalEntries { get; init; } = 100_000;

    /// <summary>Events kept per session for RESUME; an older sequence number cannot be resumed.</summary>
    public int ReplayEvents { get; init; } = 25_000;

    /// <summary>Bytes of attachments kept over all messages; the oldest go first.</summary>
    public long AttachmentBytes { get; init; } = 64 << 20;
}
