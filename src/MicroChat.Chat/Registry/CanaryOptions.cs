namespace MicroChat.Chat.Registry;

/// <summary>How a new generation is tried on people before it replies to everyone.</summary>
public enum TrialMode
{
    /// <summary>A share of the conversations where there are votes enough for that, duels else.</summary>
    Auto,

    /// <summary>A share of the conversations gets the new generation; ratings of both are compared.</summary>
    Share,

    /// <summary>In some conversations both generations answer and the person chooses, not knowing which is which.</summary>
    Duels,
}

/// <summary>How new generations are tried, promoted and rolled back. Section "Canary" of the settings.</summary>
public sealed record CanaryOptions
{
    /// <summary>Name of the settings' section.</summary>
    public const string Section = "Canary";

    /// <summary>Whether candidates are tried, promoted and rolled back by themselves; false: only by hand.</summary>
    public bool Automatic { get; init; } = true;

    /// <summary>How they are tried.</summary>
    public TrialMode Mode { get; init; } = TrialMode.Auto;

    /// <summary>Share of the conversations that get the generation on trial, 0 to 1.</summary>
    public double Share { get; init; } = 0.05;

    /// <summary>Share of the conversations in which both generations answer, where duels decide, 0 to 1.</summary>
    public double DuelShare { get; init; } = 0.2;

    /// <summary>Greatest share of the conversations that may see the generation on trial, 0 to 1, however the hash falls. Duels are not bounded by it.</summary>
    public double MostExposed { get; init; } = 0.08;

    /// <summary>Chance of a wrong verdict in a whole trial, looked at as often as one likes; half of it for each side.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>Up-rate, in shares, that a generation may be worse and is promoted still; 0: it must be proved better.</summary>
    public double AcceptedLoss { get; init; }

    /// <summary>Fewest votes on the generation on trial (or decided duels) before any verdict.</summary>
    public int MinimumVotes { get; init; } = 30;

    /// <summary>Fewest people that they come from.</summary>
    public int MinimumRaters { get; init; } = 5;

    /// <summary>Shortest trial before a promotion; a roll-back waits for nothing.</summary>
    public TimeSpan MinimumTime { get; init; } = TimeSpan.FromDays(2);

    /// <summary>A trial without a verdict ends after this, and the generation is retired.</summary>
    public TimeSpan MaximumTime { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How often registry and votes are looked at.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the generation that was live before stays loaded, so that going back takes no time; costs its memory.</summary>
    public bool KeepWarm { get; init; } = true;

    /// <summary>Id of the Discord channel in which a new live generation is announced. Empty: nowhere.</summary>
    public string AnnounceChannel { get; init; } = "";

    /// <summary>Everything that is wrong, one sentence each with setting, value, wish and remedy; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Require(Share is >= 0 and <= 0.5, nameof(Share), Share, "from 0 to 0.5");
        Require(DuelShare is >= 0 and <= 1, nameof(DuelShare), DuelShare, "from 0 to 1");
        Require(MostExposed is >= 0 and <= 1, nameof(MostExposed), MostExposed, "from 0 to 1");
        Require(Alpha is >= 0.0001 and <= 0.5, nameof(Alpha), Alpha, "from 0.0001 to 0.5");
        Require(AcceptedLoss is >= 0 and <= 0.5, nameof(AcceptedLoss), AcceptedLoss, "from 0 to 0.5");
        Require(MinimumVotes is >= 10 and <= 1_000_000, nameof(MinimumVotes), MinimumVotes, "from 10 to 1000000");
        Require(MinimumRaters is >= 1 and <= 1_000_000, nameof(MinimumRaters), MinimumRaters, "from 1 to 1000000");
        Require(MinimumTime >= TimeSpan.Zero && MinimumTime <= MaximumTime, nameof(MinimumTime), MinimumTime, $"from 0 to MaximumTime ({MaximumTime})");
        Require(MaximumTime > TimeSpan.Zero && MaximumTime <= TimeSpan.FromDays(365), nameof(MaximumTime), MaximumTime, "above 0 and at most a year");
        Require(CheckEvery >= TimeSpan.FromMilliseconds(100) && CheckEvery <= TimeSpan.FromSeconds(50), nameof(CheckEvery), CheckEvery, "from a tenth of a second to 50 seconds");
        Require(AnnounceChannel.Length == 0 || ulong.TryParse(AnnounceChannel, out _), nameof(AnnounceChannel), $"\"{AnnounceChannel}\"", "the id of a channel, or empty");
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
