using static SQLitePCL.raw;

namespace MicroChat.Feedback.Sqlite;

/// <summary>Brings a file to a version of the schema, in one transaction: it has the old version or the new, never something between.</summary>
internal static class SqliteMigrations
{
    /// <param name="path">For messages.</param>
    /// <param name="session">An open connection.</param>
    /// <param name="busy">How long to wait for another process.</param>
    /// <param name="tables">What it shall hold.</param>
    /// <param name="fill">Called inside the transaction when the database is new.</param>
    /// <exception cref="FeedbackException">The file is something else, was made by a newer program, or cannot be written.</exception>
    public static void Apply(string path, SqliteSession session, TimeSpan busy, SqliteTables tables, Action<SqliteSession> fill)
    {
        int target = tables.Version;
        long version = Version(path, session, tables);
        if (sqlite3_db_readonly(session.Connection.Handle, "main") == 1)
        {
            throw new FeedbackException(
                $"{path}: the database cannot be written. Check the permissions of the file and of its folder, and that the disk is not mounted read-only. Nothing was written.");
        }
        if (version == target)
        {
            return;
        }
        session.Write(inside =>
        {
            long found = Version(path, inside, tables);         // another process may have done it while this one waited
            for (long step = found; step < target; step++)
            {
                inside.Script(tables.Steps[(int)step]);
            }
            if (found == 0)
            {
                fill(inside);
            }
            inside.Script($"PRAGMA application_id={tables.ApplicationId}; PRAGMA user_version={Math.Max(found, target)}");
            return true;
        }, busy);
    }

    private static long Version(string path, SqliteSession session, SqliteTables tables)
    {
        long version = session.Number("PRAGMA user_version"), application = session.Number("PRAGMA application_id");
        bool isEmpty = session.Number("SELECT COUNT(*) FROM sqlite_master") == 0;
        if (application != tables.ApplicationId && !isEmpty)
        {
            throw new FeedbackException($"{path} is an SQLite database of another program, not a {tables.Name}. Name another file; nothing was written.");
        }
        return version <= tables.Version ? version : throw new FeedbackException(
            $"{path} has version {version} of the {tables.Name}, and this program knows versions up to {tables.Version}. Update MicroChat, or name another file; nothing was written.");
    }
}
