namespace MicroChat.Feedback.Sqlite;

/// <content>Reading back.</content>
public sealed partial class SqliteFeedbackStore
{
    private const int ScanStep = 250;

    /// <inheritdoc/>
    public Task<IReadOnlyList<RatedExchange>> ReadConversationAsync(Guid conversation, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<RatedExchange>>(session => Conversation(session, conversation), cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ConversationSummary>> ListConversationsAsync(Pseudonym person, string? cursor, int limit, CancellationToken cancellationToken)
    {
        PageCursor after = PageCursor.Parse(cursor);
        PageCursor.RequireLimit(limit);
        return database.ReadAsync(session =>
        {
            var rows = session.Query(
                """
                SELECT conversation, COUNT(*), MIN(time), MAX(time) FROM exchanges
                WHERE conversation IN (SELECT conversation FROM exchanges WHERE person = $1)
                GROUP BY conversation HAVING (MAX(time), conversation) < ($2, $3) ORDER BY MAX(time) DESC, conversation DESC LIMIT $4
                """,
                row => (Id: row.Id(0), Exchanges: row.GetInt32(1), Started: row.Time(2), Latest: row.Time(3)), person, after.Milliseconds, after.Id, limit + 1);
            return PageCursor.Cut(rows, limit, row => (row.Latest, row.Id)).Map(row =>
            {
                ExchangeRecord first = ExchangeRows.Query(session, cipher,
                    $"SELECT {ExchangeRows.Columns} FROM exchanges e WHERE e.conversation = $1 ORDER BY e.time, e.id LIMIT 1", row.Id).Single();
                return new ConversationSummary(row.Id, first.Place, first.Prompt, row.Exchanges, row.Started, row.Latest);
            });
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Page<RatedExchange>> FindAsync(FeedbackQuery query, CancellationToken cancellationToken)
    {
        PageCursor.Parse(query.Cursor);
        PageCursor.RequireLimit(query.Limit);
        var filter = FeedbackFilter.Of(query);
        return database.ReadAsync(session => Search(session, filter, query, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<FeedbackStatistics> StatisticsAsync(DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellationToken) =>
        database.ReadAsync(session => SqliteStatistics.Count(session, from ?? DateTimeOffset.MinValue, to ?? DateTimeOffset.MaxValue), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExchangeMark>> MarksAsync(DateTimeOffset from, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ExchangeMark>>(session => session.Query(
            """
            SELECT e.id, e.conversation, e.platform, e.server, e.channel, e.thread, e.model, e.time, e.status,
                EXISTS (SELECT 1 FROM exchanges n WHERE n.conversation = e.conversation AND n.parent IS e.parent AND n.time > e.time)
            FROM exchanges e WHERE e.time >= $1 ORDER BY e.time, e.id
            """,
            row => new ExchangeMark(
                row.Id(0), row.Id(1), new Place(row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5)), row.GetString(6), row.Time(7),
                row.IsDBNull(8) ? null : (ReplyStatus)row.GetInt32(8), row.GetInt64(9) != 0),
            from), cancellationToken);

    private List<RatedExchange> Conversation(SqliteSession session, Guid conversation) =>
    [
        .. ExchangeRows.Query(session, cipher, $"SELECT {ExchangeRows.Columns} FROM exchanges e WHERE e.conversation = $1 ORDER BY e.time, e.id", conversation)
            .Select(exchange => new RatedExchange(exchange, RatingsOf(session, exchange.Id))),
    ];

    private Page<RatedExchange> Search(SqliteSession session, FeedbackFilter filter, FeedbackQuery query, CancellationToken cancellationToken)
    {
        var found = new List<RatedExchange>();
        string? cursor = query.Cursor;
        int step = query.Text is null ? query.Limit : ScanStep;
        for (int scanned = 0; scanned < FeedbackQuery.ScanLimit; scanned += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            PageCursor after = PageCursor.Parse(cursor);
            List<ExchangeRecord> rows = ExchangeRows.Query(session, cipher,
                $"SELECT {ExchangeRows.Columns} FROM exchanges e WHERE (e.time, e.id) < ($1, $2){filter.Condition} ORDER BY e.time DESC, e.id DESC LIMIT {step}",
                [after.Milliseconds, after.Id, .. filter.Values]);
            foreach (ExchangeRecord exchange in rows)
            {
                cursor = PageCursor.Format((exchange.Time, exchange.Id));
                var rated = new RatedExchange(exchange, RatingsOf(session, exchange.Id));
                if (query.Text is null || FeedbackFilter.Mentions(rated, query.Text))
                {
                    found.Add(rated);
                }
                if (found.Count == query.Limit)
                {
                    return new Page<RatedExchange>(found, IsMore(session, filter, cursor) ? cursor : null);
                }
            }
            if (rows.Count < step)
            {
                return new Page<RatedExchange>(found, null);
            }
        }
        return new Page<RatedExchange>(found, IsMore(session, filter, cursor!) ? cursor : null);
    }

    private static bool IsMore(SqliteSession session, FeedbackFilter filter, string cursor)
    {
        PageCursor after = PageCursor.Parse(cursor);
        return session.Number($"SELECT EXISTS (SELECT 1 FROM exchanges e WHERE (e.time, e.id) < ($1, $2){filter.Condition})",
            [after.Milliseconds, after.Id, .. filter.Values]) == 1;
    }
}
