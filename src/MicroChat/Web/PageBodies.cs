namespace MicroChat.Web;

/// <summary>Body of an error.</summary>
internal sealed record ErrorBody(ErrorDetail Error);

/// <param name="Code">For programs.</param>
/// <param name="Message">For people.</param>
/// <param name="Retry">Whether the same request may succeed later.</param>
internal sealed record ErrorDetail(string Code, string Message, bool Retry);

/// <summary>What the page needs to know when it opens.</summary>
/// <param name="Model">Name and generation of the model that replies.</param>
/// <param name="Temperature">The model's own temperature.</param>
/// <param name="LongestMessage">Unit: characters.</param>
/// <param name="Training">Whether this visitor allows training; null: not answered yet.</param>
internal sealed record SessionBody(string Model, double Temperature, int LongestMessage, bool? Training);

/// <summary>A message to reply to, or a reply to try again.</summary>
/// <param name="Conversation">Null: a new one.</param>
/// <param name="Parent">The exchange that the message follows; null: it begins the conversation.</param>
/// <param name="Message">What the visitor says; unused with <paramref name="Retry"/>.</param>
/// <param name="Retry">The exchange whose reply is to be tried again; null: a new message.</param>
/// <param name="Two">Whether two replies are wanted.</param>
/// <param name="System">Persona of a new conversation; null: none.</param>
/// <param name="Temperature">0 to 2; null: the model's own.</param>
internal sealed record ChatBody(Guid? Conversation, Guid? Parent, string? Message, Guid? Retry, bool Two, string? System, double? Temperature);

/// <summary>Ends a reply early.</summary>
internal sealed record StopBody(Guid Run);

/// <summary>A rating; 0 takes it back.</summary>
internal sealed record RateBody(Guid Reply, int Value, string? Reason, string? Comment);

/// <summary>An answer to a comparison: "left", "right", "tie", "both-bad".</summary>
internal sealed record CompareBody(Guid Comparison, string? Choice);

/// <summary>The visitor's choice about training.</summary>
internal sealed record ConsentBody(bool Training);

/// <summary>The visitor's conversations, the newest first.</summary>
/// <param name="Next">Cursor of the following page; null: this was the last.</param>
internal sealed record ConversationListBody(IReadOnlyList<ConversationItem> Conversations, string? Next);

/// <summary>A conversation in the list.</summary>
internal sealed record ConversationItem(Guid Id, string Title, DateTimeOffset Updated);

/// <summary>A conversation as the page shows it.</summary>
internal sealed record ConversationBody(Guid Id, string? System, IReadOnlyList<TurnBody> Turns);

/// <summary>What the visitor said and the candidates for a reply.</summary>
/// <param name="Chosen">The candidate from which the conversation goes on.</param>
/// <param name="Comparison">The newest comparison of two candidates; null: none, or the conversation went on.</param>
internal sealed record TurnBody(string Message, DateTimeOffset Time, IReadOnlyList<ReplyBody> Replies, Guid? Chosen, ComparisonBody? Comparison);

/// <param name="Finish">"end", "stopped" or "interrupted".</param>
internal sealed record ReplyBody(Guid Id, string Text, string Generation, string Finish, RatingBody? Rating);

/// <summary>The visitor's own rating.</summary>
internal sealed record RatingBody(int Value, string? Reason, string? Comment);

/// <summary>Candidates to compare.</summary>
/// <param name="Kind">"ab": made at once. "retry": the second was made after the first had been read.</param>
/// <param name="Shown">In the order in which they are shown.</param>
/// <param name="Choice">As in <see cref="CompareBody"/>; null: not answered.</param>
internal sealed record ComparisonBody(Guid Id, string Kind, IReadOnlyList<Guid> Shown, string? Choice);

/// <summary>One line of a streamed answer. Which fields are set depends on <paramref name="Event"/>.</summary>
/// <param name="Event">"run", "queue", "start", "notice", "text", "end", "drop", "error".</param>
internal sealed record ChatEvent(string Event)
{
    /// <summary>"run": name the reply by this to stop it.</summary>
    public Guid? Run { get; init; }

    /// <summary>"run": the conversation, new ones included.</summary>
    public Guid? Conversation { get; init; }

    /// <summary>"queue": 1 is next.</summary>
    public int? Position { get; init; }

    /// <summary>"queue": estimated wait; absent: unknown.</summary>
    public double? Seconds { get; init; }

    /// <summary>"start": the candidates, in the order in which they were made.</summary>
    public IReadOnlyList<StartedReply>? Replies { get; init; }

    /// <summary>"start": set where two replies stand side by side.</summary>
    public ComparisonBody? Comparison { get; init; }

    /// <summary>"notice": oldest exchanges that the model no longer sees.</summary>
    public int? Dropped { get; init; }

    /// <summary>"text", "end", "drop": the candidate that is meant.</summary>
    public Guid? Reply { get; init; }

    /// <summary>"text": what is to be added.</summary>
    public string? Text { get; init; }

    /// <summary>"end": "end", "length", "stopped" or "interrupted".</summary>
    public string? Finish { get; init; }

    /// <summary>"error": for people.</summary>
    public string? Message { get; init; }

    /// <summary>"error": whether it may help to try again.</summary>
    public bool? Retry { get; init; }
}

/// <summary>A reply that begins.</summary>
internal sealed record StartedReply(Guid Id, string Generation);
