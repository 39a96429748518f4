namespace MicroChat.Proofs.Poison;

/// <summary>How the attackers of a drill go about it.</summary>
internal enum PoisonAttack
{
    /// <summary>They fall upon the same replies within half a minute and say of each the opposite of what is true.</summary>
    Together,

    /// <summary>Each votes the wrong way round on replies of his choice, at his own times.</summary>
    Scattered,
}

/// <summary>A place under attack.</summary>
internal sealed record PoisonPlan
{
    public int Honest { get; init; } = 60;

    /// <summary>Share of the voters that are attackers; each of them votes twice as often as an honest voter does on average.</summary>
    public double Share { get; init; }

    public PoisonAttack Attack { get; init; }

    /// <summary>Votes of the honest, about.</summary>
    public int Votes { get; init; } = 900;

    /// <summary>Honest votes per reply or pair on average.</summary>
    public double Voters { get; init; } = 4;

    /// <summary>Whether replies are judged against each other, two at a time, in place of thumbs.</summary>
    public bool Pairs { get; init; }
}
