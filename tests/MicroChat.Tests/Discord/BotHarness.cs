using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Discord;
using MicroChat.Discord.Port;
using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace MicroChat.Tests.Discord;

/// <summary>The whole bot on a fake Discord, a fake model, and real databases in a folder of its own.</summary>
internal sealed class BotHarness : IAsyncDisposable
{
    public static readonly DiscordUser Alice = new(Snowflake.At(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)), "alice", "Alice", false, false);
    public static readonly DiscordUser Bob = new(Snowflake.At(new(2021, 1, 1, 0, 0, 0, TimeSpan.Zero)), "bob", "Bob", false, false);

    private readonly string folder = Directory.CreateTempSubdirectory("microchat-bot-").FullName;
    private DiscordBot? bot;
    private long seed;

    public BotHarness()
    {
        Store = SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = Path.Combine(folder, "feedback.db") }, StoreKey.Find(null, Path.Combine(folder, "feedback.db")), TimeProvider.System);
        Port = new FakePort(TimeProvider.System);
    }

    public DiscordBotOptions Options { get; set; } = new()
    {
        Debounce = TimeSpan.FromMilliseconds(30), LongestDebounce = TimeSpan.FromSeconds(1), EditInterval = TimeSpan.FromMilliseconds(100), DrainSeconds = 0, UserTurnsPerHour = 0,
    };

    public TrainingContent Content { get; set; }

    /// <summary>Generations for /model; null: there is one model only.</summary>
    public (ModelRegistry Registry, LiveModel Live)? Generations { get; set; }

    public PersonaOptions Personas { get; set; } = new();

    public SqliteFeedbackStore Store { get; }

    public FakePort Port { get; private set; }

    public FakeModel Model { get; } = new();

    public string Folder => folder;

    public IReadOnlyList<FakeMessage> Answers => Port.In(FakePort.Channel);

    public async Task StartAsync()
    {
        bot = new DiscordBot(
            Port, new LocalChatClient(Model, TimeProvider.System), Model, Store, Options, Personas,
            new DiscordBotSurroundings { StatePath = Path.Combine(folder, "discord.db"), NewSeed = () => Interlocked.Increment(ref seed), Content = Content, MessageContent = true, Registry = Generations?.Registry, Live = Generations?.Live }, TimeProvider.System, NullLogger<DiscordBot>.Instance);
        await bot.StartAsync(CancellationToken.None);
        await Until(() => Port.Commands.Count > 0 || Port.Log.Contains("register") || restarted);
    }

    private bool restarted;

    public async Task StopAsync()
    {
        await bot!.StopAsync(CancellationToken.None);
        bot.Dispose();
        bot = null;
    }

    /// <summary>Ends the bot and starts it again on the same Discord and the same databases.</summary>
    public async Task RestartAsync(Action<FakePort>? meanwhile = null)
    {
        await StopAsync();
        var next = new FakePort(TimeProvider.System) { Channels = Port.Channels, Permissions = Port.Permissions };
        foreach ((Snowflake id, FakeMessage message) in Port.Sent)
        {
            next.Sent[id] = message;
        }
        foreach ((Snowflake id, DiscordMessage message) in Port.Written)
        {
            next.Written[id] = message;
        }
        Port = next;
        meanwhile?.Invoke(next);
        restarted = true;
        await StartAsync();
    }

    /// <summary>Somebody writes in the channel (or elsewhere).</summary>
    public async Task<DiscordMessage> SayAsync(string text, DiscordUser? author = null, Func<DiscordMessage, DiscordMessage>? with = null)
    {
        DiscordMessage message = Message(text, author ?? Alice, with);
        await Port.EmitAsync(new MessageCreated(message));
        return message;
    }

    /// <summary>A message as <see cref="SayAsync"/> makes it, not yet delivered.</summary>
    public DiscordMessage Message(string text, DiscordUser author, Func<DiscordMessage, DiscordMessage>? with = null)
    {
        var message = new DiscordMessage
        {
            Id = Port.NextId(),
            ChannelId = FakePort.Channel,
            GuildId = FakePort.Guild,
            Author = author,
            Content = text,
            Mentions = text.Contains($"<@{FakePort.Self}>", StringComparison.Ordinal) ? [new DiscordUser(FakePort.Self, "bot", "Bot", true, false)] : [],
        };
        message = with?.Invoke(message) ?? message;
        Port.Written[message.Id] = message;
        return message;
    }

    /// <summary>Makes a message reply to one of the bot's.</summary>
    public static Func<DiscordMessage, DiscordMessage> ReplyTo(FakeMessage target) => message => message with
    {
        Kind = DiscordMessageKind.Reply,
        Reference = new DiscordReference(target.Id, target.Channel, false,
            new DiscordMessage { Id = target.Id, ChannelId = target.Channel, Author = new DiscordUser(FakePort.Self, "bot", "Bot", true, false), Content = target.Content }, false),
    };

    /// <summary>Asks with a mention and waits for the finished answer.</summary>
    public async Task<FakeMessage> AskAsync(string text, DiscordUser? author = null, Func<DiscordMessage, DiscordMessage>? with = null)
    {
        DiscordMessage question = await SayAsync($"<@{FakePort.Self}> {text}", author, with);
        return await FinishedAsync(question);
    }

    /// <summary>Waits for the finished answer to a message.</summary>
    public async Task<FakeMessage> FinishedAsync(DiscordMessage question)
    {
        FakeMessage? answer = null;
        await Until(() => (answer = Port.Sent.Values.FirstOrDefault(m => m.ReplyTo == question.Id)) is { Rows.Count: > 0 } && answer.Buttons.Any(id => !id.StartsWith("mc1:stop", StringComparison.Ordinal)));
        return answer!;
    }

    public async Task<FakeMessage> PressAsync(string button, DiscordUser? user = null, DiscordPermissions? permissions = null)
    {
        var pressed = new ButtonPressed
        {
            Handle = Handle(), User = user ?? Alice, GuildId = FakePort.Guild, ChannelId = FakePort.Channel, CustomId = button,
            Member = new DiscordMember(null, [], null, permissions ?? DiscordPermissions.None),
            Message = new DiscordMessage { Id = new(1), ChannelId = FakePort.Channel, Author = Alice },
        };
        await Port.EmitAsync(new InteractionCreated(pressed));
        return await ResponseAsync(pressed.Handle);
    }

    public async Task<FakeMessage> CommandAsync(string name, DiscordUser? user = null, DiscordPermissions permissions = DiscordPermissions.None, string[]? path = null, params (string Name, string Value)[] values)
    {
        var command = new SlashCommandUsed
        {
            Handle = Handle(), User = user ?? Alice, GuildId = FakePort.Guild, ChannelId = FakePort.Channel, Name = name, Path = path ?? [],
            Member = new DiscordMember(null, [], null, permissions),
            Values = values.ToDictionary(v => v.Name, v => new CommandValue(CommandOptionKind.Text, v.Value)),
        };
        await Port.EmitAsync(new InteractionCreated(command));
        return await ResponseAsync(command.Handle);
    }

    public InteractionHandle Handle() => new(Port.NextId(), FakePort.Application, "token");

    public async Task<FakeMessage> ResponseAsync(InteractionHandle handle)
    {
        FakeMessage? response = null;
        await Until(() => (Port.Responses.TryGetValue(handle.Id, out response) && response.Content.Length > 0 && !response.Buttons.Any(b => b.StartsWith("mc1:stop", StringComparison.Ordinal)))
            || Port.Acknowledgements.GetValueOrDefault(handle.Id) is "accept" or "modal");
        return response ?? new FakeMessage(default, default, "", null, null);
    }

    public Task<ExchangeRecord?> ExchangeOfAsync(FakeMessage answer) => Store.FindByMessageAsync(Platforms.Discord, answer.Id.ToString(), default);

    public Pseudonym PersonOf(DiscordUser user) => Store.PseudonymOf(Platforms.Discord, user.Id.ToString());

    public static async Task Until(Func<bool> holds, int seconds = 30)
    {
        for (int i = 0; i < seconds * 100; i++)
        {
            if (holds())
            {
                return;
            }
            await Task.Delay(10);
        }
        Assert.Fail("It did not happen in time.");
    }

    public static async Task Until(Func<Task<bool>> holds, int seconds = 30)
    {
        for (int i = 0; i < seconds * 50; i++)
        {
            if (await holds())
            {
                return;
            }
            await Task.Delay(20);
        }
        Assert.Fail("It did not happen in time.");
    }

    public async ValueTask DisposeAsync()
    {
        Model.Release.TrySetResult();
        if (bot is not null)
        {
            await StopAsync();
        }
        await Store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
