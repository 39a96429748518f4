using MicroChat.Chat;
using MicroChat.Chat.Serving;
using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;
using MicroChat.Tests.Chat.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace MicroChat.Tests.Discord;

/// <summary>The short form of <c>MicroChat.Benchmarks discord heartbeats</c>: an engine and more threads than there are cores compute without a pause.</summary>
[Collection(BusyPool.Name)]
public sealed class BusyEngineTests : IAsyncLifetime
{
    private const int Beats = 12, Rooms = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string folder = Directory.CreateTempSubdirectory("microchat-busy-").FullName;
    private readonly Engine engine = TinyModel.Engine(new EngineOptions(), out _);
    private readonly CancellationTokenSource over = new();
    private long seed;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        engine.Dispose();
        over.Dispose();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task No_heartbeat_is_missed_while_every_core_is_busy_and_questions_are_answered()
    {
        await using DiscordSimulator discord = await DiscordSimulator.StartAsync(new SimulatorOptions { HeartbeatInterval = TimeSpan.FromMilliseconds(300) });
        SimGuild home = discord.World.AddGuild("home");
        SimChannel[] rooms = [.. Enumerable.Range(0, Rooms).Select(i => discord.World.AddChannel(home, $"room-{i}"))];
        string database = Path.Combine(folder, "feedback.db");
        await using SqliteFeedbackStore store = SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = database }, StoreKey.Find(null, database), TimeProvider.System);
        await using var client = new BuiltInClient(new DiscordOptions { Token = discord.Token, ApiBase = discord.ApiUrl }, null, TimeProvider.System, new Random(1), NullLogger.Instance);
        using var bot = new DiscordBot(
            client, new LocalChatClient(engine, TimeProvider.System), engine, store, new DiscordBotOptions { UserTurnsPerHour = 0, DrainSeconds = 0, Debounce = TimeSpan.FromMilliseconds(50) },
            new PersonaOptions(), new DiscordBotSurroundings { StatePath = Path.Combine(folder, "discord.db"), NewSeed = () => Interlocked.Increment(ref seed) },
            TimeProvider.System, NullLogger<DiscordBot>.Instance);
        await bot.StartAsync(CancellationToken.None);
        Assert.True(await discord.WaitForShardsAsync(1, Patience));
        Thread[] busy = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Compute) { IsBackground = true })];
        Array.ForEach(busy, thread => thread.Start());
        long before = discord.Journal.Heartbeats;
        SimMessage[] questions = [.. rooms.SelectMany((room, i) => Enumerable.Range(0, 3).Select(n => discord.World.Say(discord.World.AddUser($"p{i}-{n}"), room, $"{discord.World.Bot.Mention} tell me more")))];
        bool beat = await discord.Journal.WaitForAsync(journal => journal.Heartbeats - before >= Beats, Patience);
        bool answered = await discord.World.WaitForAsync(_ => questions.All(q => q.Channel.Messages.Any(m => m.ReplyTo == q.Id && m.ComponentsJson.Contains("mc1:up", StringComparison.Ordinal))), Patience);
        await over.CancelAsync();
        Array.ForEach(busy, thread => thread.Join());
        await bot.StopAsync(CancellationToken.None);
        Assert.True(beat && answered, $"{discord.Journal.Heartbeats - before} heartbeats, all answered: {answered}");
        Assert.Equal((0, 0, 1), (discord.Journal.MissedHeartbeats, discord.Journal.UnexpectedRateLimits, discord.Journal.Identifies));
    }

    private void Compute()
    {
        double x = 0;
        while (!over.IsCancellationRequested)
        {
            for (int i = 0; i < 100_000; i++)
            {
                x += Math.Sqrt(i);
            }
        }
        GC.KeepAlive(x);
    }
}
