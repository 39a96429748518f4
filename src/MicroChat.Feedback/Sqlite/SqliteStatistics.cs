namespace MicroChat.Feedback.Sqlite;

/// <summary>Counts over a span of time. Halves of controls (origin 2, <see cref="PromptOrigin.Control"/>) are no exchanges of a model.</summary>
internal static class SqliteStatistics
{
    private const long DayMilliseconds = 86_400_000;

    public static FeedbackStatistics Count(SqliteSession session, DateTimeOffset from, DateTimeOffset to)
    {
        var days = new SortedDictionary<DateOnly, DayCounts>();
        Add("SELECT time / 86400000, COUNT(*) FROM exchanges WHERE time >= $1 AND time < $2 AND origin <> 2 GROUP BY 1", (day, n) => day with { Exchanges = n });
        Add("SELECT time / 86400000, COUNT(*) FROM ratings WHERE time >= $1 AND time < $2 AND value > 0 GROUP BY 1", (day, n) => day with { Up = n });
        Add("SELECT time / 86400000, COUNT(*) FROM ratings WHERE time >= $1 AND time < $2 AND value < 0 GROUP BY 1", (day, n) => day with { Down = n });
        Add("SELECT time / 86400000, COUNT(*) FROM comparisons WHERE time >= $1 AND time < $2 GROUP BY 1", (day, n) => day with { Comparisons = n });
        Add("SELECT time / 86400000, COUNT(*) FROM answers WHERE time >= $1 AND time < $2 GROUP BY 1", (day, n) => day with { Answers = n });
        return new FeedbackStatistics { Days = [.. days.Values], Models = Models(session, from, to), Persons = Persons(session, from, to) };

        void Add(string sql, Func<DayCounts, long, DayCounts> put)
        {
            foreach ((long number, long count) in session.Query(sql, row => (row.GetInt64(0), row.GetInt64(1)), from, to))
            {
                var day = DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(number * DayMilliseconds).UtcDateTime);
                days[day] = put(days.GetValueOrDefault(day) ?? new DayCounts(day, 0, 0, 0, 0, 0), count);
            }
        }
    }

    private static List<ModelCounts> Models(SqliteSession session, DateTimeOffset from, DateTimeOffset to) => session.Query(
        """
        SELECT e.model, COUNT(*), SUM((SELECT COUNT(*) FROM ratings r WHERE r.exchange = e.id AND r.value > 0)),
            SUM((SELECT COUNT(*) FROM ratings r WHERE r.exchange = e.id AND r.value < 0))
        FROM exchanges e WHERE e.time >= $1 AND e.time < $2 AND e.origin <> 2 GROUP BY e.model ORDER BY MIN(e.time), e.model
        """, row => new ModelCounts(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)), from, to);

    private static long Persons(SqliteSession session, DateTimeOffset from, DateTimeOffset to) => session.Number(
        """
        SELECT COUNT(*) FROM (
            SELECT person FROM exchanges WHERE time >= $1 AND time < $2 AND origin <> 2
            UNION SELECT person FROM ratings WHERE time >= $1 AND time < $2
            UNION SELECT person FROM answers WHERE time >= $1 AND time < $2)
        """, from, to);
}
