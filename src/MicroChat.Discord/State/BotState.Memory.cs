using MicroChat.Discord.Port;
using MicroChat.Feedback;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Discord.State;

/// <content>Cursors, heads of conversations, settings.</content>
internal sealed partial class BotState
{
    /// <summary>Keeps how far channels were read; never goes back.</summary>
    public Task SetCursorsAsync(IReadOnlyList<ReadCursor> cursors, CancellationToken cancellationToken) => database.WriteAsync(session =>
    {
        foreach (ReadCursor cursor in cursors)
        {
            session.Execute("INSERT INTO cursors (channel, guild, message) VALUES ($1, $2, $3) ON CONFLICT (channel) DO UPDATE SET message = MAX(message, excluded.message)",
                Text(cursor.Channel), Text(cursor.Guild), (long)cursor.Message.Value);
        }
        return true;
    }, cancellationToken);

    /// <summary>Channels of a guild (0: direct messages) that were read, those read last first, and how far.</summary>
    public Task<IReadOnlyList<ReadCursor>> CursorsAsync(Snowflake guild, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ReadCursor>>(session => session.Query(
            "SELECT channel, message FROM cursors WHERE guild = $1 ORDER BY message DESC LIMIT $2",
            row => new ReadCursor(guild, Id(row.GetString(0)), new Snowflake((ulong)row.GetInt64(1))), Text(guild), limit), cancellationToken);

    /// <summary>The exchange with which a conversation goes on; null: it begins anew.</summary>
    /// <param name="place">Channel or thread; with "/" and a pseudonym for the conversation of one person there.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<Guid?> HeadAsync(string place, CancellationToken cancellationToken) => database.ReadAsync(session =>
        session.Query("SELECT exchange FROM heads WHERE place = $1", row => (Guid?)row.Id(0), place).SingleOrDefault(), cancellationToken);

    /// <summary>Sets the exchange with which a conversation goes on; null: it begins anew.</summary>
    public Task SetHeadAsync(string place, Guid? exchange, CancellationToken cancellationToken) => database.WriteAsync(session => exchange is null
        ? session.Execute("DELETE FROM heads WHERE place = $1", place)
        : session.Execute("INSERT OR REPLACE INTO heads (place, exchange) VALUES ($1, $2)", place, exchange), cancellationToken);

    /// <summary>An exchange was deleted: conversations that ended with it end with the one before; null: begin anew.</summary>
    public Task MoveHeadsAsync(Guid from, Guid? to, CancellationToken cancellationToken) => database.WriteAsync(session => to is null
        ? session.Execute("DELETE FROM heads WHERE exchange = $1", from)
        : session.Execute("UPDATE heads SET exchange = $2 WHERE exchange = $1", from, to), cancellationToken);

    /// <summary>All settings by name.</summary>
    public Task<Dictionary<string, string>> SettingsAsync(CancellationToken cancellationToken) => database.ReadAsync(session =>
        session.Query("SELECT name, value FROM settings", row => (Name: row.GetString(0), Value: row.GetString(1))).ToDictionary(row => row.Name, row => row.Value), cancellationToken);

    /// <summary>Sets one setting; null removes it.</summary>
    public Task SetAsync(string name, string? value, CancellationToken cancellationToken) => database.WriteAsync(session => value is null
        ? session.Execute("DELETE FROM settings WHERE name = $1", name)
        : session.Execute("INSERT OR REPLACE INTO settings (name, value) VALUES ($1, $2)", name, value), cancellationToken);

    /// <summary>Changes votes: each change sets one (it becomes the newest of its person) or, with value 0, takes it back.</summary>
    /// <returns>Exchanges and persons whose votes are different now.</returns>
    public Task<IReadOnlyList<(Guid Exchange, Pseudonym Person)>> VoteAsync(IReadOnlyList<Vote> changes, CancellationToken cancellationToken) =>
        database.WriteAsync<IReadOnlyList<(Guid, Pseudonym)>>(session =>
        {
            var touched = new HashSet<(Guid, Pseudonym)>();
            foreach (Vote vote in changes)
            {
                touched.Add((vote.Exchange, vote.Person));
                foreach (Guid before in session.Query("SELECT exchange FROM votes WHERE message = $1 AND person = $2 AND source = $3", row => row.Id(0), vote.Message, vote.Person, vote.Source))
                {
                    touched.Add((before, vote.Person));         // the message may have carried another answer then
                }
                session.Execute("DELETE FROM votes WHERE message = $1 AND person = $2 AND source = $3", vote.Message, vote.Person, vote.Source);
                if (vote.Value != 0)
                {
                    session.Execute("INSERT INTO votes (exchange, message, person, source, value, created) VALUES ($1, $2, $3, $4, $5, $6)",
                        vote.Exchange, vote.Message, vote.Person, vote.Source, vote.Value, vote.AccountCreated);
                }
            }
            return [.. touched];
        }, cancellationToken);

    /// <summary>Votes that stand, in the order in which they were given.</summary>
    /// <param name="exchange">For this exchange.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<IReadOnlyList<Vote>> VotesOfAsync(Guid exchange, CancellationToken cancellationToken) => VotesAsync("exchange", exchange, cancellationToken);

    /// <summary>Votes that stand at a message, for whatever answer it carried when they were given.</summary>
    public Task<IReadOnlyList<Vote>> VotesAtAsync(Snowflake message, CancellationToken cancellationToken) => VotesAsync("message", Text(message), cancellationToken);

    private Task<IReadOnlyList<Vote>> VotesAsync(string column, object value, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<Vote>>(session =>
        session.Query($"SELECT exchange, message, person, source, value, created FROM votes WHERE {column} = $1 ORDER BY number",
            row => new Vote(row.Id(0), row.GetString(1), row.Person(2), row.GetString(3), row.GetInt32(4), row.Time(5)), value), cancellationToken);

    /// <summary>Forgets all votes for exchanges that were deleted.</summary>
    public Task DeleteVotesAsync(IReadOnlyList<Guid> exchanges, CancellationToken cancellationToken) => database.WriteAsync(session =>
        exchanges.Sum(exchange => session.Execute("DELETE FROM votes WHERE exchange = $1", exchange)), cancellationToken);

    /// <summary>Forgets turns that are closed and older than this, which nobody will reply to any more.</summary>
    public Task PruneAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(session =>
    {
        session.Execute("DELETE FROM turn_messages WHERE turn IN (SELECT id FROM turns WHERE state = $1 AND time < $2)", TurnState.Closed, before);
        return session.Execute("DELETE FROM turns WHERE state = $1 AND time < $2", TurnState.Closed, before);
    }, cancellationToken);
}
