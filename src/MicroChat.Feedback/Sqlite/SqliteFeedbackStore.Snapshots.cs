using MicroChat.Feedback.Snapshots;
using MicroChat.Feedback.Trust;

namespace MicroChat.Feedback.Sqlite;

/// <content>Data sets for training.</content>
public sealed partial class SqliteFeedbackStore
{
    /// <inheritdoc/>
    public async Task<SnapshotManifest> ExportSnapshotAsync(string folder, SnapshotOptions options, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        long lastTombstone = 0;
        SnapshotManifest manifest = await database.ReadAsync(session =>
        {
            lastTombstone = session.Number("SELECT MAX(number) FROM tombstones");
            return new SnapshotExport(new Source(this, session), options, cancellationToken).Write(folder, Guid.CreateVersion7(now), now);
        }, cancellationToken);
        await database.WriteAsync(session => session.Execute("INSERT INTO snapshots (id, time, last_tombstone) VALUES ($1, $2, $3)",
            manifest.Id, now, lastTombstone), CancellationToken.None);
        return manifest;
    }

    /// <inheritdoc/>
    public Task<TrustReport> JudgeRatersAsync(SnapshotOptions options, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        return database.ReadAsync(session => new SnapshotExport(new Source(this, session), options, cancellationToken).Judge(now), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ImportReport> ImportAsync(string path, CancellationToken cancellationToken)
    {
        ImportRows rows = await Task.Run(() => SnapshotImport.Read(path, PseudonymOf(Platforms.Terminal, Platforms.TerminalUser)), cancellationToken);
        foreach (ExchangeRecord exchange in rows.Exchanges)
        {
            ExchangeRules.Require(exchange);
        }
        return await database.WriteAsync(session => Import(session, rows), cancellationToken);
    }

    private ImportReport Import(SqliteSession session, ImportRows rows)
    {
        int exchanges = rows.Exchanges.Count(exchange => Add(session, exchange));
        int ratings = rows.Ratings.Count(rating => Import(session, rating)), comparisons = rows.Comparisons.Count(comparison => Import(session, comparison));
        int all = rows.Exchanges.Count + rows.Ratings.Count + rows.Comparisons.Count;
        return new ImportReport(exchanges, ratings, comparisons, all - exchanges - ratings - comparisons);
    }

    private bool Import(SqliteSession session, Rating rating)
    {
        ExchangeRules.Require(new NewRating(rating.Exchange, new Rater(rating.Person, RaterKind.Person, null), rating.Value, rating.Reason, rating.Comment));
        Rating? earlier = RatingsOf(session, rating.Exchange).SingleOrDefault(r => r.Person == rating.Person);
        bool isThere = session.Number("SELECT COUNT(*) FROM exchanges WHERE id = $1 AND reply IS NOT NULL", rating.Exchange) == 1;
        if (!isThere || earlier?.Time >= rating.Time || IsDeleted(session, DeletedKind.Rating, rating.Id))
        {
            return false;
        }
        Store(session, earlier is null ? rating : rating with { Id = earlier.Id });
        See(session, new Rater(rating.Person, RaterKind.Person, null));
        return true;
    }

    private bool Import(SqliteSession session, ComparisonRecord comparison)
    {
        bool areThere = comparison.Shown.All(id => session.Number("SELECT COUNT(*) FROM exchanges WHERE id = $1", id) == 1);
        if (!areThere || FindComparison(session, comparison.Id) is not null || IsDeleted(session, DeletedKind.Comparison, comparison.Id))
        {
            return false;
        }
        Insert(session, comparison);
        foreach (ComparisonAnswer answer in comparison.Answers.Where(answer => !IsDeleted(session, DeletedKind.Answer, answer.Id)))
        {
            Store(session, comparison.Id, answer.Id, answer.Person, answer.Outcome, ComparisonRules.Encode(comparison.Shown, answer.Tiers), answer.Time);
            See(session, new Rater(answer.Person, RaterKind.Person, null));
        }
        return true;
    }

    /// <summary>The store as the export reads it, inside one transaction.</summary>
    private sealed class Source(SqliteFeedbackStore store, SqliteSession session) : ISnapshotSource
    {
        public IReadOnlyList<Guid> Conversations() =>
            session.Query("SELECT conversation FROM exchanges GROUP BY conversation ORDER BY MIN(time), conversation", row => row.Id(0));

        public IReadOnlyList<RatedExchange> Exchanges(Guid conversation) => store.Conversation(session, conversation);

        public IReadOnlyList<ComparisonRecord> ComparisonsLedBy(Guid exchange) =>
            [.. ComparisonsOf(session, exchange).Where(comparison => comparison.Shown[0] == exchange)];

        public DateTimeOffset? AccountCreated(Pseudonym rater) =>
            session.Query("SELECT account_created FROM raters WHERE person = $1", row => row.OptionalTime(0), rater) is [var created] ? created : null;

        public ConsentState Consent(Pseudonym person, string server) => FindConsent(session, person, server)?.State ?? ConsentState.NeverAsked;

        public TrainingContent Content(string platform, string server) => FindPolicy(session, platform, server)?.Content ?? TrainingContent.Arena;

        public (Guid? Previous, IReadOnlyList<Tombstone> Deletions) SinceLastSnapshot()
        {
            List<(Guid Id, long Last)> last = session.Query(
                "SELECT id, last_tombstone FROM snapshots ORDER BY last_tombstone DESC, time DESC, id DESC LIMIT 1", row => (row.Id(0), row.GetInt64(1)));
            return last.Count == 0 ? (null, []) : (last[0].Id, Tombstones(session, last[0].Last));
        }
    }
}
