namespace MicroChat.Discord.Simulator.Rest;

/// <summary>What the limits say to a request, and what its headers tell.</summary>
internal sealed record RateVerdict
{
    /// <summary>The limit that was hit; null: the request may pass.</summary>
    public RateLimitScope? Scope { get; init; }

    public required string Bucket { get; init; }

    public required int Limit { get; init; }

    public required int Remaining { get; init; }

    public required DateTimeOffset Reset { get; init; }

    public required TimeSpan ResetAfter { get; init; }

    public required TimeSpan RetryAfter { get; init; }
}
