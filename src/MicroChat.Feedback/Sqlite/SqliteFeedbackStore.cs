using MicroChat.Feedback.Security;

namespace MicroChat.Feedback.Sqlite;

/// <summary>The feedback store in one SQLite file.</summary>
public sealed partial class SqliteFeedbackStore : IFeedbackStore
{
    private const string DataKey = "data_key";

    private readonly SqliteDatabase database;
    private readonly TimeProvider time;
    private TextCipher cipher;

    private SqliteFeedbackStore(SqliteDatabase database, TextCipher cipher, TimeProvider time)
    {
        this.database = database;
        this.cipher = cipher;
        this.time = time;
    }

    /// <summary>For tests that reach below the contract.</summary>
    internal SqliteDatabase Database => database;

    /// <summary>The database file.</summary>
    public string Path => database.Path;

    /// <summary>Opens the store, and makes it on first use.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="key">Opens its texts; see <see cref="StoreKey.Find"/>.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="FeedbackException">The file is damaged, locked, read-only, of a newer version or of another program, or the key is wrong.</exception>
    public static SqliteFeedbackStore Open(SqliteFeedbackOptions options, StoreKey key, TimeProvider time)
    {
        SqliteDatabase database = SqliteDatabase.Open(options, SqliteSchema.Tables, session =>
            session.Execute("INSERT INTO meta (name, value) VALUES ($1, $2)", DataKey, TextCipher.NewDataKey(key)));
        byte[] sealedKey = database.ReadAsync(ReadDataKey, CancellationToken.None).GetAwaiter().GetResult();
        if (TextCipher.Open(sealedKey, key) is { } cipher)
        {
            return new SqliteFeedbackStore(database, cipher, time);
        }
        database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        throw WrongKey(options.Path, key);
    }

    /// <inheritdoc/>
    public Pseudonym PseudonymOf(string platform, string userId) => cipher.PseudonymOf(platform, userId);

    /// <summary>Lets the store open with another key from now on, and no longer with the present one. Texts and pseudonyms stay.</summary>
    /// <exception cref="FeedbackException"><paramref name="old"/> is not the store's key; nothing was written.</exception>
    public Task RotateKeyAsync(StoreKey old, StoreKey next, CancellationToken cancellationToken) => database.EraseAsync(session =>
    {
        byte[] changed = TextCipher.Rewrap(ReadDataKey(session), old, next) ?? throw WrongKey(Path, old);
        session.Execute("UPDATE meta SET value = $2 WHERE name = $1", DataKey, changed);
        return true;
    }, erased => erased, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => database.DisposeAsync();

    private static byte[] ReadDataKey(SqliteSession session) =>
        session.Query("SELECT value FROM meta WHERE name = $1", row => row.GetFieldValue<byte[]>(0), DataKey) is [var value] ? value
            : throw new FeedbackException("The database has lost its data key (table meta); its texts cannot be read. Restore a backup.");

    private static FeedbackException WrongKey(string path, StoreKey key) => new(
        $"{path}: the key from {key.Origin} does not open this store. Use the key that it was made with: its key file beside it, or the earlier value of {StoreKey.Variable}." +
        (File.Exists(StoreKey.WaitingBeside(path)) ? $" A change of keys was interrupted: try the one in {StoreKey.WaitingBeside(path)} in its place." : "") + " Nothing was written.");
}
