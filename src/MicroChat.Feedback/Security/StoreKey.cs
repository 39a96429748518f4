using System.Security.Cryptography;

namespace MicroChat.Feedback.Security;

/// <summary>
/// The secret that opens a store: 32 random bytes from the environment, or from a key file beside the database. It encrypts only the
/// store's own data key, so that changing it (see <see cref="Sqlite.SqliteFeedbackStore.RotateKeyAsync"/>) takes no time and keeps pseudonyms.
/// </summary>
public sealed class StoreKey
{
    /// <summary>Environment variable with the key in base64.</summary>
    public const string Variable = "MICROCHAT_STORE_KEY";

    private const int Length = 32, LongestFile = 4_096;

    private readonly byte[] bytes;

    private StoreKey(byte[] bytes, string origin)
    {
        this.bytes = bytes;
        Origin = origin;
    }

    /// <summary>Where it came from, for messages: the variable's name or the file's path.</summary>
    public string Origin { get; }

    internal ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>The key file that belongs to a database: the same name with the extension ".key".</summary>
    public static string FileBeside(string database) => Path.ChangeExtension(Path.GetFullPath(database), ".key");

    /// <summary>Where the next key waits while the store is being changed to it.</summary>
    public static string WaitingBeside(string database) => FileBeside(database) + ".new";

    /// <summary>Reads a key from base64.</summary>
    /// <param name="text">32 bytes in base64.</param>
    /// <param name="origin">Where it came from.</param>
    /// <exception cref="FeedbackException">It is not 32 bytes in base64. The message does not repeat it.</exception>
    public static StoreKey Parse(string text, string origin)
    {
        var key = new byte[Length];
        return Convert.TryFromBase64String(text.Trim(), key, out int written) && written == Length
            ? new StoreKey(key, origin)
            : throw new FeedbackException(
                $"{origin} does not hold a key: it must be {Length} bytes in base64 ({(Length + 2) / 3 * 4} characters), as `openssl rand -base64 {Length}` prints.");
    }

    /// <summary>A key from the system's random generator.</summary>
    public static StoreKey Create(string origin) => new(RandomNumberGenerator.GetBytes(Length), origin);

    /// <summary>The key of a database: of the variable where it is set, else of the key file, which is made (mode 0600) together with a new database.</summary>
    /// <param name="variable">Value of <see cref="Variable"/>; null or empty: not set.</param>
    /// <param name="database">Path of the database.</param>
    /// <exception cref="FeedbackException">The key is malformed, or the database exists and its key file does not.</exception>
    public static StoreKey Find(string? variable, string database)
    {
        if (!string.IsNullOrWhiteSpace(variable))
        {
            return Parse(variable, Variable);
        }
        string file = FileBeside(database);
        if (!File.Exists(file))
        {
            if (new FileInfo(database) is { Exists: true, Length: > 0 })
            {
                throw new FeedbackException(
                    $"{file} is missing, and without it the texts in {database} cannot be read. Put the key file back, or set {Variable}; " +
                    "if the key is lost, move the database away and a new one will be made.");
            }
            KeyFile.TryCreate(file, Create(file).ToBase64());
        }
        return Parse(KeyFile.Read(file, LongestFile), file);
    }

    /// <summary>Writes the key into a file that only its owner can read, in place of what was there.</summary>
    public void SaveTo(string file) => KeyFile.Replace(file, ToBase64());

    private string ToBase64() => Convert.ToBase64String(bytes);
}
