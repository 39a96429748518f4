using MicroChat.Discord.Answers;
using MicroChat.Discord.Commands;
using MicroChat.Discord.Feedback;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Bot;

/// <summary>Every event to the part of the bot that it concerns. Nothing here takes long: what does runs on tasks of its own.</summary>
internal sealed partial class BotHandler(
    BotContext bot, Intake intake, QuestionReader reader, TurnRunner runner, Retrying retrying, Resumption resumption, VoteBook votes, Forgetting forgetting,
    Reconciler reconciler, InteractionRouter interactions) : IDiscordHandler
{
    public const string CommandsSetting = "commands";

    /// <inheritdoc/>
    public ValueTask HandleAsync(DiscordEvent happened, CancellationToken stop)
    {
        bot.Channels.Take(happened);
        switch (happened)
        {
            case Ready ready:
                bot.Self = ready.Self.Id;
                Run(() => RegisterAsync(ready, stop));
                resumption.Returned(default);
                Run(() => AfterAbsenceAsync(default, stop));
                break;
            case GuildAvailable { Guild.Id: var guild }:
                resumption.Returned(guild);
                Run(() => AfterAbsenceAsync(guild, stop));
                break;
            case MessageCreated { Message: var message }:
                intake.Take(message);               // first, or it could be counted as read before it is known to wait
                resumption.Seen(message);
                break;
            case MessageUpdated updated:
                Run(() => UpdatedAsync(updated, stop));
                break;
            case MessagesDeleted deleted:
                intake.Remove(deleted.ChannelId, deleted.MessageIds);
                Run(() => forgetting.MessagesAsync(deleted.ChannelId, deleted.MessageIds));
                break;
            case ReactionAdded reaction:
                votes.Add(reaction);
                break;
            case ReactionRemoved reaction:
                votes.Remove(reaction);
                break;
            case ReactionsCleared cleared:
                votes.Clear(cleared);
                break;
            case InteractionCreated { Interaction: var interaction }:
                Run(() => interactions.HandleAsync(interaction));
                break;
            default:
                Leave(happened);
                break;
        }
        return ValueTask.CompletedTask;
    }

    private void Leave(DiscordEvent happened)
    {
        switch (happened)
        {
            case GuildGone { Outage: false, GuildId: var guild }:
                Run(() => forgetting.PlaceAsync(new PlacePath(guild, default, default, default)));
                break;
            case ChannelDeleted { GuildId: { } guild } deleted:
                bool isThread = deleted.Kind is ChannelKind.PublicThread or ChannelKind.PrivateThread or ChannelKind.AnnouncementThread;
                Run(() => forgetting.PlaceAsync(isThread
                    ? new PlacePath(guild, default, deleted.ParentId ?? default, deleted.ChannelId)
                    : new PlacePath(guild, default, deleted.ChannelId, default)));
                break;
            case MemberLeft left when left.User.Id != bot.Self:
                Run(() => forgetting.MemberAsync(left.GuildId, bot.PersonOf(left.User.Id)));
                break;
            default:
                break;
        }
    }

    private async Task AfterAbsenceAsync(Snowflake guild, CancellationToken stop)
    {
        await resumption.CatchUpAsync(guild, stop);
        await reconciler.RunAsync(guild, stop);
    }

    /// <summary>A question that was edited is answered anew; a message that was edited so that it is for the bot is answered.</summary>
    private async Task UpdatedAsync(MessageUpdated updated, CancellationToken stop)
    {
        bool isOld = bot.Time.GetUtcNow() - updated.MessageId.CreatedAt > bot.Options.EditWindow;
        DiscordMessage? message = updated.Message ?? (isOld ? null : await bot.Actions.FindMessageAsync(updated.ChannelId, updated.MessageId, stop));
        if (message is not { EditedAt: not null, Author.IsBot: false } || isOld)
        {
            return;
        }
        message = message with { GuildId = message.GuildId ?? updated.GuildId };
        if (intake.Replace(message))
        {
            return;
        }
        TurnRecord? turn = await bot.State.FindByMessageAsync(message.Id, stop);
        if (turn is null)
        {
            if (intake.Judge(message) != Addressing.None)
            {
                intake.Take(message);
            }
            return;
        }
        string text = reader.TextOf(message);
        bool isSame = turn.Exchange is { } id && (await bot.Store.FindExchangeAsync(id, stop))?.Prompt?.Contains(text, StringComparison.Ordinal) == true;
        if (!isSame && text.Length > 0 && intake.TextRefusal(text) is null && (turn.Exchange is not null || runner.IsRunning(turn.Id)))
        {
            await retrying.EditedAsync(turn, message);
        }
    }

    /// <summary>Registers the commands where they are not registered as they are now; Discord allows few registrations in a day.</summary>
    private async Task RegisterAsync(Ready ready, CancellationToken stop)
    {
        string wanted = $"{ready.ApplicationId} {bot.Options.CommandServer} {typeof(CommandList).Assembly.ManifestModule.ModuleVersionId}";
        if (bot.Rules.Find(CommandsSetting) == wanted)
        {
            return;
        }
        Snowflake? guild = Snowflake.TryParse(bot.Options.CommandServer, out Snowflake id) ? id : null;
        await bot.Actions.RegisterCommandsAsync(ready.ApplicationId, guild, CommandList.All, stop);
        await bot.Rules.SetAsync(CommandsSetting, wanted);
    }

    private void Run(Func<Task> work) => _ = Task.Run(async () =>
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception e)                     // one event that cannot be handled must not end the bot
        {
            LogFailed(bot.Log, e);
        }
    });

    [LoggerMessage(Level = LogLevel.Error, Message = "An event could not be handled.")]
    private static partial void LogFailed(ILogger log, Exception e);
}
