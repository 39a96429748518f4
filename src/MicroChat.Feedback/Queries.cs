namespace MicroChat.Feedback;

/// <summary>A conversation in a list.</summary>
/// <param name="Id">The conversation.</param>
/// <param name="Place">Where its first exchange took place.</param>
/// <param name="FirstPrompt">Text of its first message, for a title; null once erased.</param>
/// <param name="Exchanges">How many there are, retries included.</param>
/// <param name="Started">Time of its first exchange.</param>
/// <param name="Latest">Time of its newest exchange.</param>
public sealed record ConversationSummary(
    Guid Id, Place Place, string? FirstPrompt, int Exchanges, DateTimeOffset Started, DateTimeOffset Latest);

/// <summary>A slice of a list.</summary>
/// <param name="Items">In the order that the method promises.</param>
/// <param name="Next">Give this back as the cursor to get the following slice; null: this was the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>What an operator looks for. Everything that is set must hold.</summary>
public sealed record FeedbackQuery
{
    /// <summary>+1 or −1: a current rating of this value exists; null: does not matter.</summary>
    public int? Rating { get; init; }

    /// <summary>True: any current rating exists; false: none does; null: does not matter.</summary>
    public bool? IsRated { get; init; }

    public RatingReason? Reason { get; init; }

    /// <summary>True: a current rating has a comment; false: none has; null: does not matter.</summary>
    public bool? HasComment { get; init; }

    public string? Platform { get; init; }

    public string? Server { get; init; }

    public string? ModelVersion { get; init; }

    public Pseudonym? Person { get; init; }

    /// <summary>Earliest time, itself included.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Latest time, itself not included.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>
    /// Occurs in prompt, reply or a comment, ignoring case; null: does not matter. Texts are encrypted, so the search decrypts: one
    /// call looks at no more than <see cref="ScanLimit"/> exchanges, and its page may be shorter than the limit and still have a next one.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>Most exchanges of a page, 1 to 500.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>Where the page before ended; null: the newest.</summary>
    public string? Cursor { get; init; }

    /// <summary>Most exchanges that one call decrypts to find <see cref="Text"/>.</summary>
    public const int ScanLimit = 5_000;
}

/// <summary>An exchange with what people say about it.</summary>
public sealed record RatedExchange(ExchangeRecord Exchange, IReadOnlyList<Rating> Ratings);

/// <summary>An exchange without its text.</summary>
/// <param name="Id">The exchange.</param>
/// <param name="Conversation">What it belongs to.</param>
/// <param name="Place">Where.</param>
/// <param name="ModelVersion">Name and generation of the model that replied.</param>
/// <param name="Time">When the prompt came.</param>
/// <param name="Status">How the reply ended; null: it did not.</param>
/// <param name="IsRepeated">Whether the same was asked again later, at the same point of the conversation.</param>
public sealed record ExchangeMark(Guid Id, Guid Conversation, Place Place, string ModelVersion, DateTimeOffset Time, ReplyStatus? Status, bool IsRepeated);

/// <summary>Counts over a span of time.</summary>
public sealed record FeedbackStatistics
{
    /// <summary>One row per day (UTC) on which there was anything, oldest first.</summary>
    public required IReadOnlyList<DayCounts> Days { get; init; }

    /// <summary>One row per model version, by time of its first exchange.</summary>
    public required IReadOnlyList<ModelCounts> Models { get; init; }

    /// <summary>Persons who wrote or rated.</summary>
    public required long Persons { get; init; }
}

/// <summary>Counts of one day: exchanges and comparisons made on it, ratings and answers given (or last changed) on it.</summary>
public sealed record DayCounts(DateOnly Day, long Exchanges, long Up, long Down, long Comparisons, long Answers);

/// <summary>Counts of one model version, over exchanges made in the span.</summary>
public sealed record ModelCounts(string ModelVersion, long Exchanges, long Up, long Down)
{
    /// <summary>Share of +1 among the ratings with its 95 % Wilson interval; null: no ratings.</summary>
    public WilsonInterval? UpRate => Up + Down == 0 ? null : WilsonInterval.Of(Up, Up + Down);
}
