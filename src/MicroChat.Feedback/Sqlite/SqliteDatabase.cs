using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using MicroChat.Feedback.Security;

namespace MicroChat.Feedback.Sqlite;

/// <summary>
/// The file: one connection that writes (one caller at a time, every commit flushed to disk) and several that read the last committed state
/// meanwhile (write-ahead log). SQLite's exceptions leave it as <see cref="FeedbackException"/>.
/// </summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private static readonly TimeSpan LongestClearing = TimeSpan.FromSeconds(1);

    private readonly SqliteFeedbackOptions options;
    private readonly SqliteSession writer;
    private readonly SemaphoreSlim writing = new(1, 1), reading;
    private readonly ConcurrentBag<SqliteSession> idle = [];
    private bool hasResidue;

    static SqliteDatabase() => SQLitePCL.Batteries_V2.Init();

    private SqliteDatabase(SqliteFeedbackOptions options, SqliteSession writer)
    {
        this.options = options;
        this.writer = writer;
        reading = new SemaphoreSlim(options.Readers, options.Readers);
    }

    /// <summary>Opens the file, makes it where it is missing, and brings it to the newest version.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="tables">What it holds.</param>
    /// <param name="fill">Called inside the transaction that makes a new database.</param>
    public static SqliteDatabase Open(SqliteFeedbackOptions options, SqliteTables tables, Action<SqliteSession> fill)
    {
        string path = options.Path;
        Reserve(path);
        bool hasLog = new FileInfo(path + "-wal") is { Exists: true, Length: > 0 };      // of a program that was killed, perhaps while it deleted
        SqliteSession? session = null;
        try
        {
            session = Connect(options);
            SqliteMigrations.Apply(path, session, options.BusyTimeout, tables, fill);
            session.Script("PRAGMA journal_mode=WAL");
            return new SqliteDatabase(options, session) { hasResidue = hasLog };
        }
        catch (SqliteException e)
        {
            session?.Dispose();
            throw SqliteErrors.Translate(path, e);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    public string Path => options.Path;

    /// <summary>Runs work in a transaction; when the task is complete its changes are on disk.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Guard(() => writer.Write(work, options.BusyTimeout)), CancellationToken.None);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Like <see cref="WriteAsync"/>, and when the task is complete what was deleted is in no byte of the files either.</summary>
    public async Task<T> EraseAsync<T>(Func<SqliteSession, T> work, Func<T, bool> erased, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Guard(() =>
            {
                T result = writer.Write(work, options.BusyTimeout);
                if (erased(result))
                {
                    hasResidue = !TryClearLog();
                }
                return result;
            }), CancellationToken.None);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Clears what earlier deletions could not, and gives free pages back to the file system where they are a good part of the file.</summary>
    public async Task CompactAsync(CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            await Task.Run(() => Guard(() =>
            {
                if (writer.Number("PRAGMA freelist_count") * 4 > writer.Number("PRAGMA page_count"))
                {
                    writer.Script("VACUUM");
                    hasResidue = true;
                }
                hasResidue = hasResidue && !TryClearLog();
                return true;
            }), CancellationToken.None);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Runs work that only reads, on one state of the database.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        await reading.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Guard(() => Read(work)), CancellationToken.None);
        }
        finally
        {
            reading.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await writing.WaitAsync();
        for (int i = 0; i < options.Readers; i++)
        {
            await reading.WaitAsync();          // let reads that run come to their end
        }
        if (hasResidue)
        {
            TryClearLog();
        }
        while (idle.TryTake(out SqliteSession? reader))
        {
            reader.Dispose();
        }
        writer.Dispose();
        writing.Dispose();
        reading.Dispose();
    }

    private T Read<T>(Func<SqliteSession, T> work)
    {
        SqliteSession session = idle.TryTake(out SqliteSession? free) ? free : Connect(options);
        try
        {
            T result = session.Read(work);
            idle.Add(session);
            session = null!;
            return result;
        }
        finally
        {
            session?.Dispose();         // after a failure only
        }
    }

    private T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.Translate(Path, e);
        }
    }

    /// <summary>Moves everything from the log into the database and cuts the log to nothing; another program that reads can prevent it for now.</summary>
    private bool TryClearLog()
    {
        try
        {
            var patience = new Patience(LongestClearing);
            while (writer.Query("PRAGMA wal_checkpoint(TRUNCATE)", row => row.GetInt64(0)) is not [0])
            {
                if (!patience.Wait())
                {
                    return false;
                }
            }
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED)
        {
            return false;               // the deletion itself is committed; the next one, the daily clean-up or closing clears the log
        }
    }

    private static void Reserve(string path)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            if (!File.Exists(path))
            {
                KeyFile.Create(path).Dispose();     // SQLite would make it readable for everybody
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            return;                                 // another process was faster
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FeedbackException($"{path} cannot be made: {e.Message} Choose another place, or change the permissions of the folder.", e);
        }
    }

    private static SqliteSession Connect(SqliteFeedbackOptions options)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = options.Path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = Math.Max(1, (int)Math.Ceiling(options.BusyTimeout.TotalSeconds)),
        }.ToString());
        var session = new SqliteSession(connection);
        try
        {
            connection.Open();
            session.Script("""
                PRAGMA busy_timeout=0; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;
                PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;
                """);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
