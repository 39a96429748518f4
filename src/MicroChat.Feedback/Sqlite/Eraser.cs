namespace MicroChat.Feedback.Sqlite;

/// <summary>Deletes rows inside a transaction and leaves a tombstone for each.</summary>
internal sealed class Eraser(SqliteSession session, TimeProvider time)
{
    private const string Doomed = "SELECT id FROM temp.doomed", Tainted = "SELECT id FROM temp.tainted";

    /// <summary>Deletes ratings.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="where">Condition over the table, with $1 … for <paramref name="values"/>.</param>
    /// <param name="values">Its parameters.</param>
    public int Ratings(DeletionReason reason, string where, params object?[] values) => Rows(DeletedKind.Rating, "ratings", reason, where, values);

    /// <summary>Deletes answers to comparisons. Parameters as above.</summary>
    public int Answers(DeletionReason reason, string where, params object?[] values) => Rows(DeletedKind.Answer, "answers", reason, where, values);

    /// <summary>Deletes exchanges with everything that hangs on them, and the repetition of their text in later prompts.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="where">Condition over table "exchanges e".</param>
    /// <param name="values">Its parameters.</param>
    public DeletionReport Exchanges(DeletionReason reason, string where, params object?[] values)
    {
        Collect("doomed", where, values);
        int contexts = EraseContexts(reason, $"parent IN ({Doomed})", []);
        int ratings = Ratings(reason, $"exchange IN ({Doomed})");
        const string Compared = $"SELECT comparison FROM candidates WHERE exchange IN ({Doomed})";
        int answers = Answers(reason, $"comparison IN ({Compared})");
        session.Execute("CREATE TEMP TABLE IF NOT EXISTS dropped (id TEXT PRIMARY KEY)");
        session.Execute("DELETE FROM temp.dropped");
        session.Execute($"INSERT OR IGNORE INTO temp.dropped SELECT comparison FROM candidates WHERE exchange IN ({Doomed})");
        session.Execute("DELETE FROM candidates WHERE comparison IN (SELECT id FROM temp.dropped)");
        int comparisons = Rows(DeletedKind.Comparison, "comparisons", reason, "id IN (SELECT id FROM temp.dropped)");
        session.Execute($"DELETE FROM messages WHERE exchange IN ({Doomed})");
        session.Execute($"DELETE FROM participants WHERE exchange IN ({Doomed})");
        int exchanges = Rows(DeletedKind.Exchange, "exchanges", reason, $"id IN ({Doomed})");
        return new DeletionReport(exchanges, ratings, comparisons, answers, contexts);
    }

    /// <summary>Erases the prompt tokens of exchanges whose prompts hold deleted text, and of everything that follows them.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="where">Condition over table "exchanges" for the first ones.</param>
    /// <param name="values">Its parameters.</param>
    public int EraseContexts(DeletionReason reason, string where, object?[] values)
    {
        session.Execute("CREATE TEMP TABLE IF NOT EXISTS tainted (id TEXT PRIMARY KEY)");
        session.Execute("CREATE TEMP TABLE IF NOT EXISTS doomed (id TEXT PRIMARY KEY)");
        session.Execute("DELETE FROM temp.tainted");
        session.Execute(
            $"""
            INSERT INTO temp.tainted
            WITH RECURSIVE later (id) AS (
                SELECT id FROM exchanges WHERE {where}
                UNION SELECT e.id FROM exchanges e JOIN later ON e.parent = later.id)
            SELECT l.id FROM later l JOIN exchanges e ON e.id = l.id WHERE e.context_erased = 0 AND l.id NOT IN ({Doomed})
            """, values);
        Bury(DeletedKind.ExchangeText, "exchanges", reason, $"id IN ({Tainted})", []);
        return session.Execute($"UPDATE exchanges SET context_erased = 1, prompt_tokens = NULL WHERE id IN ({Tainted})");
    }

    /// <summary>Erases the texts of exchanges older than a time; what is counted stays.</summary>
    public int Texts(DateTimeOffset before)
    {
        session.Execute("CREATE TEMP TABLE IF NOT EXISTS doomed (id TEXT PRIMARY KEY)");
        Collect("doomed", "e.time < $1 AND e.prompt IS NOT NULL", [before]);
        int contexts = EraseContexts(DeletionReason.Retention, $"parent IN ({Doomed})", []);
        Bury(DeletedKind.ExchangeText, "exchanges", DeletionReason.Retention, $"id IN ({Doomed})", []);
        session.Execute($"UPDATE ratings SET comment = NULL WHERE comment IS NOT NULL AND exchange IN ({Doomed})");
        return contexts + session.Execute(
            $"""
            UPDATE exchanges SET context_erased = 1, system_prompt = NULL, prompt = NULL, prompt_tokens = NULL, reply = NULL, reply_tokens = NULL, log_probabilities = NULL
            WHERE id IN ({Doomed})
            """);
    }

    /// <summary>Lists what a person no longer allows, or allows again, so that snapshots made before are known to hold too much. Deletes nothing else.</summary>
    /// <param name="person">Whose choice it is.</param>
    /// <param name="server">The server it holds for; empty: all without a choice of their own.</param>
    /// <param name="isOut">Whether they are to be listed.</param>
    public void Withdraw(Pseudonym person, string server, bool isOut)
    {
        const string Here = "($2 = '' AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.person = $1 AND c.server = e.server AND c.server <> '') OR $2 <> '' AND e.server = $2)";
        const string Told = $"SELECT e.id FROM exchanges e WHERE {Here} AND (e.person = $1 OR EXISTS (SELECT 1 FROM participants p WHERE p.exchange = e.id AND p.person = $1))";
        const string Exchanges = $"id IN (WITH RECURSIVE later (id) AS ({Told} UNION SELECT e.id FROM exchanges e JOIN later ON e.parent = later.id) SELECT id FROM later)";
        const string Ratings = $"person = $1 AND exchange IN (SELECT e.id FROM exchanges e WHERE {Here})";
        const string Answers = $"person = $1 AND comparison IN (SELECT k.comparison FROM candidates k JOIN exchanges e ON e.id = k.exchange WHERE {Here})";
        foreach ((DeletedKind kind, string table, string where) in new[] { (DeletedKind.ExchangeText, "exchanges", Exchanges), (DeletedKind.Rating, "ratings", Ratings), (DeletedKind.Answer, "answers", Answers) })
        {
            session.Execute($"DELETE FROM tombstones WHERE reason = $3 AND kind = $4 AND id IN (SELECT id FROM {table} WHERE {where})", person, server, DeletionReason.OptedOut, kind);
            if (isOut)
            {
                Bury(kind, table, DeletionReason.OptedOut, where, [person, server]);
            }
        }
    }

    private void Collect(string table, string where, object?[] values)
    {
        session.Execute($"CREATE TEMP TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY)");
        session.Execute($"DELETE FROM temp.{table}");
        session.Execute($"INSERT INTO temp.{table} SELECT e.id FROM exchanges e WHERE {where}", values);
    }

    private int Rows(DeletedKind kind, string table, DeletionReason reason, string where, params object?[] values)
    {
        Bury(kind, table, reason, where, values);
        return session.Execute($"DELETE FROM {table} WHERE {where}", values);
    }

    private void Bury(DeletedKind kind, string table, DeletionReason reason, string where, object?[] values)
    {
        int n = values.Length;
        session.Execute(
            $"INSERT INTO tombstones (kind, id, reason, time) SELECT ${n + 1}, id, ${n + 2}, ${n + 3} FROM {table} WHERE {where} ORDER BY id",
            [.. values, kind, reason, time.GetUtcNow()]);
    }
}
