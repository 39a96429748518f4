namespace MicroChat.Feedback;

/// <summary>The current opinion of one person about one reply.</summary>
public sealed record Rating
{
    /// <summary>Given by the store at the first rating; stays when the person changes it.</summary>
    public required Guid Id { get; init; }

    public required Guid Exchange { get; init; }

    public required Pseudonym Person { get; init; }

    /// <summary>Whether the person who rates is the one who asked; a bystander otherwise.</summary>
    public required bool IsByAsker { get; init; }

    /// <summary>+1 or −1.</summary>
    public required int Value { get; init; }

    public RatingReason? Reason { get; init; }

    /// <summary>What the person wrote about it; null: nothing.</summary>
    public string? Comment { get; init; }

    /// <summary>When it was given or last changed.</summary>
    public required DateTimeOffset Time { get; init; }
}

/// <summary>A rating that is being given.</summary>
/// <param name="Exchange">The exchange that is rated.</param>
/// <param name="Rater">Who rates.</param>
/// <param name="Value">+1 or −1.</param>
/// <param name="Reason">Why; null: not said.</param>
/// <param name="Comment">In the person's words; null: nothing. At most <see cref="LongestComment"/> characters.</param>
public sealed record NewRating(Guid Exchange, Rater Rater, int Value, RatingReason? Reason, string? Comment)
{
    /// <summary>Unit: characters.</summary>
    public const int LongestComment = 4_000;
}

/// <summary>A rating that is set or taken back.</summary>
/// <param name="Exchange">The exchange that is rated.</param>
/// <param name="Rater">Who rates.</param>
/// <param name="Value">+1 or −1; null: taken back.</param>
public sealed record RatingChange(Guid Exchange, Rater Rater, int? Value);

/// <summary>Who gives feedback, as the platform tells it.</summary>
/// <param name="Person">The person.</param>
/// <param name="Kind">What the account is; only <see cref="RaterKind.Person"/> counts.</param>
/// <param name="AccountCreated">When the account was made; null: the platform does not tell.</param>
public sealed record Rater(Pseudonym Person, RaterKind Kind, DateTimeOffset? AccountCreated);

/// <summary>What an account is.</summary>
public enum RaterKind
{
    Person,

    /// <summary>This bot: its own seeded reactions.</summary>
    Self,

    /// <summary>Another bot.</summary>
    Bot,

    Webhook,
}

/// <summary>Why a reply was rated so.</summary>
public enum RatingReason
{
    Wrong,
    Unclear,
    TooLong,
    Rude,
    Unsafe,
    Other,
}

/// <summary>What became of a rating (or an answer to a comparison).</summary>
public enum RatingOutcome
{
    /// <summary>It is the person's first for this exchange; it is on disk.</summary>
    Stored,

    /// <summary>It replaced the person's earlier one; it is on disk.</summary>
    Changed,

    /// <summary>It says what the earlier one said; nothing was written.</summary>
    Unchanged,

    /// <summary>Bots, webhooks and the bot itself do not count; nothing was written.</summary>
    NotAPerson,

    /// <summary>There is no such exchange or comparison (any more); nothing was written.</summary>
    Unknown,

    /// <summary>The exchange has no reply yet, or its text was erased; nothing was written.</summary>
    NotRateable,
}

/// <summary>What the store knows about somebody who gave feedback.</summary>
public sealed record RaterRecord
{
    public required Pseudonym Person { get; init; }

    /// <summary>Of the first rating or answer.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>Null: the platform does not tell.</summary>
    public required DateTimeOffset? AccountCreated { get; init; }

    /// <summary>Current ratings of +1.</summary>
    public required long Up { get; init; }

    /// <summary>Current ratings of −1.</summary>
    public required long Down { get; init; }

    /// <summary>Current answers to comparisons, rankings included.</summary>
    public required long Answers { get; init; }
}
