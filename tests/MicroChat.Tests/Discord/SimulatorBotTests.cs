using MicroChat.Chat;
using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;
using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;
using Microsoft.Extensions.Logging;

namespace MicroChat.Tests.Discord;

/// <summary>The whole bot with the built-in client against the simulated Discord: over sockets, with rate limits and failures.</summary>
public sealed class SimulatorBotTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string folder = Directory.CreateTempSubdirectory("microchat-simbot-").FullName;
    private readonly FakeModel model = new();
    private readonly CapturingLog log = new();
    private DiscordSimulator discord = null!;
    private SqliteFeedbackStore store = null!;
    private SimGuild home = null!;
    private SimChannel general = null!;
    private SimUser alice = null!;
    private BuiltInClient? client;
    private DiscordBot? bot;
    private long seed;

    public async ValueTask InitializeAsync()
    {
        discord = await DiscordSimulator.StartAsync(new SimulatorOptions());
        home = discord.World.AddGuild("home");
        general = discord.World.AddChannel(home, "general");
        alice = discord.World.AddUser("alice");
        discord.World.Join(home, alice);
        string database = Path.Combine(folder, "feedback.db");
        store = SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = database }, StoreKey.Find(null, database), TimeProvider.System);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await discord.DisposeAsync();
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Mentions_commands_buttons_and_reactions_work_over_the_wire()
    {
        SimMessage question = discord.World.Say(alice, general, $"{discord.World.Bot.Mention} hello @everyone <@{alice.Id}>");
        SimMessage answer = await AnsweredAsync(question);
        Assert.Contains("hello", answer.Content, StringComparison.Ordinal);
        Assert.Empty(discord.World.Pings);
        Assert.Empty(answer.Pinged);

        await WaitAsync(_ => discord.World.CommandsOf(null).Count > 0);
        SimInteraction ask = discord.World.UseCommand(alice, general, "ask", new Dictionary<string, object> { ["question"] = "what is a tide?" });
        await WaitAsync(_ => ask.Response is { } response && response.Content.Contains("what is a tide?", StringComparison.Ordinal));
        Assert.True(ask.AnsweredAfter < TimeSpan.FromSeconds(1), $"{ask.AnsweredAfter}");

        SimInteraction press = discord.World.Press(alice, answer, "👍");
        await WaitAsync(_ => press.Response is { IsEphemeral: true });
        Guid exchange = (await store.FindByMessageAsync(Platforms.Discord, answer.Id.ToString(), default))!.Id;
        await BotHarness.Until(async () => await store.RatingsOfAsync(exchange, default) is [{ Value: 1 }], 60);
        SimUser bob = discord.World.AddUser("bob");
        discord.World.React(bob, answer, "👎🏽");
        await BotHarness.Until(async () => (await store.RatingsOfAsync(exchange, default)).Count == 2, 60);
        discord.World.Unreact(bob, answer, "👎🏽");
        await BotHarness.Until(async () => (await store.RatingsOfAsync(exchange, default)).Count == 1, 60);

        discord.World.Delete(question);
        await WaitAsync(_ => answer.IsDeleted);
        await BotHarness.Until(async () => await store.FindExchangeAsync(exchange, default) is null, 60);
        Assert.True(discord.Journal.UnexpectedRateLimits == 0, Trouble());
    }

    [Fact]
    public async Task Every_message_is_answered_once_through_cuts_and_a_restart()
    {
        await AnsweredAsync(discord.World.Say(alice, general, $"{discord.World.Bot.Mention} are you there?"));      // from here on nothing may be lost
        var questions = new List<SimMessage>();
        for (int round = 0; round < 8; round++)
        {
            questions.Add(discord.World.Say(alice, general, $"{discord.World.Bot.Mention} question {round}"));
            switch (round % 4)
            {
                case 0:
                    discord.Failures.Cut();
                    break;
                case 1:
                    discord.Failures.Reconnect();
                    break;
                case 2:
                    discord.Failures.DuplicateEvents(3);
                    break;
                default:
                    await StopAsync();
                    questions.Add(discord.World.Say(alice, general, $"{discord.World.Bot.Mention} while away {round}"));
                    await StartAsync();
                    break;
            }
            await Task.Delay(1_200);                // longer than the pause after which a question is complete
        }
        bool all = await discord.World.WaitForAsync(_ => questions.TrueForAll(q => AnswersTo(q).Length > 0), Patience);
        Assert.True(all, string.Join(", ", questions.Where(q => AnswersTo(q).Length == 0).Select(q => q.Content)) + Trouble());
        await Task.Delay(1_500);
        foreach (SimMessage question in questions)
        {
            Assert.True(AnswersTo(question).Length == 1, $"\"{question.Content}\" has {AnswersTo(question).Length} answers.");
        }
        Assert.True(discord.Journal.UnexpectedRateLimits == 0, Trouble());
    }

    [Fact]
    public async Task A_bot_that_is_timed_out_keeps_silent_and_comes_back()
    {
        await AnsweredAsync(discord.World.Say(alice, general, $"{discord.World.Bot.Mention} hello"));
        discord.World.TimeOut(home, discord.World.Bot, TimeSpan.FromHours(1));
        SimMessage unheard = discord.World.Say(alice, general, $"{discord.World.Bot.Mention} are you there?");
        await Task.Delay(500);
        discord.World.TimeOut(home, discord.World.Bot, TimeSpan.Zero);
        await AnsweredAsync(discord.World.Say(alice, general, $"{discord.World.Bot.Mention} and now?"));
        Assert.Empty(AnswersTo(unheard));
        Assert.True(discord.Journal.InvalidRequests == 0, Trouble());
    }

    [Fact]
    public async Task Suggestions_come_while_somebody_types()
    {
        await WaitAsync(_ => discord.World.CommandsOf(null).Count > 0);
        SimInteraction typing = discord.World.Autocomplete(alice, general, "model promote", "generation", "1");
        await WaitAsync(_ => typing.Choices is not null);
        Assert.True(discord.Journal.InvalidRequests == 0, Trouble());
    }

    [Fact]
    public async Task Strange_messages_are_answered_over_the_wire_too()
    {
        Dictionary<string, byte[]> files = Enumerable.Range(0, 25).ToDictionary(i => $"{i}.png", _ => new byte[] { 1, 2, 3 });
        SimMessage[] questions =
        [
            discord.World.Say(discord.World.AddUser("a"), general, $"{discord.World.Bot.Mention} {string.Concat(Enumerable.Repeat("😀", 1_900))}"),
            discord.World.Say(discord.World.AddUser("b"), general, $"{discord.World.Bot.Mention} x{new string('\u200b', 3_900)}y"),
            discord.World.Say(discord.World.AddUser("c"), general, $"{discord.World.Bot.Mention} {string.Concat(Enumerable.Repeat("\u202Eevil ", 500))}"),
            discord.World.Say(discord.World.AddUser("d"), general, $"{discord.World.Bot.Mention} {string.Concat(Enumerable.Repeat("```a\n~~~b\n", 300))}"),
            discord.World.Say(discord.World.AddUser("e"), general, $"{discord.World.Bot.Mention} what is this?", files: files),
        ];
        await WaitAsync(_ => Array.TrueForAll(questions, q => AnswersTo(q).Length == 1));
        Assert.True(discord.Journal is { UnexpectedRateLimits: 0, InvalidRequests: 0 }, Trouble());
        Assert.Empty(discord.World.Pings);
    }

    [Fact]
    public async Task Many_conversations_meet_no_rate_limit()
    {
        SimChannel[] channels = [.. Enumerable.Range(0, 10).Select(i => discord.World.AddChannel(home, $"room-{i}"))];
        var questions = new List<SimMessage>();
        for (int i = 0; i < 40; i++)
        {
            questions.Add(discord.World.Say(discord.World.AddUser($"person-{i}"), channels[i % channels.Length], $"{discord.World.Bot.Mention} long question {i}"));
        }
        await WaitAsync(_ => questions.TrueForAll(q => AnswersTo(q).Length == 1));
        Assert.True(discord.Journal.UnexpectedRateLimits == 0, Trouble());
        Assert.Equal(0, discord.Journal.InvalidRequests);
    }

    [Fact]
    public async Task A_storm_of_reactions_is_recorded_exactly_over_the_wire()
    {
        SimMessage answer = await AnsweredAsync(discord.World.Say(alice, general, $"{discord.World.Bot.Mention} hello"));
        await BotHarness.Until(async () => await store.FindByMessageAsync(Platforms.Discord, answer.Id.ToString(), default) is not null, 60);
        Guid exchange = (await store.FindByMessageAsync(Platforms.Discord, answer.Id.ToString(), default))!.Id;
        await discord.Failures.ReactionStormAsync(answer, 1_000, TimeSpan.FromSeconds(1), ["👍", "👎", "🎉"]);
        await BotHarness.Until(async () => (await store.RatingsOfAsync(exchange, default)).Count == 667, 90);
        Assert.Equal(334, (await store.RatingsOfAsync(exchange, default)).Count(r => r.Value > 0));
    }

    private async Task StartAsync()
    {
        client = new BuiltInClient(
            new DiscordOptions { Token = discord.Token, ApiBase = discord.ApiUrl, MessageContent = true }, null, TimeProvider.System, new Random(1), log);
        var options = new DiscordBotOptions { Debounce = TimeSpan.FromMilliseconds(50), UserTurnsPerHour = 0, MostTurnsPerUser = 100, DrainSeconds = 5 };
        bot = new DiscordBot(
            client, new LocalChatClient(model, TimeProvider.System), model, store, options, new PersonaOptions(),
            new DiscordBotSurroundings { StatePath = Path.Combine(folder, "discord.db"), NewSeed = () => Interlocked.Increment(ref seed), MessageContent = true },
            TimeProvider.System, new LoggerFactory([new LogProvider(log)]).CreateLogger<DiscordBot>());
        await bot.StartAsync(CancellationToken.None);
        Assert.True(await discord.WaitForShardsAsync(1, Patience));
    }

    private async Task StopAsync()
    {
        await bot!.StopAsync(CancellationToken.None);
        bot.Dispose();
        await client!.DisposeAsync();
    }

    private async Task<SimMessage> AnsweredAsync(SimMessage question)
    {
        await WaitAsync(_ => AnswersTo(question) is [.., var last] && last.ComponentsJson.Contains(":up:", StringComparison.Ordinal));
        return AnswersTo(question)[0];
    }

    private SimMessage[] AnswersTo(SimMessage question) => discord.World.Read(_ => question.Channel.Messages.Where(m => m.ReplyTo == question.Id && !m.IsDeleted).ToArray());

    private async Task WaitAsync(Func<DiscordWorld, bool> condition) => Assert.True(await discord.World.WaitForAsync(condition, Patience), "It did not happen in time.\n" + Trouble());

    /// <summary>What the log says, and which requests were refused.</summary>
    private string Trouble() => $"{log.All}\n{string.Join('\n', discord.Journal.Entries.Where(e => e.Status >= 400).Select(e => $"{e.Path} {e.Status} {e.ErrorCode} {e.Detail}"))}";

    private sealed class LogProvider(ILogger log) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
        }
    }
}
