namespace MicroChat.Discord.Simulator;

/// <summary>The REST limits. Discord keeps the real numbers to itself; these are what people report.</summary>
public sealed record RateLimitOptions
{
    /// <summary>Whether limits hold at all; headers are sent in any case.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Requests per second over all routes; interactions do not count.</summary>
    public int GlobalPerSecond { get; init; } = 50;

    public BucketRule CreateMessage { get; init; } = new(5, TimeSpan.FromSeconds(5));

    public BucketRule EditMessage { get; init; } = new(5, TimeSpan.FromSeconds(5));

    public BucketRule DeleteMessage { get; init; } = new(5, TimeSpan.FromSeconds(1));

    public BucketRule Reactions { get; init; } = new(1, TimeSpan.FromMilliseconds(250));

    public BucketRule Typing { get; init; } = new(5, TimeSpan.FromSeconds(5));

    /// <summary>Messages of one interaction or webhook.</summary>
    public BucketRule Webhook { get; init; } = new(5, TimeSpan.FromSeconds(2));

    /// <summary>Every other route, each on its own.</summary>
    public BucketRule Other { get; init; } = new(20, TimeSpan.FromSeconds(1));

    /// <summary>Requests answered 401, 403 or 429 (the shared scope apart) that an address may make in ten minutes.</summary>
    public int InvalidRequests { get; init; } = 10_000;

    /// <summary>Edits of messages older than an hour, per channel; beyond them error 30046.</summary>
    public BucketRule OldMessageEdits { get; init; } = new(30, TimeSpan.FromHours(1));
}
