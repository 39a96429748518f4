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
