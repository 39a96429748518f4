using Microsoft.Data.Sqlite;

namespace MicroChat.Feedback.Sqlite;

/// <content>👍 and 👎.</content>
public sealed partial class SqliteFeedbackStore
{
    private const string Comment = "ratings.comment";

    private const string RatingColumns = "r.id, r.exchange, r.person, r.person = e.person, r.value, r.reason, r.comment, r.time";

    private const string RaterColumns =
        """
        SELECT p.person, p.first_seen, p.account_created,
            (SELECT COUNT(*) FROM ratings r WHERE r.person = p.person AND r.value > 0),
            (SELECT COUNT(*) FROM ratings r WHERE r.person = p.person AND r.value < 0),
            (SELECT COUNT(*) FROM answers a WHERE a.person = p.person)
        FROM raters p
        """;

    /// <inheritdoc/>
    public Task<RatingOutcome> RateAsync(NewRating rating, CancellationToken cancellationToken)
    {
        ExchangeRules.Require(rating);
        return rating.Rater.Kind != RaterKind.Person
            ? Task.FromResult(RatingOutcome.NotAPerson)
            : database.EraseAsync(session => Rate(session, rating), outcome => outcome == RatingOutcome.Changed, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> ChangeRatingsAsync(IReadOnlyList<RatingChange> changes, CancellationToken cancellationToken)
    {
        NewRating?[] set = [.. changes.Select(change => change.Value is { } value ? new NewRating(change.Exchange, change.Rater, value, null, null) : null)];
        foreach (NewRating rating in set.OfType<NewRating>())
        {
            ExchangeRules.Require(rating);
        }
        if (set.Length == 0)
        {
            return 0;
        }
        (int changed, _) = await database.EraseAsync(session =>
        {
            var eraser = new Eraser(session, time);
            int changed = 0;
            bool erases = false;
            foreach ((int index, RatingChange change) in changes.Index().Where(change => change.Item.Rater.Kind == RaterKind.Person))
            {
                RatingOutcome? outcome = set[index] is { } rating ? Rate(session, rating) : null;
                bool isGone = set[index] is null && eraser.Ratings(DeletionReason.Retracted, "exchange = $1 AND person = $2", change.Exchange, change.Rater.Person) > 0;
                changed += isGone || outcome is RatingOutcome.Stored or RatingOutcome.Changed ? 1 : 0;
                erases |= isGone || outcome == RatingOutcome.Changed;
            }
            return (changed, erases);
        }, result => result.erases, cancellationToken);
        return changed;
    }

    /// <inheritdoc/>
    public Task<bool> RetractRatingAsync(Guid exchange, Pseudonym person, CancellationToken cancellationToken) => database.EraseAsync(session =>
        new Eraser(session, time).Ratings(DeletionReason.Retracted, "exchange = $1 AND person = $2", exchange, person) > 0, erased => erased, cancellationToken);

    /// <inheritdoc/>
    public Task<int> RetractRatingsAsync(Guid exchange, CancellationToken cancellationToken) => database.EraseAsync(session =>
        new Eraser(session, time).Ratings(DeletionReason.Retracted, "exchange = $1", exchange), erased => erased > 0, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Rating>> RatingsOfAsync(Guid exchange, CancellationToken cancellationToken) =>
        database.ReadAsync(session => RatingsOf(session, exchange), cancellationToken);

    /// <inheritdoc/>
    public Task<RaterRecord?> FindRaterAsync(Pseudonym person, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.Query($"{RaterColumns} WHERE p.person = $1", ReadRater, person).SingleOrDefault(), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RaterRecord>> RatersAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<RaterRecord>>(session => session.Query($"{RaterColumns} ORDER BY p.first_seen, p.person", ReadRater), cancellationToken);

    private RatingOutcome Rate(SqliteSession session, NewRating rating)
    {
        List<bool> rateable = session.Query("SELECT reply IS NOT NULL FROM exchanges WHERE id = $1", row => row.GetInt64(0) != 0, rating.Exchange);
        if (rateable is not [true])
        {
            return rateable.Count == 0 ? RatingOutcome.Unknown : RatingOutcome.NotRateable;
        }
        Rating? earlier = session.Query(
            $"SELECT {RatingColumns} FROM ratings r JOIN exchanges e ON e.id = r.exchange WHERE r.exchange = $1 AND r.person = $2", ReadRating, rating.Exchange, rating.Rater.Person).SingleOrDefault();
        if (earlier is not null && (earlier.Value, earlier.Reason, earlier.Comment) == (rating.Value, rating.Reason, rating.Comment))
        {
            return RatingOutcome.Unchanged;
        }
        DateTimeOffset now = time.GetUtcNow();
        Store(session, new Rating
        {
            Id = earlier?.Id ?? Guid.CreateVersion7(now),
            Exchange = rating.Exchange,
            Person = rating.Rater.Person,
            IsByAsker = false,
            Value = rating.Value,
            Reason = rating.Reason,
            Comment = rating.Comment,
            Time = now,
        });
        See(session, rating.Rater);
        return earlier is null ? RatingOutcome.Stored : RatingOutcome.Changed;
    }

    private void Store(SqliteSession session, Rating rating) => session.Execute(
        """
        INSERT INTO ratings (id, exchange, person, value, reason, comment, time) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (exchange, person) DO UPDATE SET value = excluded.value, reason = excluded.reason, comment = excluded.comment, time = excluded.time
        """,
        rating.Id, rating.Exchange, rating.Person, rating.Value, rating.Reason, cipher.Seal(rating.Comment, Comment, rating.Id), rating.Time);

    private void See(SqliteSession session, Rater rater) => session.Execute(
        """
        INSERT INTO raters (person, first_seen, account_created) VALUES ($1, $2, $3)
        ON CONFLICT (person) DO UPDATE SET account_created = COALESCE(excluded.account_created, raters.account_created)
        """, rater.Person, time.GetUtcNow(), rater.AccountCreated);

    private IReadOnlyList<Rating> RatingsOf(SqliteSession session, Guid exchange) => session.Query(
        $"SELECT {RatingColumns} FROM ratings r JOIN exchanges e ON e.id = r.exchange WHERE r.exchange = $1 ORDER BY r.time, r.id", ReadRating, exchange);

    private Rating ReadRating(SqliteDataReader row) => new()
    {
        Id = row.Id(0),
        Exchange = row.Id(1),
        Person = row.Person(2),
        IsByAsker = row.GetInt64(3) != 0,
        Value = row.GetInt32(4),
        Reason = row.IsDBNull(5) ? null : (RatingReason)row.GetInt32(5),
        Comment = cipher.OpenText(row.Bytes(6), Comment, row.Id(0)),
        Time = row.Time(7),
    };

    private static RaterRecord ReadRater(SqliteDataReader row) => new()
    {
        Person = row.Person(0),
        FirstSeen = row.Time(1),
        AccountCreated = row.OptionalTime(2),
        Up = row.GetInt64(3),
        Down = row.GetInt64(4),
        Answers = row.GetInt64(5),
    };
}
