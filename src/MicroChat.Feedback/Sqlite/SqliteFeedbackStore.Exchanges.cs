namespace MicroChat.Feedback.Sqlite;

/// <content>Writing exchanges.</content>
public sealed partial class SqliteFeedbackStore
{
    /// <inheritdoc/>
    public Task AddExchangeAsync(ExchangeRecord exchange, CancellationToken cancellationToken)
    {
        ExchangeRules.Require(exchange);
        return database.WriteAsync(session => Add(session, exchange), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> SetReplyAsync(Guid exchange, ExchangeReply reply, CancellationToken cancellationToken)
    {
        ExchangeRules.Require(exchange, reply);
        return database.WriteAsync(session =>
            session.Number("SELECT COUNT(*) FROM exchanges WHERE id = $1 AND prompt IS NOT NULL", exchange) == 1
            && ExchangeRows.SetReply(session, cipher, exchange, reply) == 1, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> SetPromptTokensAsync(Guid exchange, IReadOnlyList<int> tokens, CancellationToken cancellationToken) =>
        database.WriteAsync(session => ExchangeRows.SetPromptTokens(session, cipher, exchange, tokens) == 1, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AttachMessagesAsync(Guid exchange, IReadOnlyList<PlatformMessage> messages, CancellationToken cancellationToken) =>
        database.WriteAsync(session =>
        {
            List<string> platform = session.Query("SELECT platform FROM exchanges WHERE id = $1", row => row.GetString(0), exchange);
            if (platform.Count == 0)
            {
                return false;
            }
            Attach(session, exchange, platform[0], messages);
            return true;
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<ExchangeRecord?> FindExchangeAsync(Guid exchange, CancellationToken cancellationToken) =>
        database.ReadAsync(session => Find(session, exchange), cancellationToken);

    /// <inheritdoc/>
    public Task<ExchangeRecord?> FindByMessageAsync(string platform, string messageId, CancellationToken cancellationToken) =>
        database.ReadAsync(session => ExchangeRows.Query(session, cipher,
            $"SELECT {ExchangeRows.Columns} FROM exchanges e JOIN messages m ON m.exchange = e.id WHERE m.platform = $1 AND m.id = $2",
            platform, messageId).SingleOrDefault(), cancellationToken);

    private ExchangeRecord? Find(SqliteSession session, Guid exchange) =>
        ExchangeRows.Query(session, cipher, $"SELECT {ExchangeRows.Columns} FROM exchanges e WHERE e.id = $1", exchange).SingleOrDefault();

    private bool Add(SqliteSession session, ExchangeRecord exchange)
    {
        if (IsDeleted(session, DeletedKind.Exchange, exchange.Id) || IsThere(session, exchange))
        {
            return false;
        }
        if (!IsContextWhole(session, exchange))
        {
            exchange = exchange with { IsContextErased = true, PromptTokens = [] };
        }
        ExchangeRows.Insert(session, cipher, exchange);
        if (exchange.Reply is { } reply)
        {
            ExchangeRows.SetReply(session, cipher, exchange.Id, reply);
        }
        foreach (Pseudonym person in exchange.OtherParticipants.Distinct().Where(person => person != exchange.Person))
        {
            session.Execute("INSERT INTO participants (exchange, person) VALUES ($1, $2)", exchange.Id, person);
        }
        Attach(session, exchange.Id, exchange.Place.Platform, exchange.Messages);
        return true;
    }

    private static bool IsThere(SqliteSession session, ExchangeRecord exchange)
    {
        List<Guid> conversation = session.Query("SELECT conversation FROM exchanges WHERE id = $1", row => row.Id(0), exchange.Id);
        return conversation.Count != 0 && (conversation[0] == exchange.Conversation ? true : throw new FeedbackException(
            $"exchange {exchange.Id} is in conversation {conversation[0]} already, not in {exchange.Conversation}; give a new exchange an id of its own. Nothing was written."));
    }

    /// <summary>Whether all text that the prompt repeats is still there.</summary>
    private static bool IsContextWhole(SqliteSession session, ExchangeRecord exchange)
    {
        if (exchange.Parent is not { } parent)
        {
            return !exchange.IsContextErased;
        }
        List<(Guid Conversation, bool Whole)> found = session.Query("SELECT conversation, context_erased = 0 AND prompt IS NOT NULL FROM exchanges WHERE id = $1",
            row => (row.Id(0), row.GetInt64(1) != 0), parent);
        if (found.Count == 0 && !IsDeleted(session, DeletedKind.Exchange, parent))
        {
            throw new FeedbackException($"exchange {exchange.Id} names the parent {parent}, which this store never had; add the parent first. Nothing was written.");
        }
        if (found.Count == 1 && found[0].Conversation != exchange.Conversation)
        {
            throw new FeedbackException($"exchange {exchange.Id} names the parent {parent} of another conversation; a branch stays in one. Nothing was written.");
        }
        return found.Count == 1 && found[0].Whole && !exchange.IsContextErased;
    }

    private static void Attach(SqliteSession session, Guid exchange, string platform, IReadOnlyList<PlatformMessage> messages)
    {
        long number = session.Number("SELECT COUNT(*) FROM messages WHERE exchange = $1", exchange);
        foreach (PlatformMessage message in messages)
        {
            session.Execute(
                """
                INSERT INTO messages (platform, id, exchange, is_reply, number) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (platform, id) DO UPDATE SET exchange = excluded.exchange, is_reply = excluded.is_reply
                """, platform, message.Id, exchange, message.IsReply, number++);
        }
    }

    private static bool IsDeleted(SqliteSession session, DeletedKind kind, Guid id) =>
        session.Number("SELECT COUNT(*) FROM tombstones WHERE id = $1 AND kind = $2", id, kind) > 0;
}
