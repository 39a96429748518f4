using System.Collections.Concurrent;
using MicroChat.Discord.Answers;
using MicroChat.Discord.Pacing;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using MicroChat.Feedback;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Bot;

/// <summary>Messages on their way to an answer: who is meant, who may ask, where the answer goes; each message is taken on once at most.</summary>
internal sealed partial class Intake : IDisposable
{
    private const DiscordPermissions Talking = DiscordPermissions.ViewChannel;

    private readonly BotContext bot;
    private readonly QuestionReader reader;
    private readonly TurnRunner runner;
    private readonly LoopGuard loops;
    private readonly Debouncer debouncer;
    private readonly TurnQuota quota;
    private readonly IReadOnlySet<Snowflake> answeredBots;
    private readonly ConcurrentDictionary<Snowflake, Snowflake> pending = new();        // message → channel

    public Intake(BotContext bot, QuestionReader reader, TurnRunner runner, TurnQuota quota)
    {
        (this.bot, this.reader, this.runner, this.quota) = (bot, reader, runner, quota);
        loops = new LoopGuard(bot.Options.MostBotTurns);
        debouncer = new Debouncer(bot.Options.Debounce, bot.Options.LongestDebounce, bot.Time, burst => _ = Task.Run(() => CompleteAsync(burst)));
        answeredBots = bot.Options.AnsweredBots.Select(text => Snowflake.TryParse(text, out Snowflake id) ? id : default).ToHashSet();
    }

    /// <summary>Takes a message that was just written.</summary>
    public void Take(DiscordMessage message)
    {
        if (!Admits(message, out bool isAddressed))
        {
            return;
        }
        pending[message.Id] = message.ChannelId;
        if (!debouncer.Add(message, isAddressed))
        {
            pending.TryRemove(message.Id, out _);
        }
    }

    /// <summary>
    /// Takes messages of one channel that were missed, the oldest first. They come all at once, so it is their own times that tell which belong
    /// together: each that speaks to the bot is a question, with what its writer added right after it.
    /// </summary>
    public void TakeMissed(IReadOnlyList<DiscordMessage> missed)
    {
        var questions = new List<List<DiscordMessage>>();
        foreach (DiscordMessage message in missed)
        {
            if (!Admits(message, out bool isAddressed))
            {
                continue;
            }
            List<DiscordMessage>? before = questions.FindLast(question => question[0].Author.Id == message.Author.Id);
            if (isAddressed)
            {
                questions.Add([message]);
            }
            else if (before is not null && message.Id.CreatedAt - before[^1].Id.CreatedAt <= bot.Options.Debounce)
            {
                before.Add(message);
            }
        }
        foreach (List<DiscordMessage> question in questions)
        {
            question.ForEach(message => pending[message.Id] = message.ChannelId);
            _ = Task.Run(() => CompleteAsync(question));
        }
    }

    /// <summary>The oldest message of a channel that is on its way, and would be lost if the program ended now; null: none.</summary>
    public Snowflake? OldestPending(Snowflake channel)
    {
        Snowflake oldest = pending.Where(pair => pair.Value == channel).Select(pair => pair.Key).DefaultIfEmpty().Min();
        return oldest.Value == 0 ? null : oldest;
    }

    /// <summary>Why a message would be answered.</summary>
    public Addressing Judge(DiscordMessage message)
    {
        PlacePath path = bot.Channels.PathOf(message.GuildId, message.ChannelId, message.Channel);
        return MessageRouter.Decide(message, new RoutingContext(bot.Self, bot.Rules.ModeOf(path), bot.Rules.TakesPart(path.Thread), answeredBots));
    }

    /// <summary>Puts an edited message in the place of the earlier one, while its question is being gathered.</summary>
    public bool Replace(DiscordMessage message) => debouncer.Replace(message);

    public void Remove(Snowflake channel, IReadOnlyList<Snowflake> messages)
    {
        debouncer.Remove(channel, messages);
        foreach (Snowflake message in messages)
        {
            pending.TryRemove(message, out _);
        }
    }

    public void Dispose() => debouncer.Dispose();

    /// <summary>Whether a message may be a question or go on with one.</summary>
    private bool Admits(DiscordMessage message, out bool isAddressed)
    {
        isAddressed = Judge(message) != Addressing.None;
        if (message is { Author.IsBot: false, WebhookId: null })
        {
            loops.PersonSpoke(message.ChannelId);
        }
        return isAddressed ? loops.Admit(message.ChannelId, message.Author.IsBot) : IsPlain(message);
    }

    private async Task CompleteAsync(IReadOnlyList<DiscordMessage> messages)
    {
        try
        {
            await AskAsync(messages);
        }
        catch (Exception e)                     // one bad question must not end the bot
        {
            LogFailed(bot.Log, e);
        }
        finally
        {
            foreach (DiscordMessage message in messages)
            {
                pending.TryRemove(message.Id, out _);
            }
        }
    }

    private async Task AskAsync(IReadOnlyList<DiscordMessage> gathered)
    {
        List<DiscordMessage> messages = await NotTakenAsync(gathered);
        if (messages.Count == 0)
        {
            return;
        }
        DiscordMessage last = messages[^1];
        PlacePath path = bot.Channels.PathOf(last.GuildId, last.ChannelId, last.Channel);
        Pseudonym person = bot.PersonOf(last.Author.Id);
        if (bot.Rules.IsBlocked(person, path.Guild) || !MaySpeak(path))
        {
            return;
        }
        var turn = new TurnRecord(last.Id, path.Guild, path.Innermost, person, TurnState.Open, null, bot.Time.GetUtcNow()) { Questions = [.. messages.Select(m => m.Id)] };
        string? refusal = Refusal(messages, path, person);
        if (refusal is not null)
        {
            turn = turn with { State = TurnState.Closed };
        }
        if (!await bot.State.TakeAsync(turn, CancellationToken.None))
        {
            return;
        }
        if (refusal is not null)
        {
            await RefuseAsync(turn, last.Id, refusal);
            return;
        }
        (Snowflake channel, Snowflake? replyTo) = await PlaceAsync(last, path);
        if (channel != turn.Channel)
        {
            turn = turn with { Channel = channel };
            await bot.State.SetChannelAsync(turn.Id, channel, CancellationToken.None);
        }
        if (bot.Channels.PathOf(last.GuildId, channel, null) is { Thread.Value: not 0 } inThread)
        {
            await bot.Rules.JoinAsync(inThread.Thread);
        }
        runner.Start(new TurnRequest(turn, stop => ReadAsync(turn, messages, channel, stop), new ChannelAnswer(bot, channel, turn.Id, replyTo, [], again: false)));
    }

    /// <summary>Events may come twice: what was taken on before must not keep a new question from being.</summary>
    private async Task<List<DiscordMessage>> NotTakenAsync(IReadOnlyList<DiscordMessage> messages)
    {
        var left = new List<DiscordMessage>();
        foreach (DiscordMessage message in messages)
        {
            if (await bot.State.FindByMessageAsync(message.Id, CancellationToken.None) is null)
            {
                left.Add(message);
            }
        }
        return left;
    }

    private async Task<Question> ReadAsync(TurnRecord turn, IReadOnlyList<DiscordMessage> messages, Snowflake channel, CancellationToken stop)
    {
        Question question = await reader.OfMessagesAsync(turn, messages, null, stop);
        PlacePath path = bot.Channels.PathOf(messages[^1].GuildId, channel, null);
        return channel == messages[^1].ChannelId ? question : question with { Path = path, Head = reader.HeadOf(path, turn.Person) };
    }

    /// <summary>Whether a message without a mark of whom it is for may go on with a question of its writer.</summary>
    private static bool IsPlain(DiscordMessage message) =>
        message is { IsWritten: true, Author.IsBot: false, WebhookId: null, MentionsEveryone: false, ContentWithheld: false } && message.Mentions.Count == 0
        && message.Reference is null && message.Content.Length > 0;

    private bool MaySpeak(PlacePath path)
    {
        DiscordPermissions send = path.Thread.Value != 0 ? DiscordPermissions.SendMessagesInThreads : DiscordPermissions.SendMessages;
        return path.IsDirect || (bot.May(path.Innermost, Talking) && bot.May(path.Innermost, send) && bot.Channels.Find(path.Innermost) is not { IsLocked: true });
    }

    /// <summary>Why a question is not answered, in words for its writer; null: it is.</summary>
    private string? Refusal(IReadOnlyList<DiscordMessage> messages, PlacePath path, Pseudonym person)
    {
        DiscordMessage last = messages[^1];
        string text = string.Join('\n', messages.Select(reader.TextOf)).Trim();
        if (!bot.Options.AnswersInAgeRestricted && bot.Channels.IsAgeRestricted(path, last.Channel))
        {
            return "I do not talk in age-restricted channels.";
        }
        if (text.Length == 0)
        {
            return messages.Any(m => m.ContentWithheld) ? "I may not read messages here that do not mention me. Mention me, and I will answer."
                : messages.Any(m => m.Attachments.Count > 0) ? "I can only read text."
                : messages.Any(m => m.Reference is { IsForward: false }) ? null
                : "Yes? Write your question in the same message.";
        }
        return TextRefusal(text) ?? ShareRefusal(person, path, last.Member?.RoleIds ?? []);
    }

    /// <summary>Why a text is not answered; null: it is.</summary>
    public string? TextRefusal(string text) =>
        text.Length > bot.Options.LongestQuestion ? $"That is too long for me: {text.Length} characters, and {bot.Options.LongestQuestion} are allowed. Please shorten it."
        : bot.BlockedInput.Matches(text) ? "I cannot answer that here."
        : null;

    /// <summary>Why somebody cannot ask now; null: they can, and their turn is counted.</summary>
    public string? ShareRefusal(Pseudonym person, PlacePath path, IReadOnlyList<Snowflake> roles)
    {
        if (runner.CountOf(person) >= bot.Options.MostTurnsPerUser)
        {
            return $"I am still at {bot.Options.MostTurnsPerUser} questions of yours; please wait for one, or stop it.";
        }
        if (runner.Count >= bot.Options.MostTurns)
        {
            return "Too many people are asking at once. Please try again in a minute.";
        }
        TimeSpan? wait = quota.TryTake((person.Value, bot.Rules.TurnsPerHour(person, path.Guild, roles)), ($"guild {path.Guild}", path.IsDirect ? 0 : bot.Options.GuildTurnsPerHour));
        return wait is { } time ? $"You have asked a lot in the last hour. Please come back in {Outcome.Seconds(time)}." : null;
    }

    private async Task RefuseAsync(TurnRecord turn, Snowflake message, string refusal)
    {
        try
        {
            await new ChannelAnswer(bot, turn.Channel, turn.Id, message, [], again: false).ShowAsync(new AnswerView([refusal], [], null), CancellationToken.None);
        }
        catch (DiscordException)
        {
            return;                         // there is nothing else that could be done here
        }
    }

    /// <summary>Where the answer goes: in the mode of threads a mention in a channel opens one.</summary>
    private async Task<(Snowflake Channel, Snowflake? ReplyTo)> PlaceAsync(DiscordMessage message, PlacePath path)
    {
        bool opens = bot.Rules.ModeOf(path) == ChannelMode.Thread && !path.IsDirect && path.Thread.Value == 0 && message.Reference is null
            && bot.May(path.Channel, DiscordPermissions.CreatePublicThreads) && bot.May(path.Channel, DiscordPermissions.SendMessagesInThreads);
        if (opens)
        {
            try
            {
                string title = reader.TextOf(message).Split('\n', 2)[0];
                title = title.Length <= 60 ? title : title[..(char.IsHighSurrogate(title[59]) ? 59 : 60)] + "…";
                DiscordChannel thread = await bot.Actions.CreateThreadAsync(
                    path.Channel, message.Id, new NewThread(title.Length > 0 ? title : "Conversation", TimeSpan.FromDays(1), IsPrivate: false), CancellationToken.None);
                bot.Channels.Take(new ChannelCreated(thread with { GuildId = thread.GuildId ?? path.Guild, ParentId = thread.ParentId ?? path.Channel }));
                return (thread.Id, null);
            }
            catch (DiscordException)
            {
                return (message.ChannelId, message.Id);
            }
        }
        return (message.ChannelId, message.Id);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A question could not be taken on.")]
    private static partial void LogFailed(ILogger log, Exception e);
}
