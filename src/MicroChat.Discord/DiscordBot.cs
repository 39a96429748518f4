using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Discord.Answers;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Commands;
using MicroChat.Discord.Feedback;
using MicroChat.Discord.Pacing;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using MicroChat.Discord.Text;
using MicroChat.Feedback;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord;

/// <summary>What the bot needs beside services and its own options.</summary>
public sealed record DiscordBotSurroundings
{
    /// <summary>Usual name of <see cref="StatePath"/> in a data folder.</summary>
    public const string StateFileName = BotTables.DefaultFileName;

    /// <summary>The database in which it remembers what it has taken on; it is made where it is missing.</summary>
    public required string StatePath { get; init; }

    /// <summary>A fresh seed for a reply.</summary>
    public required Func<long> NewSeed { get; init; }

    /// <summary>Whether the message content intent is asked for: Discord:MessageContent.</summary>
    public bool MessageContent { get; init; }

    /// <summary>What of Discord may be trained on: Training:DiscordContent.</summary>
    public TrainingContent Content { get; init; }

    /// <summary>Generations of the model; null: there is one model only.</summary>
    public ModelRegistry? Registry { get; init; }

    /// <summary>Changes the generation that replies; null: it cannot be changed.</summary>
    public LiveModel? Live { get; init; }
}

/// <summary>
/// The Discord bot: takes the events of a port and answers through the chat client, keeps every exchange in the feedback store, and turns reactions and
/// buttons into ratings. A hosted service: it runs until it is stopped, and what it was at then is finished at the next start.
/// </summary>
public sealed partial class DiscordBot(
    IDiscordPort port, IChatClient client, IReplyGenerator generator, IFeedbackStore store, DiscordBotOptions options, PersonaOptions personas,
    DiscordBotSurroundings surroundings, TimeProvider time, ILogger<DiscordBot> log) : BackgroundService
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <summary>Why Discord refuses the bot for good; null: it does not. The rest of the program goes on without it.</summary>
    public DiscordSetupException? Refusal { get; private set; }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var state = BotState.Open(surroundings.StatePath, time);
        await state.PruneAsync(time.GetUtcNow() - Remembered, stoppingToken);
        BotContext bot = await ContextAsync(state, stoppingToken);
        var reader = new QuestionReader(bot);
        var runner = new TurnRunner(bot);
        var votes = new VoteBook(bot);
        var forgetting = new Forgetting(bot, runner, votes);
        var retrying = new Retrying(bot, reader, runner);
        using var intake = new Intake(bot, reader, runner, new TurnQuota(time));
        var resumption = new Resumption(bot, intake, retrying);
        bot.AnswerFinished = turn => FinishedAsync(bot, votes, turn);
        var interactions = new InteractionRouter(
            bot, new AskCommands(bot, intake, reader, runner), new AnswerActions(bot, votes, runner, intake, retrying), new PlaceCommands(bot, reader),
            new PrivacyCommands(bot, forgetting), new InsightCommands(bot), new OperatorCommands(bot, runner));
        var handler = new BotHandler(bot, intake, reader, runner, retrying, resumption, votes, forgetting, new Reconciler(bot, votes, forgetting), interactions);
        using var booked = new CancellationTokenSource();
        Task book = Task.Run(() => votes.RunAsync(booked.Token), CancellationToken.None);
        Task saving = SaveAsync(resumption, stoppingToken);
        try
        {
            await port.RunAsync(handler, stoppingToken);
        }
        catch (DiscordSetupException e)
        {
            Refusal = e;
            LogRefused(log, e.Message);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopping(log);
        }
        await runner.DrainAsync(TimeSpan.FromSeconds(options.DrainSeconds));
        await saving;
        await resumption.SaveAsync();
        await booked.CancelAsync();
        await book;
    }

    private async Task<BotContext> ContextAsync(BotState state, CancellationToken stop) => new()
    {
        Actions = port.Actions,
        Client = client,
        Generator = generator,
        Store = store,
        State = state,
        Options = options,
        Rules = await PlaceRules.LoadAsync(state, options, personas, stop),
        Time = time,
        Typing = new TypingKeeper(port.Actions, time),
        Log = log,
        Surroundings = surroundings,
        BlockedInput = new WordList(options.BlockedInput),
        BlockedOutput = new WordList(options.BlockedOutput),
        ArenaPrompts = options.ArenaPromptsFile.Length == 0 ? []
            : [.. (await File.ReadAllLinesAsync(options.ArenaPromptsFile, stop)).Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#'))],
    };

    /// <summary>Votes that came while the answer was being written count now, and its messages are its own.</summary>
    private static async Task FinishedAsync(BotContext bot, VoteBook votes, Snowflake turn)
    {
        if (await bot.State.FindAsync(turn, CancellationToken.None) is { Exchange: { } exchange } record)
        {
            votes.Claim(record.Replies);
            await votes.RateAsync(exchange, null);
        }
    }

    private async Task SaveAsync(Resumption resumption, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(SaveEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await resumption.SaveAsync();
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (FeedbackException e)
        {
            LogNotSaved(log, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Discord refuses the bot: {Detail}")]
    private static partial void LogRefused(ILogger log, string detail);

    [LoggerMessage(Level = LogLevel.Information, Message = "The Discord bot is stopping.")]
    private static partial void LogStopping(ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "How far channels were read could not be written down; after a restart some questions may be missed.")]
    private static partial void LogNotSaved(ILogger log, Exception e);
}
