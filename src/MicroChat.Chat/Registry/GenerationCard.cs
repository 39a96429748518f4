namespace MicroChat.Chat.Registry;

/// <summary>What a generation is good for at the moment.</summary>
public enum GenerationState
{
    /// <summary>Made, and not yet shown to anyone.</summary>
    Candidate,

    /// <summary>Tried on a share of the conversations.</summary>
    Canary,

    /// <summary>Replies to everyone.</summary>
    Live,

    /// <summary>Was live or canary and is no longer.</summary>
    Retired,
}

/// <summary>What a generation is and where it comes from; written once, as card.json in its folder.</summary>
public sealed record GenerationCard
{
    /// <summary>Its number; 0 is the model that came with the program.</summary>
    public required int Generation { get; init; }

    /// <summary>The model's name, the same for all of its generations.</summary>
    public required string Name { get; init; }

    /// <summary>The generation that it was trained from; null: none.</summary>
    public int? Parent { get; init; }

    /// <summary>When it was added; null: it came with the program.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>In words: which feedback, how much of it, under which consent.</summary>
    public string LearnedFrom { get; init; } = "";

    /// <summary>Results of its evaluation by name, such as "win_rate".</summary>
    public IReadOnlyDictionary<string, double> Evaluation { get; init; } = new Dictionary<string, double>();
}

/// <summary>How a generation is being tried.</summary>
/// <param name="Since">When that began.</param>
/// <param name="ByServer">Whether whole servers are drawn rather than single conversations.</param>
/// <param name="Duels">Whether both generations answer and people choose, rather than that a share of conversations gets the new one.</param>
public sealed record Trial(DateTimeOffset Since, bool ByServer, bool Duels);

/// <summary>A generation and its state.</summary>
public sealed record ModelGeneration(GenerationCard Card, GenerationState State, string Folder);
