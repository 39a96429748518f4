using Microsoft.Data.Sqlite;

namespace MicroChat.Feedback.Sqlite;

/// <content>Replies judged against each other.</content>
public sealed partial class SqliteFeedbackStore
{
    private const string AnswerColumns = "SELECT id, person, outcome, tiers, time FROM answers";

    /// <inheritdoc/>
    public Task<ComparisonRecord> CompareAsync(IReadOnlyList<Guid> candidates, Random? order, CancellationToken cancellationToken)
    {
        Guid[] shown = [.. candidates];
        order?.Shuffle(shown);
        return database.WriteAsync(session =>
        {
            ComparisonRules.Require([.. candidates.Select(id => Find(session, id) ?? throw ComparisonRules.Unknown(id))]);
            DateTimeOffset now = Kept(time.GetUtcNow());
            var comparison = new ComparisonRecord { Id = Guid.CreateVersion7(now), Shown = shown, Time = now };
            Insert(session, comparison);
            return comparison;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ComparisonRecord> PlantControlAsync(NewControl control, Random order, CancellationToken cancellationToken)
    {
        ComparisonRules.Require(control);
        DateTimeOffset now = Kept(time.GetUtcNow());
        var conversation = Guid.CreateVersion7(now);
        ExchangeRecord[] replies = [ControlExchange(control, control.Better, conversation, now), ControlExchange(control, control.Worse, conversation, now)];
        Guid[] shown = [.. replies.Select(reply => reply.Id)];
        order.Shuffle(shown);
        var comparison = new ComparisonRecord { Id = Guid.CreateVersion7(now), Shown = shown, Time = now, KnownBest = replies[0].Id };
        return database.WriteAsync(session =>
        {
            foreach (ExchangeRecord reply in replies)
            {
                Add(session, reply);
            }
            Insert(session, comparison);
            return comparison;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ComparisonRecord?> FindControlAsync(string platform, string server, Pseudonym unansweredBy, CancellationToken cancellationToken) => database.ReadAsync(session =>
        session.Query(
            """
            SELECT c.id FROM comparisons c JOIN exchanges e ON e.id = c.known_best WHERE c.known_best IS NOT NULL AND e.platform = $1 AND e.server = $2
                AND NOT EXISTS (SELECT 1 FROM answers a WHERE a.comparison = c.id AND a.person = $3)
            ORDER BY c.time, c.id LIMIT 1
            """, row => row.Id(0), platform, server, unansweredBy) is [var id] ? FindComparison(session, id) : null, cancellationToken);

    /// <inheritdoc/>
    public Task<RatingOutcome> AnswerAsync(NewAnswer answer, CancellationToken cancellationToken) => answer.Rater.Kind != RaterKind.Person
        ? Task.FromResult(RatingOutcome.NotAPerson)
        : database.WriteAsync(session => Answer(session, answer), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> RetractAnswerAsync(Guid comparison, Pseudonym person, CancellationToken cancellationToken) => database.EraseAsync(session =>
        new Eraser(session, time).Answers(DeletionReason.Retracted, "comparison = $1 AND person = $2", comparison, person) > 0, erased => erased, cancellationToken);

    /// <inheritdoc/>
    public Task<ComparisonRecord?> FindComparisonAsync(Guid comparison, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FindComparison(session, comparison), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ComparisonRecord>> ComparisonsOfAsync(Guid exchange, CancellationToken cancellationToken) =>
        database.ReadAsync(session => ComparisonsOf(session, exchange), cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ComparisonRecord>> ListComparisonsAsync(Pseudonym? unansweredBy, string? cursor, int limit, CancellationToken cancellationToken)
    {
        PageCursor after = PageCursor.Parse(cursor);
        PageCursor.RequireLimit(limit);
        return database.ReadAsync(session =>
        {
            List<(Guid Id, DateTimeOffset Time)> rows = session.Query(
                """
                SELECT c.id, c.time FROM comparisons c WHERE (c.time, c.id) < ($1, $2)
                    AND ($3 IS NULL OR NOT EXISTS (SELECT 1 FROM answers a WHERE a.comparison = c.id AND a.person = $3))
                ORDER BY c.time DESC, c.id DESC LIMIT $4
                """, row => (row.Id(0), row.Time(1)), after.Milliseconds, after.Id, unansweredBy, limit + 1);
            return PageCursor.Cut(rows, limit, row => (row.Time, row.Id)).Map(row => FindComparison(session, row.Id)!);
        }, cancellationToken);
    }

    private static ExchangeRecord ControlExchange(NewControl control, string reply, Guid conversation, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        Conversation = conversation,
        Place = control.Place,
        Person = control.Person,
        Origin = PromptOrigin.Control,
        Prompt = control.Prompt,
        ModelVersion = ComparisonRules.ControlModel,
        Time = now,
        Reply = new ExchangeReply { Status = ReplyStatus.Complete, Text = reply, Time = now },
    };

    private static IReadOnlyList<ComparisonRecord> ComparisonsOf(SqliteSession session, Guid exchange) =>
    [
        .. session.Query("SELECT c.id FROM comparisons c JOIN candidates k ON k.comparison = c.id WHERE k.exchange = $1 ORDER BY c.time, c.id", row => row.Id(0), exchange)
            .Select(id => FindComparison(session, id)!),
    ];

    private static void Insert(SqliteSession session, ComparisonRecord comparison)
    {
        session.Execute("INSERT INTO comparisons (id, time, known_best) VALUES ($1, $2, $3)", comparison.Id, comparison.Time, comparison.KnownBest);
        for (int i = 0; i < comparison.Shown.Count; i++)
        {
            session.Execute("INSERT INTO candidates (comparison, position, exchange) VALUES ($1, $2, $3)", comparison.Id, i, comparison.Shown[i]);
        }
    }

    private RatingOutcome Answer(SqliteSession session, NewAnswer answer)
    {
        if (FindComparison(session, answer.Comparison) is not { } comparison)
        {
            return RatingOutcome.Unknown;
        }
        string tiers = ComparisonRules.Encode(comparison, answer);
        ComparisonAnswer? earlier = comparison.Answers.SingleOrDefault(a => a.Person == answer.Rater.Person);
        if (earlier is not null && earlier.Outcome == answer.Outcome && ComparisonRules.Encode(comparison.Shown, earlier.Tiers) == tiers)
        {
            return RatingOutcome.Unchanged;
        }
        DateTimeOffset now = time.GetUtcNow();
        Store(session, comparison.Id, earlier?.Id ?? Guid.CreateVersion7(now), answer.Rater.Person, answer.Outcome, tiers, now);
        See(session, answer.Rater);
        return earlier is null ? RatingOutcome.Stored : RatingOutcome.Changed;
    }

    private static void Store(SqliteSession session, Guid comparison, Guid id, Pseudonym person, ComparisonOutcome outcome, string tiers, DateTimeOffset now) =>
        session.Execute(
            """
            INSERT INTO answers (id, comparison, person, outcome, tiers, time) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (comparison, person) DO UPDATE SET outcome = excluded.outcome, tiers = excluded.tiers, time = excluded.time
            """, id, comparison, person, outcome, tiers, now);

    private static ComparisonRecord? FindComparison(SqliteSession session, Guid id)
    {
        List<(DateTimeOffset Time, Guid? Best)> made = session.Query("SELECT time, known_best FROM comparisons WHERE id = $1", row => (row.Time(0), row.OptionalId(1)), id);
        if (made.Count == 0)
        {
            return null;
        }
        List<Guid> shown = session.Query("SELECT exchange FROM candidates WHERE comparison = $1 ORDER BY position", row => row.Id(0), id);
        return new ComparisonRecord
        {
            Id = id,
            Shown = shown,
            Time = made[0].Time,
            KnownBest = made[0].Best,
            Answers = session.Query($"{AnswerColumns} WHERE comparison = $1 ORDER BY time, id", row => ReadAnswer(row, shown), id),
        };
    }

    private static ComparisonAnswer ReadAnswer(SqliteDataReader row, IReadOnlyList<Guid> shown) => new()
    {
        Id = row.Id(0),
        Person = row.Person(1),
        Outcome = (ComparisonOutcome)row.GetInt32(2),
        Tiers = ComparisonRules.Decode(shown, row.GetString(3)),
        Time = row.Time(4),
    };

    /// <summary>A time as the database keeps it: to the millisecond.</summary>
    private static DateTimeOffset Kept(DateTimeOffset moment) => DateTimeOffset.FromUnixTimeMilliseconds(moment.ToUnixTimeMilliseconds());
}
