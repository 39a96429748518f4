using MicroChat.Feedback.Trust;

namespace MicroChat.Feedback;

/// <summary>
/// Exchanges and what people say about them. All methods may be called from any thread; a write that returned is on disk and survives
/// the program being killed. Text is encrypted before it is written, persons are pseudonyms.
/// </summary>
/// <remarks>
/// Every method throws <see cref="FeedbackException"/> when the database refuses (damaged, locked by another program, read-only, disk full)
/// or an argument makes no sense; nothing was written then.
/// </remarks>
public interface IFeedbackStore : IExchangeStore, IRatingStore, IComparisonStore, IConsentStore, IFeedbackDeletion, IFeedbackQueries, ISnapshotStore, IAsyncDisposable
{
    /// <summary>The name that this store has for a person; the same for the same two texts, for as long as the store lives.</summary>
    /// <param name="platform">One of <see cref="Platforms"/>.</param>
    /// <param name="userId">The platform's id of the user; it is not stored.</param>
    public Pseudonym PseudonymOf(string platform, string userId);
}

/// <summary>Writing exchanges.</summary>
public interface IExchangeStore
{
    /// <summary>Adds an exchange, with its reply or (<see cref="ExchangeRecord.Reply"/> null) before it.</summary>
    /// <remarks>An id that is there already with the same conversation: does nothing, so that a caller may repeat after a failure.</remarks>
    /// <exception cref="FeedbackException">The parent is unknown or in another conversation, or the numbers of tokens and log-probabilities differ.</exception>
    public Task AddExchangeAsync(ExchangeRecord exchange, CancellationToken cancellationToken);

    /// <summary>Sets the reply of an exchange; a later call replaces an earlier one.</summary>
    /// <returns>False: there is no such exchange (any more).</returns>
    public Task<bool> SetReplyAsync(Guid exchange, ExchangeReply reply, CancellationToken cancellationToken);

    /// <summary>Sets the tokens of the prompt, where they are known only after the exchange was added.</summary>
    /// <returns>False: there is no such exchange (any more), or its context was erased.</returns>
    public Task<bool> SetPromptTokensAsync(Guid exchange, IReadOnlyList<int> tokens, CancellationToken cancellationToken);

    /// <summary>Adds messages on the platform that carry this exchange (the parts of a split reply, the person's own message).</summary>
    /// <returns>False: there is no such exchange (any more).</returns>
    public Task<bool> AttachMessagesAsync(Guid exchange, IReadOnlyList<PlatformMessage> messages, CancellationToken cancellationToken);

    /// <summary>One exchange; null: there is none.</summary>
    public Task<ExchangeRecord?> FindExchangeAsync(Guid exchange, CancellationToken cancellationToken);

    /// <summary>The exchange that a message on a platform carries; null: none.</summary>
    public Task<ExchangeRecord?> FindByMessageAsync(string platform, string messageId, CancellationToken cancellationToken);
}

/// <summary>👍 and 👎: one current rating per person and exchange; the last state wins.</summary>
public interface IRatingStore
{
    /// <summary>Sets a person's rating. Reason and comment replace the earlier ones, also by nothing.</summary>
    /// <exception cref="FeedbackException">The value is neither +1 nor −1, or the comment is too long.</exception>
    public Task<RatingOutcome> RateAsync(NewRating rating, CancellationToken cancellationToken);

    /// <summary>Sets and takes back many ratings at once, as when thousands react to one message: all in one step, or none.</summary>
    /// <param name="changes">In order; later ones win. Those by bots and those about exchanges that cannot be rated are left out. Set ratings lose reason and comment.</param>
    /// <param name="cancellationToken">Stops it; nothing was written then.</param>
    /// <returns>How many changed something.</returns>
    /// <exception cref="FeedbackException">A value is neither +1 nor −1.</exception>
    public Task<int> ChangeRatingsAsync(IReadOnlyList<RatingChange> changes, CancellationToken cancellationToken);

    /// <summary>Takes a person's rating back.</summary>
    /// <returns>False: there was none.</returns>
    public Task<bool> RetractRatingAsync(Guid exchange, Pseudonym person, CancellationToken cancellationToken);

    /// <summary>Takes everybody's ratings of an exchange back, as when all reactions of a message are cleared.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> RetractRatingsAsync(Guid exchange, CancellationToken cancellationToken);

    /// <summary>Current ratings of an exchange, oldest first.</summary>
    public Task<IReadOnlyList<Rating>> RatingsOfAsync(Guid exchange, CancellationToken cancellationToken);

    /// <summary>What is known about a rater; null: gave no feedback yet.</summary>
    public Task<RaterRecord?> FindRaterAsync(Pseudonym person, CancellationToken cancellationToken);

    /// <summary>All raters, by first seen; for the reports on trust.</summary>
    public Task<IReadOnlyList<RaterRecord>> RatersAsync(CancellationToken cancellationToken);
}

/// <summary>Replies judged against each other.</summary>
public interface IComparisonStore
{
    /// <summary>Makes a comparison of replies to one prompt and draws the order in which they are to be shown.</summary>
    /// <param name="candidates">Two to sixteen different exchanges of one conversation with the same parent and prompt, each with a reply.</param>
    /// <param name="order">Draws the order; null: they are shown as they are listed, because the caller drew that order before they were written.</param>
    /// <param name="cancellationToken">Stops it; nothing was written then.</param>
    /// <exception cref="FeedbackException">The candidates are not like that; the message says which.</exception>
    public Task<ComparisonRecord> CompareAsync(IReadOnlyList<Guid> candidates, Random? order, CancellationToken cancellationToken);

    /// <summary>Plants a control: makes both exchanges and a comparison of them that remembers which is better. It is listed and answered like any other.</summary>
    /// <exception cref="FeedbackException">A text is empty, or the replies are the same.</exception>
    public Task<ComparisonRecord> PlantControlAsync(NewControl control, Random order, CancellationToken cancellationToken);

    /// <summary>The oldest control planted for a server (or a platform without servers) that a person has not answered; null: there is none.</summary>
    public Task<ComparisonRecord?> FindControlAsync(string platform, string server, Pseudonym unansweredBy, CancellationToken cancellationToken);

    /// <summary>Sets a person's answer; the last one counts.</summary>
    /// <exception cref="FeedbackException">The tiers do not fit the candidates.</exception>
    public Task<RatingOutcome> AnswerAsync(NewAnswer answer, CancellationToken cancellationToken);

    /// <summary>Takes a person's answer back.</summary>
    /// <returns>False: there was none.</returns>
    public Task<bool> RetractAnswerAsync(Guid comparison, Pseudonym person, CancellationToken cancellationToken);

    /// <summary>One comparison with its answers; null: there is none.</summary>
    public Task<ComparisonRecord?> FindComparisonAsync(Guid comparison, CancellationToken cancellationToken);

    /// <summary>Comparisons in which an exchange is a candidate, oldest first.</summary>
    public Task<IReadOnlyList<ComparisonRecord>> ComparisonsOfAsync(Guid exchange, CancellationToken cancellationToken);

    /// <summary>Comparisons, newest first.</summary>
    /// <param name="unansweredBy">Only those which this person has not answered yet; null: all.</param>
    /// <param name="cursor">Where the page before ended; null: the newest.</param>
    /// <param name="limit">Most rows, 1 to 500.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<Page<ComparisonRecord>> ListComparisonsAsync(Pseudonym? unansweredBy, string? cursor, int limit, CancellationToken cancellationToken);
}

/// <summary>Who allows what.</summary>
public interface IConsentStore
{
    /// <summary>Stores a person's choice, in place of an earlier one for the same server.</summary>
    public Task SetConsentAsync(PersonConsent consent, CancellationToken cancellationToken);

    /// <summary>The choice that holds for a person on a server: the one for the server, else the one for everywhere; null: never asked.</summary>
    public Task<PersonConsent?> FindConsentAsync(Pseudonym person, string server, CancellationToken cancellationToken);

    /// <summary>Stores what a server allows, in place of what it allowed before.</summary>
    public Task SetServerPolicyAsync(ServerPolicy policy, CancellationToken cancellationToken);

    /// <summary>What a server allows; null: nobody decided, which counts as <see cref="TrainingContent.Arena"/>.</summary>
    public Task<ServerPolicy?> FindServerPolicyAsync(string platform, string server, CancellationToken cancellationToken);
}

/// <summary>
/// Deleting. What is deleted is gone from the bytes of the database when the call returns; ratings, comparisons and answers of a deleted
/// exchange go with it, later exchanges of the conversation lose the prompt tokens that repeat its text, and a tombstone is left for each.
/// </summary>
public interface IFeedbackDeletion
{
    /// <summary>Deletes one exchange.</summary>
    public Task<DeletionReport> DeleteExchangeAsync(Guid exchange, CancellationToken cancellationToken);

    /// <summary>Deletes a whole conversation.</summary>
    public Task<DeletionReport> DeleteConversationAsync(Guid conversation, CancellationToken cancellationToken);

    /// <summary>Deletes the exchanges that any of these messages carried.</summary>
    public Task<DeletionReport> DeleteMessagesAsync(string platform, IReadOnlyList<string> messageIds, CancellationToken cancellationToken);

    /// <summary>Forgets a person: their exchanges, ratings, answers, choices, and their part in what others' prompts held.</summary>
    public Task<DeletionReport> ForgetPersonAsync(Pseudonym person, CancellationToken cancellationToken);

    /// <summary>Forgets a person on one server that they left: their exchanges, ratings, answers and choice there, and their part in what others' prompts held there.</summary>
    public Task<DeletionReport> ForgetMemberAsync(Pseudonym person, string platform, string server, CancellationToken cancellationToken);

    /// <summary>Deletes everything said in a place: a server, or (where they are set) only one channel or thread of it.</summary>
    /// <exception cref="FeedbackException">The place names no server, channel or thread.</exception>
    public Task<DeletionReport> DeletePlaceAsync(Place place, CancellationToken cancellationToken);

    /// <summary>Erases what is older than the options keep. The host calls it at start and once a day.</summary>
    public Task<DeletionReport> ApplyRetentionAsync(RetentionOptions options, CancellationToken cancellationToken);

    /// <summary>Tombstones with a greater number, oldest first.</summary>
    public Task<IReadOnlyList<Tombstone>> TombstonesAsync(long after, CancellationToken cancellationToken);
}

/// <summary>Reading back.</summary>
public interface IFeedbackQueries
{
    /// <summary>All exchanges of a conversation, by time; branches and retries included (see <see cref="Branches"/>). Empty: there is none.</summary>
    public Task<IReadOnlyList<RatedExchange>> ReadConversationAsync(Guid conversation, CancellationToken cancellationToken);

    /// <summary>Conversations in which a person wrote, that with the newest exchange first.</summary>
    /// <param name="person">Whose.</param>
    /// <param name="cursor">Where the page before ended; null: the newest.</param>
    /// <param name="limit">Most rows, 1 to 500.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<Page<ConversationSummary>> ListConversationsAsync(Pseudonym person, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>Exchanges that an operator looks for, newest first.</summary>
    public Task<Page<RatedExchange>> FindAsync(FeedbackQuery query, CancellationToken cancellationToken);

    /// <summary>Counts over a span of time.</summary>
    /// <param name="from">Earliest time, itself included; null: from the beginning.</param>
    /// <param name="to">Latest time, itself not included; null: to the end.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<FeedbackStatistics> StatisticsAsync(DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellationToken);

    /// <summary>Which model replied in which exchange, and how that ended; no text is read. Oldest first.</summary>
    /// <param name="from">Earliest time, itself included.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<IReadOnlyList<ExchangeMark>> MarksAsync(DateTimeOffset from, CancellationToken cancellationToken);
}

/// <summary>Data sets for training.</summary>
public interface ISnapshotStore
{
    /// <summary>Writes everything that may be trained on into a new folder, or nothing at all.</summary>
    /// <param name="folder">It must not exist, or be empty; it appears whole, with its manifest.</param>
    /// <param name="options">What may enter it.</param>
    /// <param name="cancellationToken">Stops it; nothing is left of the folder then.</param>
    public Task<SnapshotManifest> ExportSnapshotAsync(string folder, SnapshotOptions options, CancellationToken cancellationToken);

    /// <summary>Judges everybody whose votes a snapshot with these options would look at; writes nothing.</summary>
    /// <exception cref="FeedbackException">The options are wrong.</exception>
    public Task<TrustReport> JudgeRatersAsync(SnapshotOptions options, CancellationToken cancellationToken);

    /// <summary>Takes in a snapshot (a folder) or a file of ratings that the terminal wrote before it had this store. Importing twice changes nothing; what was deleted here stays deleted.</summary>
    /// <exception cref="FeedbackException">A row or a hash is wrong; the message names file and line, and nothing was imported.</exception>
    public Task<ImportReport> ImportAsync(string path, CancellationToken cancellationToken);
}
