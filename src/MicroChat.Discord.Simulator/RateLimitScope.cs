namespace MicroChat.Discord.Simulator;

/// <summary>Whose limit a 429 is about.</summary>
public enum RateLimitScope
{
    /// <summary>The bot's, on one route.</summary>
    User,

    /// <summary>The bot's, over all routes.</summary>
    Global,

    /// <summary>Everybody's on a resource; does not count as an invalid request.</summary>
    Shared,
}
