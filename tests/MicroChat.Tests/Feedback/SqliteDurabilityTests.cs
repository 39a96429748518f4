using System.Diagnostics;
using System.Globalization;
using MicroChat.Feedback;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Tests.Feedback;

/// <summary>Many at once, and kill -9.</summary>
public sealed class SqliteDurabilityTests
{
    private const string FolderVariable = "MICROCHAT_TEST_KILLED_WRITER";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task Every_acknowledged_rating_survives_kill_9(int wanted)
    {
        string folder = Directory.CreateTempSubdirectory("microchat-killed-").FullName, acknowledged = Path.Combine(folder, "acknowledged");
        var start = new ProcessStartInfo("dotnet",
            [typeof(SqliteDurabilityTests).Assembly.Location, "-explicit", "only", "-method", $"{typeof(SqliteDurabilityTests).FullName}.{nameof(Writes_until_it_is_killed)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[FolderVariable] = folder;
        using (Process writer = Process.Start(start)!)
        {
            writer.OutputDataReceived += (_, _) => { };
            writer.ErrorDataReceived += (_, _) => { };
            writer.BeginOutputReadLine();
            writer.BeginErrorReadLine();
            var watch = Stopwatch.StartNew();
            while (Lines(acknowledged).Length < wanted)
            {
                Assert.True(watch.Elapsed < Patience && !writer.HasExited, $"the writer acknowledged {Lines(acknowledged).Length} ratings");
                await Task.Delay(1);
            }
            writer.Kill();
            await writer.WaitForExitAsync().WaitAsync(Patience);
        }
        string database = Path.Combine(folder, "feedback.db");
        await using (SqliteFeedbackStore store = SqliteFeedbackStore.Open(
            new SqliteFeedbackOptions { Path = database }, MicroChat.Feedback.Security.StoreKey.Find(null, database), TimeProvider.System))
        {
            string[] lines = Lines(acknowledged);
            Assert.True(lines.Length >= wanted);
            foreach (string[] parts in lines.Select(line => line.Split(' ')))
            {
                var exchange = Guid.Parse(parts[0]);
                Assert.Equal(int.Parse(parts[1], CultureInfo.InvariantCulture), Assert.Single(await store.RatingsOfAsync(exchange, default)).Value);
                Assert.Equal("q" + exchange, (await store.FindExchangeAsync(exchange, default))!.Prompt);
            }
        }
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Run by the test above in a process of its own.</summary>
    [Fact(Explicit = true)]
    public async Task Writes_until_it_is_killed()
    {
        string? folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, $"{FolderVariable} is not set: this is the child process of another test.");
        string database = Path.Combine(folder!, "feedback.db");
        SqliteFeedbackStore store = SqliteFeedbackStore.Open(
            new SqliteFeedbackOptions { Path = database }, MicroChat.Feedback.Security.StoreKey.Find(null, database), TimeProvider.System);
        using var acknowledged = new StreamWriter(Path.Combine(folder!, "acknowledged")) { AutoFlush = true };
        Pseudonym person = store.PseudonymOf(Platforms.Web, "alice");
        for (int i = 0; i < 100_000; i++)
        {
            Guid id = Guid.CreateVersion7(), conversation = Guid.CreateVersion7();
            await store.AddExchangeAsync(new ExchangeRecord
            {
                Id = id,
                Conversation = conversation,
                Place = Place.Of(Platforms.Web),
                Person = person,
                Prompt = "q" + id,
                ModelVersion = "m",
                Time = TimeProvider.System.GetUtcNow(),
                Reply = new ExchangeReply { Status = ReplyStatus.Complete, Text = "a", Time = TimeProvider.System.GetUtcNow() },
            }, default);
            int value = i % 3 == 0 ? -1 : 1;
            Assert.Equal(RatingOutcome.Stored, await SqliteFolder.RateAsync(store, id, "alice", value));
            await acknowledged.WriteAsync($"{id} {value}\n");
        }
    }

    [Fact]
    public async Task Many_writers_and_readers_in_two_stores_on_one_file_lose_nothing()
    {
        using var folder = new SqliteFolder();
        await using SqliteFeedbackStore one = folder.Open(busySeconds: 60), two = folder.Open(busySeconds: 60);
        var exchanges = new List<Guid>();
        for (int i = 0; i < 10; i++)
        {
            exchanges.Add((await folder.AddAsync(one, $"q{i}")).Id);
        }
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            SqliteFeedbackStore store = i % 2 == 0 ? one : two;
            Assert.Equal(RatingOutcome.Stored, await SqliteFolder.RateAsync(store, exchanges[i % 10], $"user {i}", i % 4 == 0 ? -1 : 1));
            Assert.Contains(await store.RatingsOfAsync(exchanges[i % 10], default), rating => rating.Person == store.PseudonymOf(Platforms.Web, $"user {i}"));
            await (i % 5 == 0 ? store.StatisticsAsync(null, null, default) : Task.CompletedTask);
        });
        FeedbackStatistics all = await two.StatisticsAsync(null, null, default);
        Assert.Equal((150, 50), (all.Models[0].Up, all.Models[0].Down));
    }

    [Fact]
    public async Task One_persons_votes_at_the_same_time_stay_one_rating()
    {
        using var folder = new SqliteFolder();
        await using SqliteFeedbackStore store = folder.Open();
        ExchangeRecord exchange = await folder.AddAsync(store, "q");
        RatingOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => SqliteFolder.RateAsync(store, exchange.Id, "bob", i % 2 == 0 ? 1 : -1)));
        Assert.Single(outcomes, RatingOutcome.Stored);
        Assert.Single(await store.RatingsOfAsync(exchange.Id, default));
    }

    private static string[] Lines(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
