namespace MicroChat.Feedback;

/// <summary>Two or more replies to one prompt that were, or are to be, judged against each other.</summary>
public sealed record ComparisonRecord
{
    public required Guid Id { get; init; }

    /// <summary>Exchanges in the order in which they are shown, drawn at random when the comparison was made.</summary>
    public required IReadOnlyList<Guid> Shown { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The better reply, where the operator planted the comparison to measure raters (a control); null: an ordinary one. Never shown, never trained on.</summary>
    public Guid? KnownBest { get; init; }

    /// <summary>Current answers, one per person, oldest first; none: unanswered.</summary>
    public IReadOnlyList<ComparisonAnswer> Answers { get; init; } = [];
}

/// <summary>A comparison that an operator plants to see who judges well: a prompt with two replies, one of which is better beyond doubt.</summary>
/// <param name="Place">Where it is shown.</param>
/// <param name="Person">Stands as the one who asked: the operator, or whom it is shown to.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Better">The reply that everybody should prefer.</param>
/// <param name="Worse">The other one.</param>
public sealed record NewControl(Place Place, Pseudonym Person, string Prompt, string Better, string Worse);

/// <summary>One person's current answer.</summary>
public sealed record ComparisonAnswer
{
    /// <summary>Given by the store at the first answer; stays when the person changes it.</summary>
    public required Guid Id { get; init; }

    public required Pseudonym Person { get; init; }

    public required ComparisonOutcome Outcome { get; init; }

    /// <summary>
    /// All candidates, best first; those in one tier are equally good. A winner stands alone before all others;
    /// a tie, and all of them bad, is one tier.
    /// </summary>
    public required IReadOnlyList<IReadOnlyList<Guid>> Tiers { get; init; }

    /// <summary>When it was given or last changed.</summary>
    public required DateTimeOffset Time { get; init; }
}

/// <summary>What an answer says.</summary>
public enum ComparisonOutcome
{
    Winner,
    Tie,

    /// <summary>None is acceptable.</summary>
    AllBad,

    /// <summary>All candidates were put into order, ties allowed.</summary>
    Ranked,
}

/// <summary>An answer that is being given. Make one with the methods here.</summary>
/// <param name="Comparison">The comparison that is answered.</param>
/// <param name="Rater">Who answers.</param>
/// <param name="Outcome">What the answer says.</param>
/// <param name="Tiers">For <see cref="ComparisonOutcome.Winner"/> the winner alone; for <see cref="ComparisonOutcome.Ranked"/> every candidate once, best tier first; else empty.</param>
public sealed record NewAnswer(Guid Comparison, Rater Rater, ComparisonOutcome Outcome, IReadOnlyList<IReadOnlyList<Guid>> Tiers)
{
    public static NewAnswer Winner(Guid comparison, Rater rater, Guid winner) => new(comparison, rater, ComparisonOutcome.Winner, [[winner]]);

    public static NewAnswer Tie(Guid comparison, Rater rater) => new(comparison, rater, ComparisonOutcome.Tie, []);

    public static NewAnswer AllBad(Guid comparison, Rater rater) => new(comparison, rater, ComparisonOutcome.AllBad, []);

    /// <param name="tiers">Every candidate once, best tier first; those in one tier are equally good.</param>
    public static NewAnswer Ranking(Guid comparison, Rater rater, IReadOnlyList<IReadOnlyList<Guid>> tiers) =>
        new(comparison, rater, ComparisonOutcome.Ranked, tiers);
}
