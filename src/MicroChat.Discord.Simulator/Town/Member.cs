using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Town;

/// <summary>How a member behaves.</summary>
public enum MemberKind
{
    /// <summary>Asks and votes.</summary>
    Regular,

    /// <summary>Hardly ever asks.</summary>
    Lurker,

    /// <summary>Votes against what others like.</summary>
    Contrarian,

    /// <summary>Clicks at random.</summary>
    Scatterer,

    /// <summary>Votes down whatever the band agreed on, at the same moment as the rest of it.</summary>
    Brigadier,
}

/// <summary>What a member says about training.</summary>
public enum MemberConsent
{
    NeverAsked,
    OptsIn,
    OptsOut,
}

/// <summary>Somebody who lives in a town; everything about them is drawn from the seed.</summary>
public sealed record Member
{
    public required SimUser User { get; init; }

    public required MemberKind Kind { get; init; }

    public required MemberConsent Consent { get; init; }

    /// <summary>How often they ask, compared with others; heavy-tailed.</summary>
    public required double Activity { get; init; }

    /// <summary>What is added to the threshold that an answer must reach. Unit: the preference's.</summary>
    public required double Severity { get; init; }

    /// <summary>Whether they use reactions and not buttons.</summary>
    public required bool Reacts { get; init; }

    /// <summary>Whether their votes mean what they think of the answer.</summary>
    public bool IsHonest => Kind is MemberKind.Regular or MemberKind.Lurker;
}
