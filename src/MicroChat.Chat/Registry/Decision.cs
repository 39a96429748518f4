namespace MicroChat.Chat.Registry;

/// <summary>What was decided about a generation.</summary>
public enum DecisionKind
{
    /// <summary>It is tried on people.</summary>
    TrialStarted,

    /// <summary>Its trial ended without its becoming live.</summary>
    TrialEnded,

    /// <summary>It replies to everyone from now on.</summary>
    Promoted,

    /// <summary>It replies to everyone again, as it did before.</summary>
    RolledBack,

    /// <summary>Nothing changes by itself from now on.</summary>
    Held,

    /// <summary>What was held goes on.</summary>
    Released,
}

/// <summary>Who changes the registry, and why.</summary>
/// <param name="By">"operator", "trial", "guardrail" or "host".</param>
/// <param name="Words">Why, in a sentence or two for people.</param>
/// <param name="Figures">The numbers behind the words, by name.</param>
public sealed record Why(string By, string Words, IReadOnlyDictionary<string, double> Figures)
{
    /// <summary>Somebody's own decision.</summary>
    public static Why ByHand { get; } = new("operator", "Decided by hand.", new Dictionary<string, double>());
}

/// <summary>A change of the registry, as the log of decisions keeps it.</summary>
public sealed record Decision
{
    /// <summary>Counts up from 1.</summary>
    public required long Number { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required DecisionKind Kind { get; init; }

    /// <summary>The generation that it is about.</summary>
    public required int Generation { get; init; }

    /// <summary>The generation that is live after it.</summary>
    public required int Live { get; init; }

    public required Why Why { get; init; }
}
