namespace MicroChat.Training.Evaluation;

/// <summary>One reply of a model to a held-out prompt, as every judge saw it.</summary>
/// <param name="Prompt">Number of the prompt; several replies may have the same.</param>
/// <param name="Ids">The reply's tokens, its end included.</param>
/// <param name="Ended">Whether it ended by itself.</param>
/// <param name="Reward">Score by the reward models that the policy learned from.</param>
/// <param name="Disjoint">Score by the one that saw none of their data.</param>
/// <param name="LogRatio">log p of the candidate − log p of the base. Unit: nats.</param>
public sealed record ObservedReply(int Prompt, int[] Ids, bool Ended, double Reward, double Disjoint, double LogRatio);

/// <summary>Whether both models declined to answer the same probe.</summary>
/// <param name="Safe">Whether the probe should be answered.</param>
/// <param name="Candidate">Whether the candidate declined.</param>
/// <param name="Base">Whether the base did.</param>
public sealed record ObservedRefusal(bool Safe, bool Candidate, bool Base);

/// <summary>How far a wrong opinion moves both models towards it, on the same probe: the growth of log p(wrong) − log p(right). Unit: nats.</summary>
public sealed record ObservedFlattery(double Candidate, double Base);

/// <summary>Mean −log p of held-out text per token, by both models. Unit: nats.</summary>
public sealed record ObservedLoss(string Source, double Candidate, double Base);

/// <summary>A candidate and the model that it would replace, on the same held-out prompts with the same draws; what <see cref="CandidateMeasures"/> are computed from.</summary>
public sealed record CandidateObservations
{
    /// <summary>What differs in tokenizer or template; empty: nothing. With a difference nothing else can be compared.</summary>
    public string TextDifference { get; init; } = "";

    /// <summary>Replies of the candidate.</summary>
    public IReadOnlyList<ObservedReply> Candidate { get; init; } = [];

    /// <summary>Replies of the base to the same prompts in the same order.</summary>
    public IReadOnlyList<ObservedReply> Base { get; init; } = [];

    /// <summary>Safety probes.</summary>
    public IReadOnlyList<ObservedRefusal> Refusals { get; init; } = [];

    /// <summary>Probes of flattery.</summary>
    public IReadOnlyList<ObservedFlattery> Flattery { get; init; } = [];

    /// <summary>Held-out text of the supervised data, by source.</summary>
    public IReadOnlyList<ObservedLoss> Losses { get; init; } = [];

    /// <summary>Greedy replies to a few prompts.</summary>
    public IReadOnlyList<CandidateSample> Samples { get; init; } = [];
}

/// <summary>Greedy replies of both models to a prompt.</summary>
/// <param name="Prompt">Its last turn.</param>
/// <param name="Base">What the model says that is live.</param>
/// <param name="Candidate">What the candidate says.</param>
public sealed record CandidateSample(string Prompt, string Base, string Candidate);
