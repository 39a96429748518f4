namespace MicroChat.Feedback;

/// <summary>Why something was deleted.</summary>
public enum DeletionReason
{
    /// <summary>A person or an operator deleted this exchange or conversation.</summary>
    Asked,

    /// <summary>A message that carried it was deleted on the platform.</summary>
    MessageDeleted,

    /// <summary>A person asked to be forgotten.</summary>
    PersonForgotten,

    /// <summary>The bot left the server, or the channel or thread was deleted.</summary>
    PlaceLeft,

    /// <summary>It was older than the operator keeps things.</summary>
    Retention,

    /// <summary>A person took a rating or an answer back.</summary>
    Retracted,

    /// <summary>A person no longer allows training. The rows are there still; the tombstones go when the person allows it again.</summary>
    OptedOut,
}

/// <summary>What stays of a deleted row: enough to drop it from a snapshot, nothing about a person.</summary>
/// <param name="Number">Grows with every deletion; orders tombstones.</param>
/// <param name="Kind">What was deleted.</param>
/// <param name="Id">Its id, as snapshots name it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Time">When.</param>
public sealed record Tombstone(long Number, DeletedKind Kind, Guid Id, DeletionReason Reason, DateTimeOffset Time);

/// <summary>What a tombstone stands for.</summary>
public enum DeletedKind
{
    Exchange,
    Rating,
    Comparison,
    Answer,

    /// <summary>The exchange is there still, but its text or that of its context is not.</summary>
    ExchangeText,
}

/// <summary>What a deletion took away.</summary>
public sealed record DeletionReport(int Exchanges, int Ratings, int Comparisons, int Answers, int ErasedContexts)
{
    public static DeletionReport None { get; } = new(0, 0, 0, 0, 0);

    /// <summary>Whether nothing was found to delete.</summary>
    public bool IsEmpty => this == None;
}

/// <summary>How long things are kept.</summary>
public sealed record RetentionOptions
{
    /// <summary>Text and tokens older than this are erased, ratings stay countable; null: kept. Unit: days, at least 1.</summary>
    public int? TextDays { get; init; }

    /// <summary>Whole exchanges older than this are deleted with their ratings; null: kept. Unit: days, at least 1.</summary>
    public int? ExchangeDays { get; init; }
}
