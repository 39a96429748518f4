namespace MicroChat.Feedback.Sqlite;

/// <content>Deleting.</content>
public sealed partial class SqliteFeedbackStore
{
    /// <inheritdoc/>
    public Task<DeletionReport> DeleteExchangeAsync(Guid exchange, CancellationToken cancellationToken) =>
        DeleteAsync(eraser => eraser.Exchanges(DeletionReason.Asked, "e.id = $1", exchange), cancellationToken);

    /// <inheritdoc/>
    public Task<DeletionReport> DeleteConversationAsync(Guid conversation, CancellationToken cancellationToken) =>
        DeleteAsync(eraser => eraser.Exchanges(DeletionReason.Asked, "e.conversation = $1", conversation), cancellationToken);

    /// <inheritdoc/>
    public Task<DeletionReport> DeleteMessagesAsync(string platform, IReadOnlyList<string> messageIds, CancellationToken cancellationToken)
    {
        string list = System.Text.Json.JsonSerializer.Serialize(messageIds);
        return DeleteAsync(eraser => eraser.Exchanges(DeletionReason.MessageDeleted,
            "e.id IN (SELECT m.exchange FROM messages m WHERE m.platform = $1 AND m.id IN (SELECT value FROM json_each($2)))", platform, list), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DeletionReport> ForgetPersonAsync(Pseudonym person, CancellationToken cancellationToken)
    {
        (DeletionReport report, _) = await database.EraseAsync(session => Forget(session, person), result => result.IsAnythingGone, cancellationToken);
        return report;
    }

    /// <inheritdoc/>
    public async Task<DeletionReport> ForgetMemberAsync(Pseudonym person, string platform, string server, CancellationToken cancellationToken)
    {
        (DeletionReport report, _) = await database.EraseAsync(session => Forget(session, person, platform, server), result => result.IsAnythingGone, cancellationToken);
        return report;
    }

    /// <inheritdoc/>
    public Task<DeletionReport> DeletePlaceAsync(Place place, CancellationToken cancellationToken)
    {
        if (place.Server.Length + place.Channel.Length + place.Thread.Length == 0)
        {
            throw new FeedbackException($"The place names no server, channel or thread of {place.Platform}; deleting a whole platform is not what this is for. Nothing was deleted.");
        }
        bool isServer = place.Channel.Length + place.Thread.Length == 0;
        return database.EraseAsync(session =>
        {
            DeletionReport report = new Eraser(session, time).Exchanges(DeletionReason.PlaceLeft,
                "e.platform = $1 AND ($2 = '' OR e.server = $2) AND ($3 = '' OR e.channel = $3) AND ($4 = '' OR e.thread = $4)",
                place.Platform, place.Server, place.Channel, place.Thread);
            if (isServer)
            {
                session.Execute("DELETE FROM consents WHERE server = $1", place.Server);
                session.Execute("DELETE FROM server_policies WHERE platform = $1 AND server = $2", place.Platform, place.Server);
            }
            return report;
        }, _ => true, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DeletionReport> ApplyRetentionAsync(RetentionOptions options, CancellationToken cancellationToken)
    {
        DateTimeOffset? exchangesBefore = Before(options.ExchangeDays, nameof(options.ExchangeDays)), textsBefore = Before(options.TextDays, nameof(options.TextDays));
        DeletionReport report = await DeleteAsync(eraser =>
        {
            DeletionReport gone = exchangesBefore is { } old ? eraser.Exchanges(DeletionReason.Retention, "e.time < $1", old) : DeletionReport.None;
            return textsBefore is { } stale ? gone with { ErasedContexts = gone.ErasedContexts + eraser.Texts(stale) } : gone;
        }, cancellationToken);
        await database.CompactAsync(cancellationToken);
        return report;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Tombstone>> TombstonesAsync(long after, CancellationToken cancellationToken) =>
        database.ReadAsync(session => Tombstones(session, after), cancellationToken);

    private (DeletionReport Report, bool IsAnythingGone) Forget(SqliteSession session, Pseudonym person)
    {
        const DeletionReason Reason = DeletionReason.PersonForgotten;
        var eraser = new Eraser(session, time);
        DeletionReport report = Traces(
            eraser, eraser.Exchanges(Reason, "e.person = $1", person), Reason, "id IN (SELECT exchange FROM participants WHERE person = $1)", "person = $1", "person = $1", person);
        int traces = session.Execute("DELETE FROM participants WHERE person = $1", person)
            + session.Execute("DELETE FROM raters WHERE person = $1", person)
            + session.Execute("DELETE FROM consents WHERE person = $1", person);
        return (report, traces > 0 || !report.IsEmpty);
    }

    private (DeletionReport Report, bool IsAnythingGone) Forget(SqliteSession session, Pseudonym person, string platform, string server)
    {
        const DeletionReason Reason = DeletionReason.PlaceLeft;
        const string There = "SELECT id FROM exchanges WHERE platform = $2 AND server = $3";
        object?[] values = [person, platform, server];
        var eraser = new Eraser(session, time);
        DeletionReport report = Traces(
            eraser, eraser.Exchanges(Reason, "e.person = $1 AND e.platform = $2 AND e.server = $3", values), Reason,
            $"id IN (SELECT exchange FROM participants WHERE person = $1) AND id IN ({There})", $"person = $1 AND exchange IN ({There})",
            $"person = $1 AND comparison IN (SELECT comparison FROM candidates WHERE exchange IN ({There}))", values);
        int traces = session.Execute($"DELETE FROM participants WHERE person = $1 AND exchange IN ({There})", values)
            + session.Execute("DELETE FROM consents WHERE person = $1 AND server = $2", person, server);
        return (report, traces > 0 || !report.IsEmpty);
    }

    /// <summary>Erases what a person left beside their own exchanges: contexts that held their words, ratings, answers.</summary>
    private static DeletionReport Traces(Eraser eraser, DeletionReport own, DeletionReason reason, string contexts, string ratings, string answers, params object?[] values)
    {
        int erased = eraser.EraseContexts(reason, contexts, values), rated = eraser.Ratings(reason, ratings, values), answered = eraser.Answers(reason, answers, values);
        return own with { Ratings = own.Ratings + rated, Answers = own.Answers + answered, ErasedContexts = own.ErasedContexts + erased };
    }

    private static IReadOnlyList<Tombstone> Tombstones(SqliteSession session, long after) => session.Query(
        "SELECT number, kind, id, reason, time FROM tombstones WHERE number > $1 ORDER BY number",
        row => new Tombstone(row.GetInt64(0), (DeletedKind)row.GetInt32(1), row.Id(2), (DeletionReason)row.GetInt32(3), row.Time(4)), after);

    private Task<DeletionReport> DeleteAsync(Func<Eraser, DeletionReport> delete, CancellationToken cancellationToken) =>
        database.EraseAsync(session => delete(new Eraser(session, time)), report => !report.IsEmpty, cancellationToken);

    private DateTimeOffset? Before(int? days, string name) => days switch
    {
        null => null,
        < 1 => throw new FeedbackException($"Feedback:{name} is {days}; it must be at least 1 day, or left away to keep everything. Nothing was deleted."),
        _ => time.GetUtcNow().AddDays(-days.Value),
    };
}
