using System.Collections.Concurrent;
using MicroChat.Discord.Answers;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using MicroChat.Feedback;

namespace MicroChat.Discord.Commands;

/// <summary>Commands that lead to an answer: /ask, "Ask about this", /arena.</summary>
internal sealed class AskCommands(BotContext bot, Intake intake, QuestionReader reader, TurnRunner runner)
{
    private const string QuestionField = "question";
    private const int MostRemembered = 1_000;

    /// <summary>Share of arenas that show a control, where one is planted that the person has not answered.</summary>
    private const double ControlShare = 0.2;

    /// <summary>Discord's bound. Unit: characters.</summary>
    private const int LongestMessage = 2_000;

    private readonly ConcurrentDictionary<string, DiscordMessage> targets = new();

    public Task AskAsync(InteractionReply reply, string question) => StartAsync(reply, question, (DiscordMessage?)null);

    /// <summary>Opens the form in which a question about a message is written. Its text is in the interaction, so no right to read messages is needed.</summary>
    public Task AskAboutAsync(InteractionReply reply, DiscordMessage target)
    {
        string key = reply.Interaction.Handle.Id.ToString();
        if (targets.Count >= MostRemembered)
        {
            targets.Clear();
        }
        targets[key] = target;
        return reply.OpenAsync(new DiscordModal(CustomId.Of(CustomId.Ask, key, ""), "Ask about this message",
            [new TextField(QuestionField, "Your question", Required: true, Long: true, LongestText: CommandList.LongestText, Value: null)]));
    }

    public async Task AskAboutAsync(InteractionReply reply, ModalSubmitted modal, CustomId id)
    {
        string question = modal.Fields.GetValueOrDefault(QuestionField) is [var text, ..] ? text : "";
        if (!targets.TryRemove(id.Argument, out DiscordMessage? target))
        {
            await reply.SayAsync("I no longer know which message you meant. Please choose it again.");
            return;
        }
        await StartAsync(reply, question, target);
    }

    public async Task ArenaAsync(InteractionReply reply)
    {
        if (bot.ArenaPrompts.Count == 0)
        {
            await reply.SayAsync("There is no arena here: the operator has set up no prompts for it.");
            return;
        }
        if (bot.NewRandom().NextDouble() < ControlShare && await ShowControlAsync(reply))
        {
            return;
        }
        string prompt = bot.ArenaPrompts[bot.NewRandom().Next(bot.ArenaPrompts.Count)];
        await StartAsync(reply, prompt, turn => Task.FromResult(reader.OfArena(turn, reply.Path, reply.Interaction.User, prompt)));
    }

    /// <summary>Shows two replies of the operator's own, one of which is better beyond doubt, to the person alone.</summary>
    /// <returns>False: there is none for this place and person, or the person is not answered here.</returns>
    private async Task<bool> ShowControlAsync(InteractionReply reply)
    {
        PlacePath path = reply.Path;
        Pseudonym person = bot.PersonOf(reply.Interaction.User.Id);
        if (path.IsDirect || bot.Rules.IsBlocked(person, path.Guild) || bot.Rules.ModeOf(path) == ChannelMode.Off
            || await bot.Store.FindControlAsync(Platforms.Discord, path.Guild.ToString(), person, CancellationToken.None) is not { Shown: [var a, var b] } control
            || await bot.Store.FindExchangeAsync(a, CancellationToken.None) is not { Reply.Text: { } first } shown
            || await bot.Store.FindExchangeAsync(b, CancellationToken.None) is not { Reply.Text: { } second })
        {
            return false;
        }
        string text = $"> {shown.Prompt!.ReplaceLineEndings("\n> ")}\n**Answer A**\n{first}\n\n**Answer B**\n{second}";
        if (text.Length > LongestMessage)
        {
            return false;
        }
        await reply.SayAsync(text, AnswerButtons.Pair(control), []);
        return true;
    }

    private Task StartAsync(InteractionReply reply, string question, DiscordMessage? about) =>
        StartAsync(reply, question, turn => reader.OfTextAsync(turn, reply.Path, reply.Interaction.User, question, about, null, CancellationToken.None));

    private async Task StartAsync(InteractionReply reply, string text, Func<TurnRecord, Task<Question>> read)
    {
        DiscordInteraction interaction = reply.Interaction;
        PlacePath path = reply.Path;
        Pseudonym person = bot.PersonOf(interaction.User.Id);
        string? refusal = bot.Rules.IsBlocked(person, path.Guild) ? "I do not answer you here. Ask a moderator if you think that is a mistake."
            : bot.Rules.ModeOf(path) == ChannelMode.Off && !path.IsDirect ? "I am switched off here."
            : !bot.Options.AnswersInAgeRestricted && bot.Channels.IsAgeRestricted(path, interaction.Channel) ? "I do not talk in age-restricted channels."
            : string.IsNullOrWhiteSpace(text) ? "Your question is empty."
            : intake.TextRefusal(text) ?? intake.ShareRefusal(person, path, interaction.Member?.RoleIds ?? []);
        if (refusal is not null)
        {
            await reply.SayAsync(refusal);
            return;
        }
        await reply.DeferPubliclyAsync();
        var turn = new TurnRecord(interaction.Handle.Id, path.Guild, path.Innermost, person, TurnState.Open, null, bot.Time.GetUtcNow());
        if (await bot.State.TakeAsync(turn, CancellationToken.None))
        {
            runner.Start(new TurnRequest(turn, _ => read(turn), new CommandAnswer(bot, interaction.Handle, path.Innermost, turn.Id)));
        }
    }
}
