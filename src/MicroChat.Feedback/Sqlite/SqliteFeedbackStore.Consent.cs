namespace MicroChat.Feedback.Sqlite;

/// <content>Who allows what.</content>
public sealed partial class SqliteFeedbackStore
{
    /// <inheritdoc/>
    public Task SetConsentAsync(PersonConsent consent, CancellationToken cancellationToken) => database.WriteAsync(session =>
    {
        session.Execute(
            """
            INSERT INTO consents (person, server, state, text_version, time) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (person, server) DO UPDATE SET state = excluded.state, text_version = excluded.text_version, time = excluded.time
            """, consent.Person, consent.Server, consent.State, consent.TextVersion, consent.Time);
        new Eraser(session, time).Withdraw(consent.Person, consent.Server, consent.State == ConsentState.OptedOut);
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<PersonConsent?> FindConsentAsync(Pseudonym person, string server, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FindConsent(session, person, server), cancellationToken);

    /// <inheritdoc/>
    public Task SetServerPolicyAsync(ServerPolicy policy, CancellationToken cancellationToken) => database.WriteAsync(session => session.Execute(
        """
        INSERT INTO server_policies (platform, server, content, text_version, time) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (platform, server) DO UPDATE SET content = excluded.content, text_version = excluded.text_version, time = excluded.time
        """, policy.Platform, policy.Server, policy.Content, policy.TextVersion, policy.Time), cancellationToken);

    /// <inheritdoc/>
    public Task<ServerPolicy?> FindServerPolicyAsync(string platform, string server, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FindPolicy(session, platform, server), cancellationToken);

    private static PersonConsent? FindConsent(SqliteSession session, Pseudonym person, string server) => session.Query(
        "SELECT server, state, text_version, time FROM consents WHERE person = $1 AND server IN ('', $2) ORDER BY server DESC LIMIT 1",
        row => new PersonConsent(person, row.GetString(0), (ConsentState)row.GetInt32(1), row.GetString(2), row.Time(3)), person, server).SingleOrDefault();

    private static ServerPolicy? FindPolicy(SqliteSession session, string platform, string server) => session.Query(
        "SELECT content, text_version, time FROM server_policies WHERE platform = $1 AND server = $2",
        row => new ServerPolicy(platform, server, (TrainingContent)row.GetInt32(0), row.GetString(1), row.Time(2)), platform, server).SingleOrDefault();
}
