namespace MicroChat.Cycles;

/// <summary>One retraining cycle as it stands: what cycle.json in its folder holds. The page, the service and the simulation read it; only the cycle's own process writes it.</summary>
internal sealed record CycleState
{
    /// <summary>The schema that this program writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Version of the layout.</summary>
    public required int Schema { get; init; }

    /// <summary>Name of the cycle, the same as that of its folder.</summary>
    public required string Id { get; init; }

    /// <summary>When it was begun.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When this file was written.</summary>
    public required DateTimeOffset Written { get; init; }

    /// <summary>The command that goes on with it.</summary>
    public required string Command { get; init; }

    /// <summary>The generation that was live when it began, and that the candidate is compared with.</summary>
    public required int BaseGeneration { get; init; }

    /// <summary>Seed of everything that is drawn.</summary>
    public required int Seed { get; init; }

    /// <summary>All that decides the outcome, as it was when the cycle began, thresholds of the gates included: by the option's name.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>What the snapshot held; null: not exported yet.</summary>
    public CycleData? Data { get; init; }

    /// <summary>The stages in their order.</summary>
    public required IReadOnlyList<CycleStage> Stages { get; init; }

    /// <summary>How the policy learns; null: not chosen yet.</summary>
    public CycleMethod? Method { get; init; }

    /// <summary>What the gates said; empty before they were asked.</summary>
    public IReadOnlyList<GateResult> Gates { get; init; } = [];

    /// <summary>What became of it.</summary>
    public required CycleVerdict Verdict { get; init; }

    /// <summary>The stage of a name.</summary>
    public CycleStage Stage(string name) => Stages.First(stage => stage.Name == name);

    /// <summary>The same with one stage replaced.</summary>
    public CycleState With(CycleStage changed) => this with { Stages = [.. Stages.Select(stage => stage.Name == changed.Name ? changed : stage)] };
}

/// <summary>What a cycle learns from: counts and hashes, and nobody's text.</summary>
internal sealed record CycleData
{
    /// <summary>The snapshot's own id.</summary>
    public required string Snapshot { get; init; }

    /// <summary>SHA-256 of the snapshot's manifest, lower-case hexadecimal; the manifest has the hashes of all files.</summary>
    public required string ManifestSha256 { get; init; }

    /// <summary>Thumbs in the training part.</summary>
    public required long Thumbs { get; init; }

    /// <summary>Pairs of replies in the training part.</summary>
    public required long Pairs { get; init; }

    /// <summary>Thumbs and pairs that are held out, by person or by time.</summary>
    public required long HeldOut { get; init; }

    /// <summary>Persons whose votes are in it.</summary>
    public required long Persons { get; init; }

    /// <summary>Exchanges by what allows them to be trained on.</summary>
    public required IReadOnlyDictionary<string, long> ConsentBasis { get; init; }

    /// <summary>What was deleted since the snapshot before.</summary>
    public required long Deletions { get; init; }

    /// <summary>What is odd about the votes, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A stage of a cycle.</summary>
/// <param name="Name">One of <see cref="CycleStages"/>.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Started">When it was first begun; null: not yet.</param>
/// <param name="Ended">When it ended; null: not yet.</param>
/// <param name="Note">What it found, in words.</param>
internal sealed record CycleStage(string Name, CycleStageState State, DateTimeOffset? Started = null, DateTimeOffset? Ended = null, string Note = "");

/// <summary>Where a stage stands.</summary>
internal enum CycleStageState
{
    /// <summary>Its turn has not come.</summary>
    Waiting,

    /// <summary>It is at work, or was when the process ended.</summary>
    Running,

    /// <summary>Its result lies in the cycle's folder.</summary>
    Done,

    /// <summary>It could not be done; the cycle stands still until it is started again.</summary>
    Failed,

    /// <summary>It is not needed.</summary>
    Skipped,
}

/// <summary>How the policy learns.</summary>
/// <param name="Name">The method.</param>
/// <param name="Reason">Why this one, in words.</param>
internal sealed record CycleMethod(CycleMethodName Name, string Reason);

/// <summary>The methods, by the data that they need.</summary>
internal enum CycleMethodName
{
    /// <summary>None: there is too little to learn from, or nothing was learned that a rule of length or labels drawn by lot could not say.</summary>
    Skip,

    /// <summary>The model learns from the best of its own replies by the reward models.</summary>
    BestOfN,

    /// <summary>The policy learns from single thumbs.</summary>
    Kto,

    /// <summary>The policy learns from pairs.</summary>
    Dpo,

    /// <summary>The policy learns against the reward models.</summary>
    Ppo,
}

/// <summary>What one gate said of a candidate.</summary>
internal sealed record GateResult
{
    /// <summary>One of <see cref="GateNames"/>.</summary>
    public required string Name { get; init; }

    /// <summary>What was measured; null: it could not be.</summary>
    public double? Value { get; init; }

    /// <summary>Lower end of its 95 % interval; null: none.</summary>
    public double? Lower { get; init; }

    /// <summary>Upper end.</summary>
    public double? Upper { get; init; }

    /// <summary>What it was held to.</summary>
    public required double Threshold { get; init; }

    /// <summary>Whether the candidate may pass.</summary>
    public required bool Passed { get; init; }

    /// <summary>The same in a sentence.</summary>
    public required string Words { get; init; }
}

/// <summary>What became of a cycle.</summary>
/// <param name="State">The outcome.</param>
/// <param name="Words">Why, in a sentence or more.</param>
/// <param name="Generation">The candidate's number in the registry; null: there is none.</param>
internal sealed record CycleVerdict(CycleVerdictState State, string Words = "", int? Generation = null);

/// <summary>Outcomes of a cycle.</summary>
internal enum CycleVerdictState
{
    /// <summary>It is not over. Whether its process lives, the lock says.</summary>
    Running,

    /// <summary>The registry has a new candidate.</summary>
    Candidate,

    /// <summary>It came to its end without one.</summary>
    NoCandidate,

    /// <summary>It stands still at an error; the same command goes on with it.</summary>
    Failed,
}
