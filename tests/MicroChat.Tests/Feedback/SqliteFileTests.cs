using MicroChat.Feedback;
using MicroChat.Feedback.Sqlite;
using Microsoft.Data.Sqlite;

namespace MicroChat.Tests.Feedback;

/// <summary>Files that are damaged, locked, foreign, too new, read-only or on a full disk.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private readonly SqliteFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        await (folder.Open()).DisposeAsync();
        byte[] noise = new byte[8_192];
        new Random(1).NextBytes(noise);
        await File.WriteAllBytesAsync(folder.Database, noise);
        Refused("no SQLite database", () => folder.Open());
        Assert.Equal(noise, await File.ReadAllBytesAsync(folder.Database));
    }

    [Fact]
    public async Task A_damaged_database_is_named_with_the_remedy()
    {
        Guid id;
        await using (SqliteFeedbackStore store = folder.Open())
        {
            id = (await folder.AddAsync(store, "q")).Id;
            for (int i = 0; i < 50; i++)
            {
                await folder.AddAsync(store, $"fill {i}");
            }
        }
        byte[] bytes = await File.ReadAllBytesAsync(folder.Database);
        new Random(2).NextBytes(bytes.AsSpan(4_096));                       // everything after the first page
        await File.WriteAllBytesAsync(folder.Database, bytes);
        await RefusedAsync("is damaged", async () =>
        {
            await using SqliteFeedbackStore store = folder.Open();
            await store.FindExchangeAsync(id, default);
        });
        await File.WriteAllBytesAsync(folder.Database, bytes[..5_000]);     // cut in the middle
        await RefusedAsync("is damaged", async () =>
        {
            await using SqliteFeedbackStore store = folder.Open();
            await store.FindExchangeAsync(id, default);
        });
    }

    [Fact]
    public void A_database_of_another_program_is_refused_and_left_alone()
    {
        folder.Execute("CREATE TABLE theirs (x)");
        File.WriteAllText(Path.ChangeExtension(folder.Database, ".key"), Convert.ToBase64String(new byte[32]));
        Refused("of another program", () => folder.Open());
        Assert.Equal(1, folder.Scalar<long>("SELECT COUNT(*) FROM sqlite_master"));
    }

    [Fact]
    public async Task A_newer_version_is_refused_and_left_alone()
    {
        await folder.Open().DisposeAsync();
        folder.Execute("PRAGMA user_version=99");
        Refused("has version 99", () => folder.Open());
        Assert.Equal(99, folder.Scalar<long>("PRAGMA user_version"));
    }

    [Fact]
    public async Task A_locked_database_is_waited_for_and_then_named()
    {
        await using SqliteFeedbackStore store = folder.Open(busySeconds: 0.2);
        ExchangeRecord exchange = await folder.AddAsync(store, "q");
        using (SqliteConnection other = folder.Raw())
        using (SqliteTransaction holding = other.BeginTransaction(deferred: false))
        {
            await RefusedAsync("locked by another program", () => SqliteFolder.RateAsync(store, exchange.Id, "bob", 1));
            Assert.NotNull(await store.FindExchangeAsync(exchange.Id, default));          // reading goes on
            holding.Rollback();
        }
        Assert.Equal(RatingOutcome.Stored, await SqliteFolder.RateAsync(store, exchange.Id, "bob", 1));
    }

    [Fact]
    public async Task A_lock_that_is_given_back_in_time_costs_nothing()
    {
        await using SqliteFeedbackStore store = folder.Open(busySeconds: 20);
        ExchangeRecord exchange = await folder.AddAsync(store, "q");
        using SqliteConnection other = folder.Raw();
        using SqliteTransaction holding = other.BeginTransaction(deferred: false);
        Task<RatingOutcome> waiting = SqliteFolder.RateAsync(store, exchange.Id, "bob", 1);
        await Task.WhenAny(waiting, Task.Delay(200));
        Assert.False(waiting.IsCompleted);
        holding.Rollback();
        Assert.Equal(RatingOutcome.Stored, await waiting);
    }

    [Fact]
    public async Task A_full_disk_refuses_the_write_and_loses_nothing()
    {
        await using SqliteFeedbackStore store = folder.Open();
        ExchangeRecord first = await folder.AddAsync(store, "first");
        await SqliteFolder.RateAsync(store, first.Id, "bob", 1);
        long pages = await store.Database.WriteAsync(session => session.Number("PRAGMA page_count"), default);
        await store.Database.WriteAsync(session => session.Number($"PRAGMA max_page_count={pages + 1}"), default);
        await RefusedAsync("the disk is full", () => folder.AddAsync(store, new string('x', 100_000)));
        Assert.Single((await store.FindAsync(new FeedbackQuery(), default)).Items);
        Assert.Single(await store.RatingsOfAsync(first.Id, default));
        await store.Database.WriteAsync(session => session.Number("PRAGMA max_page_count=1000000"), default);
        await folder.AddAsync(store, new string('x', 100_000));
        Assert.Equal(2, (await store.FindAsync(new FeedbackQuery(), default)).Items.Count);
        Assert.Equal("ok", folder.Scalar<string>("PRAGMA integrity_check"));
    }

    [Fact]
    public async Task A_read_only_file_is_named()
    {
        Assert.SkipWhen(!OperatingSystem.IsWindows() && Environment.UserName == "root", "root may write everywhere.");
        await folder.Open().DisposeAsync();
        File.SetAttributes(folder.Database, FileAttributes.ReadOnly);
        try
        {
            Refused("cannot be written", () => folder.Open());
        }
        finally
        {
            File.SetAttributes(folder.Database, FileAttributes.Normal);
        }
    }

    [Theory]
    [InlineData(8, "cannot be written")]
    [InlineData(10, "could not be read or written")]
    [InlineData(13, "disk is full")]
    [InlineData(14, "cannot be opened")]
    public void Error_codes_are_told_in_words_with_the_file(int code, string words)
    {
        string message = SqliteErrors.Translate("/some/feedback.db", new SqliteException("x", code)).Message;
        Assert.StartsWith("/some/feedback.db: ", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_place_of_the_file_is_refused()
    {
        Directory.CreateDirectory(folder.Database);
        File.WriteAllText(Path.ChangeExtension(folder.Database, ".key"), Convert.ToBase64String(new byte[32]));
        Assert.Contains(folder.Database, Assert.Throws<FeedbackException>(() => folder.Open()).Message, StringComparison.Ordinal);
    }

    private static void Refused(string message, Action act) =>
        Assert.Contains(message, Assert.Throws<FeedbackException>(act).Message, StringComparison.Ordinal);

    private static async Task RefusedAsync(string message, Func<Task> act) =>
        Assert.Contains(message, (await Assert.ThrowsAsync<FeedbackException>(act)).Message, StringComparison.Ordinal);
}
