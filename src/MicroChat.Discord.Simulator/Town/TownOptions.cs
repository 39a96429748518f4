namespace MicroChat.Discord.Simulator.Town;

/// <summary>Who lives in a town, and how they behave. Shares are from 0 to 1.</summary>
public sealed record TownOptions
{
    /// <summary>Members at the beginning.</summary>
    public int Members { get; init; } = 60;

    /// <summary>Share of members whose votes mean harm or nothing; a third of them each reverse what others like, click at random, and vote down together.</summary>
    public double Trolls { get; init; } = 0.1;

    /// <summary>Share of members who hardly ever ask, and vote on others' answers now and then.</summary>
    public double Lurkers { get; init; } = 0.25;

    /// <summary>Share of members who agree to training by the bot's own command.</summary>
    public double OptIn { get; init; } = 0.85;

    /// <summary>Share of members who refuse it; the rest never decides.</summary>
    public double OptOut { get; init; } = 0.05;

    /// <summary>Share of an honest member's votes that are slips.</summary>
    public double Noise { get; init; } = 0.05;

    /// <summary>Spread of the members' own tastes around the common one, in units of the preference.</summary>
    public double TasteSpread { get; init; } = 0.08;

    /// <summary>Spread of how severe members are, in units of the preference.</summary>
    public double SeveritySpread { get; init; } = 0.08;

    /// <summary>What an answer must be worth to a member of middling severity.</summary>
    public double Threshold { get; init; } = 0.65;

    /// <summary>Share of conversations that go on with a second question.</summary>
    public double FollowUps { get; init; } = 0.15;

    /// <summary>Share of conversations that are an /arena round: two answers, one choice.</summary>
    public double Arena { get; init; } = 0.15;

    /// <summary>Share of questions that are put by /ask instead of a mention.</summary>
    public double Commands { get; init; } = 0.15;

    /// <summary>Votes of others per answer, on average.</summary>
    public double Visitors { get; init; } = 0.4;

    /// <summary>Share of votes that are taken back.</summary>
    public double TakenBack { get; init; } = 0.03;

    /// <summary>Share of members who leave in a season, and whose place is taken by a new one.</summary>
    public double Churn { get; init; } = 0.03;

    /// <summary>Channels; one conversation at a time in each.</summary>
    public int Channels { get; init; } = 16;

    /// <summary>Days that a season lasts.</summary>
    public int SeasonDays { get; init; } = 7;

    /// <summary>How long a member waits for an answer. Real time.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Seed of everything that is drawn.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Check(Members is >= 3 and <= 10_000, nameof(Members), Members, "from 3 to 10000");
        Check(Channels is >= 1 and <= 200, nameof(Channels), Channels, "from 1 to 200");
        Check(SeasonDays is >= 1 and <= 365, nameof(SeasonDays), SeasonDays, "from 1 to 365");
        Check(Visitors is >= 0 and <= 20, nameof(Visitors), Visitors, "from 0 to 20");
        foreach ((string name, double share) in new[]
        {
            (nameof(Trolls), Trolls), (nameof(Lurkers), Lurkers), (nameof(OptIn), OptIn), (nameof(OptOut), OptOut), (nameof(Noise), Noise), (nameof(TasteSpread), TasteSpread),
            (nameof(SeveritySpread), SeveritySpread), (nameof(Threshold), Threshold), (nameof(FollowUps), FollowUps), (nameof(Arena), Arena), (nameof(Commands), Commands),
            (nameof(TakenBack), TakenBack), (nameof(Churn), Churn),
        })
        {
            Check(share is >= 0 and <= 1, name, share, "from 0 to 1");
        }
        Check(Trolls + Lurkers < 1, $"{nameof(Trolls)} + {nameof(Lurkers)}", Trolls + Lurkers, "below 1, or nobody asks");
        Check(OptIn + OptOut <= 1, $"{nameof(OptIn)} + {nameof(OptOut)}", OptIn + OptOut, "at most 1");
        return faults;

        void Check<T>(bool holds, string name, T value, string wish)
        {
            if (!holds)
            {
                faults.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} is {value}; it must be {wish}."));
            }
        }
    }
}
