using Microsoft.Data.Sqlite;
using MicroChat.Feedback.Security;

namespace MicroChat.Feedback.Sqlite;

/// <summary>Exchanges as rows: which column holds what, and which are sealed.</summary>
internal static class ExchangeRows
{
    /// <summary>Columns in the order in which <see cref="Read"/> expects them.</summary>
    public const string Columns =
        "e.id, e.conversation, e.parent, e.platform, e.server, e.channel, e.thread, e.person, e.origin, e.model, e.sampling, e.seed, e.time, " +
        "e.status, e.reply_time, e.context_erased, e.system_prompt, e.prompt, e.prompt_tokens, e.reply, e.reply_tokens, e.log_probabilities, e.earlier";

    private const string SystemPrompt = "exchanges.system_prompt", Prompt = "exchanges.prompt", PromptTokens = "exchanges.prompt_tokens",
        Reply = "exchanges.reply", ReplyTokens = "exchanges.reply_tokens", LogProbabilities = "exchanges.log_probabilities";

    public static int Insert(SqliteSession session, TextCipher cipher, ExchangeRecord e) => session.Execute(
        """
        INSERT INTO exchanges (id, conversation, parent, platform, server, channel, thread, person, origin, model, sampling, seed, time, context_erased,
            system_prompt, prompt, prompt_tokens, earlier)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT (id) DO NOTHING
        """,
        e.Id, e.Conversation, e.Parent, e.Place.Platform, e.Place.Server, e.Place.Channel, e.Place.Thread, e.Person, e.Origin, e.ModelVersion, e.SamplingJson,
        e.Seed, e.Time, e.IsContextErased, cipher.Seal(e.SystemPrompt, SystemPrompt, e.Id), cipher.Seal(e.Prompt, Prompt, e.Id),
        cipher.Seal(e.PromptTokens, PromptTokens, e.Id), e.EarlierInPrompt);

    public static int SetReply(SqliteSession session, TextCipher cipher, Guid id, ExchangeReply reply) => session.Execute(
        "UPDATE exchanges SET status = $2, reply_time = $3, reply = $4, reply_tokens = $5, log_probabilities = $6 WHERE id = $1",
        id, reply.Status, reply.Time, cipher.Seal(reply.Text, Reply, id), cipher.Seal(reply.Tokens, ReplyTokens, id),
        cipher.Seal(reply.LogProbabilities, LogProbabilities, id));

    public static int SetPromptTokens(SqliteSession session, TextCipher cipher, Guid id, IReadOnlyList<int> tokens) => session.Execute(
        "UPDATE exchanges SET prompt_tokens = $2 WHERE id = $1 AND context_erased = 0 AND prompt IS NOT NULL", id, cipher.Seal(tokens, PromptTokens, id));

    /// <summary>Exchanges of a query "SELECT {Columns} FROM exchanges e …" with their participants and messages.</summary>
    public static List<ExchangeRecord> Query(SqliteSession session, TextCipher cipher, string sql, params object?[] values) =>
        [.. session.Query(sql, row => Read(row, cipher), values).Select(exchange => WithLists(session, exchange))];

    private static ExchangeRecord WithLists(SqliteSession session, ExchangeRecord exchange) => exchange with
    {
        OtherParticipants = session.Query("SELECT person FROM participants WHERE exchange = $1 ORDER BY person", row => row.Person(0), exchange.Id),
        Messages = session.Query("SELECT id, is_reply FROM messages WHERE exchange = $1 ORDER BY number",
            row => new PlatformMessage(row.GetString(0), row.GetInt64(1) != 0), exchange.Id),
    };

    private static ExchangeRecord Read(SqliteDataReader row, TextCipher cipher)
    {
        Guid id = row.Id(0);
        return new ExchangeRecord
        {
            Id = id,
            Conversation = row.Id(1),
            Parent = row.OptionalId(2),
            EarlierInPrompt = row.IsDBNull(22) ? null : row.GetInt32(22),
            Place = new Place(row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6)),
            Person = row.Person(7),
            Origin = (PromptOrigin)row.GetInt32(8),
            ModelVersion = row.GetString(9),
            SamplingJson = row.GetString(10),
            Seed = row.IsDBNull(11) ? null : row.GetInt64(11),
            Time = row.Time(12),
            IsContextErased = row.GetInt64(15) != 0,
            SystemPrompt = cipher.OpenText(row.Bytes(16), SystemPrompt, id),
            Prompt = cipher.OpenText(row.Bytes(17), Prompt, id),
            PromptTokens = cipher.OpenNumbers<int>(row.Bytes(18), PromptTokens, id),
            Reply = row.IsDBNull(13) ? null : new ExchangeReply
            {
                Status = (ReplyStatus)row.GetInt32(13),
                Time = row.Time(14),
                Text = cipher.OpenText(row.Bytes(19), Reply, id),
                Tokens = cipher.OpenNumbers<int>(row.Bytes(20), ReplyTokens, id),
                LogProbabilities = cipher.OpenNumbers<float>(row.Bytes(21), LogProbabilities, id),
            },
        };
    }
}
