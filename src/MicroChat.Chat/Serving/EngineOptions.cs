namespace MicroChat.Chat.Serving;

/// <summary>How much the engine does at once. Section "Engine" of the settings.</summary>
public sealed record EngineOptions
{
    /// <summary>Name of the settings' section.</summary>
    public const string Section = "Engine";

    /// <summary>Most replies that are computed together.</summary>
    public int MaxRunning { get; init; } = 16;

    /// <summary>Most requests that may wait; more are refused with a time to come back.</summary>
    public int MaxQueued { get; init; } = 64;

    /// <summary>Prompt tokens that a step takes in beside running replies: more begins new replies sooner and slows the running ones. Unit: tokens.</summary>
    public int PrefillTokens { get; init; } = 64;

    /// <summary>Tokens that may wait for a reader before its reply pauses. Unit: tokens.</summary>
    public int BufferedTokens { get; init; } = 64;

    /// <summary>How long a reply may stand still because nobody reads it; then it is ended.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Memory for keys and values of running replies and of prefixes kept for later ones. One reply always gets what it needs. Unit: bytes.</summary>
    public long CacheBytes { get; init; } = 512L << 20;

    /// <summary>What of <see cref="CacheBytes"/> a generation beside the live one gets on top: one on trial, or one kept warm. Unit: bytes.</summary>
    public long SideCacheBytes => CacheBytes / 4;

    /// <summary>Most replies of one user that are computed together: others find a free place even when that user asks for everything.</summary>
    public int MaxRunningPerUser => MaxRunning - (MaxRunning / 4);

    /// <summary>Most requests of one user that may wait.</summary>
    public int MaxQueuedPerUser => MaxQueued - (MaxQueued / 2);

    /// <summary>Everything that is wrong, one sentence each with setting, value, wish and remedy; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Require(MaxRunning is >= 1 and <= 128, nameof(MaxRunning), MaxRunning, "from 1 to 128");
        Require(MaxQueued is >= 1 and <= 100_000, nameof(MaxQueued), MaxQueued, "from 1 to 100000");
        Require(PrefillTokens is >= 1 and <= 65_536, nameof(PrefillTokens), PrefillTokens, "from 1 to 65536 tokens");
        Require(BufferedTokens is >= 1 and <= 65_536, nameof(BufferedTokens), BufferedTokens, "from 1 to 65536 tokens");
        Require(StallLimit > TimeSpan.Zero && StallLimit <= TimeSpan.FromHours(1), nameof(StallLimit), StallLimit, "above 0 and at most an hour");
        Require(CacheBytes >= 0, nameof(CacheBytes), CacheBytes, "0 bytes or more");
        return faults;

        void Require(bool holds, string name, object found, string wish)
        {
            if (!holds)
            {
                faults.Add($"{Section}:{name} is {found}; it must be {wish}. Correct it, or leave it out for the default.");
            }
        }
    }
}
