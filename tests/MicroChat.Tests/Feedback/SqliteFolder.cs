using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;
using Microsoft.Data.Sqlite;

namespace MicroChat.Tests.Feedback;

/// <summary>A folder with an SQLite store of its own, and ways to look below the contract.</summary>
internal sealed class SqliteFolder : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("microchat-sqlite-").FullName;

    public string Database => Path.Combine(Folder, "feedback.db");

    public ManualClock Clock { get; } = new();

    public SqliteFeedbackStore Open(double busySeconds = 5) => SqliteFeedbackStore.Open(
        new SqliteFeedbackOptions { Path = Database, BusyTimeout = TimeSpan.FromSeconds(busySeconds) }, StoreKey.Find(null, Database), Clock);

    public async Task<ExchangeRecord> AddAsync(IFeedbackStore store, string prompt, string user = "alice", ExchangeRecord? parent = null)
    {
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        var exchange = new ExchangeRecord
        {
            Id = Guid.CreateVersion7(Clock.Now),
            Conversation = parent?.Conversation ?? Guid.CreateVersion7(Clock.Now),
            Parent = parent?.Id,
            Place = Place.Of(Platforms.Web),
            Person = store.PseudonymOf(Platforms.Web, user),
            SystemPrompt = "persona of " + prompt,
            Prompt = prompt,
            PromptTokens = [101, 102, 103],
            ModelVersion = "gen-1",
            Time = Clock.Now,
            Reply = new ExchangeReply { Status = ReplyStatus.Complete, Text = "reply to " + prompt, Tokens = [104, 105], LogProbabilities = [-1f, -2f], Time = Clock.Now },
        };
        await store.AddExchangeAsync(exchange, default);
        return exchange;
    }

    public static Task<RatingOutcome> RateAsync(IFeedbackStore store, Guid exchange, string user, int value, string? comment = null) =>
        store.RateAsync(new NewRating(exchange, new Rater(store.PseudonymOf(Platforms.Web, user), RaterKind.Person, null), value, null, comment), default);

    /// <summary>A connection that knows nothing of the store.</summary>
    public SqliteConnection Raw()
    {
        var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        return connection;
    }

    public T Scalar<T>(string sql)
    {
        using SqliteConnection connection = Raw();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)command.ExecuteScalar()!;
    }

    public void Execute(string sql)
    {
        using SqliteConnection connection = Raw();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Whether bytes occur in the database or in a file beside it.</summary>
    public bool Holds(ReadOnlySpan<byte> bytes)
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "feedback.db*"))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            if (content.AsSpan().IndexOf(bytes) >= 0)
            {
                return true;
            }
        }
        return false;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
