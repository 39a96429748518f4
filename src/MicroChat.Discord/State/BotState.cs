using MicroChat.Discord.Port;
using MicroChat.Feedback;
using MicroChat.Feedback.Sqlite;
using Microsoft.Data.Sqlite;

namespace MicroChat.Discord.State;

/// <summary>What the bot remembers over a restart; see <see cref="BotTables"/>. A write that returned is on disk.</summary>
internal sealed partial class BotState : IAsyncDisposable
{
    private const string TurnColumns = "t.id, t.guild, t.channel, t.person, t.state, t.exchange, t.time";
    private const int QuestionPart = -1;

    private readonly SqliteDatabase database;
    private readonly TimeProvider time;

    private BotState(SqliteDatabase database, TimeProvider time)
    {
        this.database = database;
        this.time = time;
    }

    /// <summary>Opens the state, and makes it on first use.</summary>
    /// <exception cref="FeedbackException">The file is damaged, locked, read-only, of a newer version or of another program.</exception>
    public static BotState Open(string path, TimeProvider time) =>
        new(SqliteDatabase.Open(new SqliteFeedbackOptions { Path = path, Readers = 2 }, BotTables.Tables, _ => { }), time);

    /// <summary>Takes a question on, unless any of its messages was taken on before.</summary>
    /// <returns>False: it was; do nothing.</returns>
    public Task<bool> TakeAsync(TurnRecord turn, CancellationToken cancellationToken) => database.WriteAsync(session =>
    {
        bool known = session.Number("SELECT COUNT(*) FROM turns WHERE id = $1", Text(turn.Id)) > 0
            || turn.Questions.Any(id => session.Number("SELECT COUNT(*) FROM turn_messages WHERE id = $1", Text(id)) > 0);
        if (known)
        {
            return false;
        }
        session.Execute("INSERT INTO turns (id, guild, channel, person, state, exchange, time) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            Text(turn.Id), Text(turn.Guild), Text(turn.Channel), turn.Person, turn.State, turn.Exchange, turn.Time);
        foreach (Snowflake question in turn.Questions)
        {
            session.Execute("INSERT INTO turn_messages (id, turn, part) VALUES ($1, $2, $3)", Text(question), Text(turn.Id), QuestionPart);
        }
        return true;
    }, cancellationToken);

    /// <summary>Keeps the id of a message of the answer.</summary>
    public Task AddReplyAsync(Snowflake turn, Snowflake message, int part, CancellationToken cancellationToken) => database.WriteAsync(session =>
        session.Execute("INSERT OR REPLACE INTO turn_messages (id, turn, part) VALUES ($1, $2, $3)", Text(message), Text(turn), part), cancellationToken);

    /// <summary>Forgets messages of an answer that were deleted.</summary>
    public Task RemoveReplyAsync(Snowflake message, CancellationToken cancellationToken) => database.WriteAsync(session =>
        session.Execute("DELETE FROM turn_messages WHERE id = $1 AND part >= 0", Text(message)), cancellationToken);

    /// <summary>Keeps which exchange answers a question.</summary>
    public Task SetExchangeAsync(Snowflake turn, Guid? exchange, CancellationToken cancellationToken) => database.WriteAsync(session =>
        session.Execute("UPDATE turns SET exchange = $2 WHERE id = $1", Text(turn), exchange), cancellationToken);

    /// <summary>Keeps that the answer is in another place than the question, such as a thread that was opened for it.</summary>
    public Task SetChannelAsync(Snowflake turn, Snowflake channel, CancellationToken cancellationToken) => database.WriteAsync(session =>
        session.Execute("UPDATE turns SET channel = $2 WHERE id = $1", Text(turn), Text(channel)), cancellationToken);

    public Task SetStateAsync(Snowflake turn, TurnState state, CancellationToken cancellationToken) => database.WriteAsync(session =>
        session.Execute("UPDATE turns SET state = $2 WHERE id = $1", Text(turn), state), cancellationToken);

    /// <summary>One turn with its messages; null: there is none.</summary>
    public Task<TurnRecord?> FindAsync(Snowflake turn, CancellationToken cancellationToken) => database.ReadAsync(session =>
        Turns(session, "WHERE t.id = $1", Text(turn)).SingleOrDefault(), cancellationToken);

    /// <summary>The turn that a message, question or answer, belongs to; null: none.</summary>
    public Task<TurnRecord?> FindByMessageAsync(Snowflake message, CancellationToken cancellationToken) => database.ReadAsync(session =>
        Turns(session, "JOIN turn_messages m ON m.turn = t.id WHERE m.id = $1", Text(message)).SingleOrDefault(), cancellationToken);

    /// <summary>Turns that the program left open when it ended, oldest first.</summary>
    public Task<IReadOnlyList<TurnRecord>> OpenTurnsAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<TurnRecord>>(session =>
        Turns(session, "WHERE t.state = $1 ORDER BY t.time, t.id", TurnState.Open), cancellationToken);

    /// <summary>The newest answered turns, newest first.</summary>
    public Task<IReadOnlyList<TurnRecord>> NewestAsync(int limit, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<TurnRecord>>(session =>
        Turns(session, "WHERE t.exchange IS NOT NULL ORDER BY t.time DESC, t.id DESC LIMIT $1", limit), cancellationToken);

    /// <summary>Turns of a person.</summary>
    public Task<IReadOnlyList<TurnRecord>> OfPersonAsync(Pseudonym person, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<TurnRecord>>(session =>
        Turns(session, "WHERE t.person = $1 ORDER BY t.time DESC, t.id DESC", person), cancellationToken);

    /// <summary>The newest answered turn of a person in a channel; null: none.</summary>
    public Task<TurnRecord?> LastOfAsync(Pseudonym person, Snowflake channel, CancellationToken cancellationToken) => database.ReadAsync(session =>
        Turns(session, "WHERE t.person = $1 AND t.channel = $2 AND t.exchange IS NOT NULL ORDER BY t.time DESC, t.id DESC LIMIT 1", person, Text(channel)).SingleOrDefault(), cancellationToken);

    /// <summary>Forgets turns with their messages.</summary>
    public Task DeleteTurnsAsync(IReadOnlyList<Snowflake> turns, CancellationToken cancellationToken) => database.EraseAsync(session =>
    {
        foreach (Snowflake turn in turns)
        {
            Delete(session, "id = $1", Text(turn));
        }
        return turns.Count > 0;
    }, erased => erased, cancellationToken);

    /// <summary>Forgets a server, or one channel or thread of it.</summary>
    public Task DeletePlaceAsync(Snowflake guild, Snowflake channel, CancellationToken cancellationToken) => database.EraseAsync(session =>
    {
        if (channel.Value == 0)
        {
            session.Execute("DELETE FROM heads WHERE exchange IN (SELECT exchange FROM turns WHERE guild = $1)", Text(guild));
            session.Execute("DELETE FROM cursors WHERE guild = $1", Text(guild));
            Delete(session, "guild = $1", Text(guild));
            session.Execute("DELETE FROM settings WHERE name LIKE '%:' || $1", Text(guild));
            return true;
        }
        Delete(session, "channel = $1", Text(channel));
        session.Execute("DELETE FROM cursors WHERE channel = $1", Text(channel));
        session.Execute("DELETE FROM heads WHERE place = $1 OR place LIKE $1 || '/%'", Text(channel));
        session.Execute("DELETE FROM settings WHERE name LIKE '%:' || $1", Text(channel));
        return true;
    }, erased => erased, cancellationToken);

    /// <summary>Forgets a person: turns, votes, and where their conversations stood.</summary>
    public Task DeletePersonAsync(Pseudonym person, CancellationToken cancellationToken) => database.EraseAsync(session =>
    {
        Delete(session, "person = $1", person);
        session.Execute("DELETE FROM votes WHERE person = $1", person);
        session.Execute("DELETE FROM heads WHERE place LIKE '%/' || $1", person);
        session.Execute("DELETE FROM settings WHERE name = 'noticed:' || $1", person);          // blocks stay: to be forgotten is no way around them
        return true;
    }, erased => erased, cancellationToken);

    /// <inheritdoc/>
    /// <summary>Forgets what a person did on one server.</summary>
    public Task DeleteMemberAsync(Pseudonym person, Snowflake guild, CancellationToken cancellationToken) => database.EraseAsync(session =>
    {
        const string Theirs = "person = $1 AND guild = $2", There = "FROM turns t LEFT JOIN turn_messages m ON m.turn = t.id WHERE t.guild = $2";
        session.Execute($"DELETE FROM votes WHERE person = $1 AND (exchange IN (SELECT t.exchange {There}) OR message IN (SELECT m.id {There}))", person, Text(guild));
        session.Execute($"DELETE FROM heads WHERE exchange IN (SELECT exchange FROM turns WHERE {Theirs})", person, Text(guild));
        Delete(session, Theirs, person, Text(guild));
        return true;
    }, erased => erased, cancellationToken);

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private static void Delete(SqliteSession session, string which, params object?[] values)
    {
        session.Execute($"DELETE FROM votes WHERE exchange IN (SELECT exchange FROM turns WHERE {which})", values);
        session.Execute($"DELETE FROM turn_messages WHERE turn IN (SELECT id FROM turns WHERE {which})", values);
        session.Execute($"DELETE FROM turns WHERE {which}", values);
    }

    private static List<TurnRecord> Turns(SqliteSession session, string which, params object?[] values)
    {
        List<TurnRecord> turns = session.Query($"SELECT {TurnColumns} FROM turns t {which}", Read, values);
        for (int i = 0; i < turns.Count; i++)
        {
            List<(Snowflake Id, long Part)> messages = session.Query("SELECT id, part FROM turn_messages WHERE turn = $1 ORDER BY part, id",
                row => (Id(row.GetString(0)), row.GetInt64(1)), Text(turns[i].Id));
            turns[i] = turns[i] with
            {
                Questions = [.. messages.Where(m => m.Part == QuestionPart).Select(m => m.Id).Order()],
                Replies = [.. messages.Where(m => m.Part >= 0).Select(m => m.Id)],
            };
        }
        return turns;
    }

    private static TurnRecord Read(SqliteDataReader row) => new(
        Id(row.GetString(0)), Id(row.GetString(1)), Id(row.GetString(2)), row.Person(3), (TurnState)row.GetInt32(4), row.OptionalId(5), row.Time(6));

    private static string Text(Snowflake id) => id.ToString();

    private static Snowflake Id(string text) => Snowflake.TryParse(text, out Snowflake id) ? id : default;
}
