using System.IO.Compression;
using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;
using Microsoft.Data.Sqlite;

namespace MicroChat.Tests.Feedback;

/// <summary>Files of earlier versions.</summary>
public sealed class SqliteMigrationTests : IDisposable
{
    private const string Exchange = "019a0000-0000-7000-8000-000000000001", Rating = "019a0000-0000-7000-8000-000000000002";

    private static readonly StoreKey Key = StoreKey.Parse(Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]), "the fixture");

    private static readonly string Fixture = Path.Combine(Repository.Root, "tests", "MicroChat.Tests", "Feedback", "Fixtures", "store-v1.db.gz");

    private readonly SqliteFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_store_of_version_1_opens_with_everything_in_it()
    {
        await UnpackAsync();
        Assert.Equal(1, folder.Scalar<long>("PRAGMA user_version"));
        await using SqliteFeedbackStore store = Open();
        Assert.Equal(SqliteSchema.Version, folder.Scalar<long>("PRAGMA user_version"));
        ExchangeRecord exchange = (await store.FindExchangeAsync(Guid.Parse(Exchange), default))!;
        Assert.Equal(("What is a volcano?", "A mountain that spits fire.", store.PseudonymOf(Platforms.Web, "alice")), (exchange.Prompt, exchange.Reply!.Text, exchange.Person));
        Assert.Equal((3, -0.5f), (exchange.PromptTokens.Count, exchange.Reply.LogProbabilities[0]));
        Rating rating = Assert.Single(await store.RatingsOfAsync(exchange.Id, default));
        Assert.Equal((Guid.Parse(Rating), 1, "short and right", true), (rating.Id, rating.Value, rating.Comment, rating.IsByAsker));
        await store.SetServerPolicyAsync(new ServerPolicy(Platforms.Discord, "s", TrainingContent.Consented, "v1", folder.Clock.Now), default);
        await store.ExportSnapshotAsync(Path.Combine(folder.Folder, "snapshot"), new SnapshotOptions(), default);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_old_version_whole()
    {
        await UnpackAsync();
        folder.Execute("CREATE TABLE snapshots (in_the_way)");
        Assert.Contains("already exists", Assert.Throws<FeedbackException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.Equal(1, folder.Scalar<long>("PRAGMA user_version"));
        Assert.Equal(0, folder.Scalar<long>("SELECT COUNT(*) FROM sqlite_master WHERE name = 'server_policies'"));
        folder.Execute("DROP TABLE snapshots");
        await using SqliteFeedbackStore store = Open();
        Assert.NotNull(await store.FindExchangeAsync(Guid.Parse(Exchange), default));
    }

    [Fact]
    public async Task Many_programs_may_open_an_old_or_new_store_at_once()
    {
        await UnpackAsync();
        SqliteFeedbackStore[] stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(Open)));
        foreach (SqliteFeedbackStore store in stores)
        {
            Assert.NotNull(await store.FindExchangeAsync(Guid.Parse(Exchange), default));
            await store.DisposeAsync();
        }
        using var fresh = new SqliteFolder();
        stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => fresh.Open())));
        Assert.Single(stores.Select(store => store.PseudonymOf(Platforms.Web, "alice")).Distinct());
        foreach (SqliteFeedbackStore store in stores)
        {
            await store.DisposeAsync();
        }
    }

    /// <summary>How the fixture was made; run it by name only if the fixture is ever lost, as step 1 of the schema never changes.</summary>
    [Fact(Explicit = true)]
    public async Task Makes_the_fixture()
    {
        SQLitePCL.Batteries_V2.Init();
        byte[] sealedKey = TextCipher.NewDataKey(Key);
        TextCipher cipher = TextCipher.Open(sealedKey, Key)!;
        Guid exchange = Guid.Parse(Exchange), rating = Guid.Parse(Rating);
        Pseudonym alice = cipher.PseudonymOf(Platforms.Web, "alice");
        using (var session = new SqliteSession(folder.Raw()))
        {
            SqliteMigrations.Apply(folder.Database, session, TimeSpan.Zero, SqliteSchema.Tables with { Steps = [SqliteSchema.Steps[0]] }, inside =>
            {
                inside.Execute("INSERT INTO meta (name, value) VALUES ('data_key', $1)", sealedKey);
                inside.Execute(
                    """
                    INSERT INTO exchanges (id, conversation, platform, server, channel, thread, person, origin, model, sampling, seed, time, status, reply_time,
                        prompt, prompt_tokens, reply, reply_tokens, log_probabilities)
                    VALUES ($1, $1, 'web', '', '', '', $2, 0, 'gen-1', '{}', 5, 1763726400000, 0, 1763726401000, $3, $4, $5, $6, $7)
                    """,
                    exchange, alice, cipher.Seal("What is a volcano?", "exchanges.prompt", exchange), cipher.Seal<int>([1, 2, 3], "exchanges.prompt_tokens", exchange),
                    cipher.Seal("A mountain that spits fire.", "exchanges.reply", exchange), cipher.Seal<int>([4, 5], "exchanges.reply_tokens", exchange),
                    cipher.Seal<float>([-0.5f, -1f], "exchanges.log_probabilities", exchange));
                inside.Execute("INSERT INTO ratings (id, exchange, person, value, comment, time) VALUES ($1, $2, $3, 1, $4, 1763726402000)",
                    rating, exchange, alice, cipher.Seal("short and right", "ratings.comment", rating));
                inside.Execute("INSERT INTO raters (person, first_seen) VALUES ($1, 1763726402000)", alice);
            });
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Fixture)!);
        await using FileStream target = File.Create(Fixture);
        await using var packed = new GZipStream(target, CompressionLevel.SmallestSize);
        await packed.WriteAsync(await File.ReadAllBytesAsync(folder.Database));
    }

    private SqliteFeedbackStore Open() => SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = folder.Database }, Key, folder.Clock);

    private async Task UnpackAsync()
    {
        await using FileStream source = File.OpenRead(Fixture);
        await using var unpacked = new GZipStream(source, CompressionMode.Decompress);
        await using FileStream target = File.Create(folder.Database);
        await unpacked.CopyToAsync(target);
    }
}
