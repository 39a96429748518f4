using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace MicroChat.Feedback.Sqlite;

/// <summary>What SQLite's error codes mean for the person who runs this program.</summary>
internal static class SqliteErrors
{
    public static FeedbackException Translate(string path, SqliteException e) => new($"{path}: {Explain(e)} Nothing was written.", e);

    private static string Explain(SqliteException e) => e.SqliteErrorCode switch
    {
        SQLITE_BUSY or SQLITE_LOCKED => "the database is locked by another program. Close what has it open (a backup, a database browser, another MicroChat) and try again.",
        SQLITE_READONLY => "the database cannot be written. Check the permissions of the file and of its folder, and that the disk is not mounted read-only.",
        SQLITE_PERM or SQLITE_CANTOPEN or SQLITE_AUTH => "the database cannot be opened. Check that the folder exists and that this user may read and write the file.",
        SQLITE_FULL => "the disk is full. Free some space and try again; what was stored before is unharmed.",
        SQLITE_CORRUPT => "the database is damaged. Restore a backup, or save what is left with `sqlite3 FILE .recover` into a new file; move the damaged file away and a new one will be made.",
        SQLITE_NOTADB => "this is no SQLite database. Name another file, or move this one away and a new database will be made.",
        SQLITE_IOERR => $"the disk could not be read or written ({e.Message}). Check the disk and its free space, and try again.",
        _ => $"the database refused: {e.Message}",
    };
}
