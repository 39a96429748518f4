using MicroChat.Discord.Answers;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Feedback;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Commands;

/// <summary>Commands, buttons and forms on their way to what they mean; each ends with something that its person sees.</summary>
internal sealed partial class InteractionRouter(
    BotContext bot, AskCommands ask, AnswerActions answers, PlaceCommands places, PrivacyCommands privacy, InsightCommands insight, OperatorCommands operators)
{
    /// <summary>Handles one interaction; never throws.</summary>
    public async Task HandleAsync(DiscordInteraction interaction)
    {
        var reply = new InteractionReply(bot, interaction);
        try
        {
            await (interaction switch
            {
                AutocompleteAsked asked => bot.Actions.SuggestAsync(asked.Handle, asked.Kind, operators.Suggest(asked), CancellationToken.None),
                SlashCommandUsed slash => SlashAsync(reply, slash),
                MessageCommandUsed { Name: CommandList.AskAbout, Target: var target } => ask.AskAboutAsync(reply, target),
                MessageCommandUsed { Name: CommandList.WhyThis, Target: var target } => insight.WhyAsync(reply, target.Id),
                ButtonPressed button when CustomId.TryParse(button.CustomId, out CustomId id) => ButtonAsync(reply, id),
                ModalSubmitted modal when CustomId.TryParse(modal.CustomId, out CustomId id) && id.Verb == CustomId.Ask => ask.AskAboutAsync(reply, modal, id),
                _ => reply.SayAsync("I do not know this any more."),
            });
        }
        catch (Exception e)                     // one bad interaction must not end the bot
        {
            await ExplainAsync(reply, e);
        }
    }

    private Task SlashAsync(InteractionReply reply, SlashCommandUsed command) => command.Name switch
    {
        CommandList.Ask => ask.AskAsync(reply, command.Values.GetValueOrDefault("question")?.Text ?? ""),
        CommandList.Chat => places.ModeAsync(reply, command),
        CommandList.Persona => places.PersonaAsync(reply, command),
        CommandList.Reset => places.ResetAsync(reply),
        CommandList.Privacy => privacy.ShowAsync(reply, command.Values.GetValueOrDefault("server")?.Text),
        CommandList.Forget => PrivacyCommands.AskForgetAsync(reply),
        CommandList.Stats => insight.StatsAsync(reply),
        CommandList.Why => insight.WhyAsync(reply, command.Values.GetValueOrDefault("message") is { } message ? InsightCommands.MessageIn(message.Text) ?? new Snowflake(1) : null),
        CommandList.Arena => ask.ArenaAsync(reply),
        CommandList.Model => operators.ModelAsync(reply, command),
        CommandList.Quota => operators.QuotaAsync(reply, command),
        CommandList.Block => operators.BlockAsync(reply, command),
        CommandList.Status => operators.StatusAsync(reply),
        _ => reply.SayAsync("I do not know this command any more."),
    };

    private Task ButtonAsync(InteractionReply reply, CustomId id) => (id.Verb, id.Guid, id.Turn) switch
    {
        (CustomId.Up, { } exchange, _) => answers.RateAsync(reply, exchange, 1),
        (CustomId.Down, { } exchange, _) => answers.RateAsync(reply, exchange, -1),
        (CustomId.Reason, { } exchange, _) => answers.GiveReasonAsync(reply, exchange, id.Detail),
        (CustomId.Compare, { } comparison, _) => answers.CompareAsync(reply, comparison, id.Detail),
        (CustomId.Stop, _, { } turn) => answers.StopAsync(reply, turn),
        (CustomId.Retry, _, { } turn) => answers.RetryAsync(reply, turn),
        (CustomId.OptIn, _, _) => privacy.ChooseAsync(reply, training: true),
        (CustomId.OptOut, _, _) => privacy.ChooseAsync(reply, training: false),
        (CustomId.ForgetAsk, _, _) => PrivacyCommands.AskForgetAsync(reply),
        (CustomId.Forget, _, _) => privacy.ForgetAsync(reply),
        (CustomId.Export, _, _) => privacy.ExportAsync(reply),
        _ => reply.SayAsync("I do not know this button any more."),
    };

    private async Task ExplainAsync(InteractionReply reply, Exception failure)
    {
        string id = bot.NewErrorId();
        LogFailed(bot.Log, id, failure.GetType().Name, failure is FeedbackException or DiscordException ? failure.Message : "");
        if (reply.Interaction is AutocompleteAsked)
        {
            return;                             // it takes no words
        }
        try
        {
            await reply.SayAsync($"Something went wrong (error {id}). Please try again.");
        }
        catch (DiscordException e)
        {
            LogFailed(bot.Log, id, nameof(DiscordException), e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A command failed (error {Id}): {Type} {Detail}")]
    private static partial void LogFailed(ILogger log, string id, string type, string detail);
}
