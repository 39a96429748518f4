using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MicroChat.Feedback.Sqlite;

/// <summary>One connection and its prepared statements; used by one thread at a time. Parameters are $1, $2 … in order.</summary>
internal sealed class SqliteSession(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> commands = new(StringComparer.Ordinal);

    public SqliteConnection Connection => connection;

    /// <summary>Runs a statement.</summary>
    /// <returns>Rows that changed.</returns>
    public int Execute(string sql, params object?[] values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>All rows of a query. <paramref name="read"/> must not use this session.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params object?[] values)
    {
        using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    /// <summary>The first number of the first row; 0 for none.</summary>
    public long Number(string sql, params object?[] values) => Prepare(sql, values).ExecuteScalar() is long number ? number : 0;

    /// <summary>Runs statements that are used once, such as pragmas and migrations.</summary>
    public void Script(string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs work that reads one state of the database.</summary>
    public T Read<T>(Func<SqliteSession, T> work)
    {
        Execute("BEGIN");
        return Finish(work);
    }

    /// <summary>Runs work that writes; it is committed at its end and undone by any exception.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="busy">How long to wait for another program that is writing.</param>
    public T Write<T>(Func<SqliteSession, T> work, TimeSpan busy)
    {
        var patience = new Patience(busy);
        int code;
        while ((code = raw.sqlite3_exec(connection.Handle, "BEGIN IMMEDIATE")) == raw.SQLITE_BUSY && patience.Wait())
        {
        }
        SqliteException.ThrowExceptionForRC(code, connection.Handle);
        return Finish(work);
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in commands.Values)
        {
            command.Dispose();
        }
        connection.Dispose();
    }

    private T Finish<T>(Func<SqliteSession, T> work)
    {
        try
        {
            T result = work(this);
            Execute("COMMIT");
            return result;
        }
        finally
        {
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)     // still inside: it failed, and SQLite has not undone it itself
            {
                Execute("ROLLBACK");
            }
        }
    }

    private SqliteCommand Prepare(string sql, object?[] values)
    {
        if (!commands.TryGetValue(sql, out SqliteCommand? command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (int i = 0; i < values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
            }
            commands.Add(sql, command);
        }
        for (int i = 0; i < values.Length; i++)
        {
            SqliteParameter parameter = command.Parameters[i];
            parameter.ResetSqliteType();
            parameter.Value = ToDatabase(values[i]);
        }
        return command;
    }

    private static object ToDatabase(object? value) => value switch
    {
        null => DBNull.Value,
        Guid id => id.ToString("D"),
        Pseudonym person => person.Value,
        DateTimeOffset time => time.ToUnixTimeMilliseconds(),
        bool yes => yes ? 1L : 0L,
        Enum kind => Convert.ToInt64(kind, null),
        _ => value,
    };
}

/// <summary>
/// Short waits up to a limit. SQLite's own wait is not used: libraries built without usleep wait whole seconds, and the provider's wait is 150 ms.
/// </summary>
internal sealed class Patience(TimeSpan limit)
{
    private const int LongestMilliseconds = 20;

    private readonly Stopwatch watch = Stopwatch.StartNew();
    private int milliseconds = 1;

    /// <summary>Waits a little.</summary>
    /// <returns>False, at once: the limit is reached.</returns>
    public bool Wait()
    {
        if (watch.Elapsed >= limit)
        {
            return false;
        }
        Thread.Sleep(milliseconds);
        milliseconds = Math.Min(LongestMilliseconds, milliseconds * 2);
        return true;
    }
}

/// <summary>Columns as the records need them.</summary>
internal static class SqliteColumns
{
    public static Guid Id(this SqliteDataReader row, int column) => Guid.ParseExact(row.GetString(column), "D");

    public static Guid? OptionalId(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.Id(column);

    public static Pseudonym Person(this SqliteDataReader row, int column) => Pseudonym.Parse(row.GetString(column));

    public static DateTimeOffset Time(this SqliteDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static DateTimeOffset? OptionalTime(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    public static byte[]? Bytes(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);
}
