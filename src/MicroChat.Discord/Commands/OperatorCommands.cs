using System.Globalization;
using MicroChat.Chat.Registry;
using MicroChat.Discord.Answers;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Feedback;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Discord.Commands;

/// <summary>/model, /quota, /block, /status. Operators of the program may do everything everywhere; administrators of a server only what concerns their server.</summary>
internal sealed class OperatorCommands(BotContext bot, TurnRunner runner)
{
    private const int MostSuggestions = 25;

    private readonly DateTimeOffset started = bot.Time.GetUtcNow();

    public async Task ModelAsync(InteractionReply reply, SlashCommandUsed command)
    {
        if (!await RequireAsync(reply, ofProgram: command.Path is not [CommandList.List, ..]))
        {
            return;
        }
        if (bot.Surroundings.Registry is null || bot.Surroundings.Live is null)
        {
            await reply.SayAsync($"There is one model only: {AnswerRun.VersionOf(bot.Generator.Info)}.");
            return;
        }
        string asked = command.Values.GetValueOrDefault(CommandList.Generation)?.Text ?? "";
        if (command.Path is [CommandList.Promote, ..] && !int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            await reply.SayAsync($"There is no generation \"{asked}\"; name one that /model list shows.");
            return;
        }
        await reply.DeferAsync();
        try
        {
            await reply.SayAsync(await Task.Run(() => Model(command)));
        }
        catch (CheckpointException e)
        {
            await reply.SayAsync(e.Message);
        }
    }

    /// <summary>What fits what an operator has typed so far; nothing for anybody else.</summary>
    public IReadOnlyList<CommandChoice> Suggest(AutocompleteAsked asked)
    {
        if ((asked.Name, asked.Option) != (CommandList.Model, CommandList.Generation) || bot.Surroundings.Registry is not { } registry || !IsOperator(asked))
        {
            return [];
        }
        try
        {
            return
            [
                .. registry.List()
                    .Select(g => (Number: g.Card.Generation.ToString(CultureInfo.InvariantCulture), Line: $"{g.Card.Generation} ({g.State.ToString().ToLowerInvariant()}) {g.Card.LearnedFrom}"))
                    .Where(g => g.Number.StartsWith(asked.Typed.Trim(), StringComparison.Ordinal))
                    .Take(MostSuggestions)
                    .Select(g => new CommandChoice(Short(g.Line.TrimEnd()), g.Number)),
            ];
        }
        catch (CheckpointException)
        {
            return [];                          // the command itself says what is wrong with the registry
        }
    }

    public async Task QuotaAsync(InteractionReply reply, SlashCommandUsed command)
    {
        if (!await RequireAsync(reply, ofProgram: false) || await PersonAsync(reply, command) is not { } person)
        {
            return;
        }
        int? perHour = command.Values.TryGetValue("per-hour", out CommandValue? value) ? int.Parse(value.Text, CultureInfo.InvariantCulture) : null;
        await bot.Rules.SetQuotaAsync(person, Scope(reply), perHour);
        await reply.SayAsync(perHour switch
        {
            null => "Done: they have what everybody has.",
            0 => "Done: no limit for them.",
            _ => $"Done: {perHour} questions per hour.",
        });
    }

    public async Task BlockAsync(InteractionReply reply, SlashCommandUsed command)
    {
        if (!await RequireAsync(reply, ofProgram: false) || await PersonAsync(reply, command) is not { } person)
        {
            return;
        }
        bool blocked = command.Values.GetValueOrDefault("blocked")?.Text != "false";
        await bot.Rules.SetBlockedAsync(person, Scope(reply), blocked);
        await reply.SayAsync(blocked ? "Done: I do not answer them, and their votes do not count." : "Done: I answer them again.");
    }

    public async Task StatusAsync(InteractionReply reply)
    {
        if (!await RequireAsync(reply, ofProgram: false))
        {
            return;
        }
        TimeSpan up = bot.Time.GetUtcNow() - started;
        await reply.SayAsync(
            $"""
            Up for {(int)up.TotalHours} h {up.Minutes} min, in {bot.Channels.Guilds.Count} servers.
            {runner.Count} questions under way or waiting.
            Model: {AnswerRun.VersionOf(bot.Generator.Info)}, context {bot.Generator.Info.ContextTokens} tokens.
            Message content intent: {(bot.Surroundings.MessageContent ? "yes" : "no: I read only mentions, replies with a ping, direct messages and commands")}.
            """);
    }

    private string Model(SlashCommandUsed command)
    {
        switch (command.Path)
        {
            case [CommandList.Promote, ..]:
                int generation = int.Parse(command.Values["generation"].Text, CultureInfo.InvariantCulture);
                return $"Done: generation {bot.Surroundings.Live!.Promote(generation, Why.ByHand).Card.Generation} answers from now on.";
            case [CommandList.RollBack, ..]:
                return $"Done: generation {bot.Surroundings.Live!.RollBack(Why.ByHand).Card.Generation} answers again.";
            default:
                IEnumerable<string> lines = bot.Surroundings.Registry!.List().Take(15).Select(g => $"- {g.Card.Generation} ({g.State.ToString().ToLowerInvariant()}) {Short(g.Card.LearnedFrom)}");
                return string.Join('\n', lines);
        }
    }

    private async Task<bool> RequireAsync(InteractionReply reply, bool ofProgram)
    {
        bool isOperator = IsOperator(reply.Interaction);
        bool isAdministrator = reply.Interaction.Member?.Permissions is { } permissions && permissions.HasFlag(DiscordPermissions.Administrator);
        bool may = isOperator || (isAdministrator && !ofProgram);
        if (!may)
        {
            await reply.SayAsync(ofProgram ? "Only operators of this bot can do that (option DiscordBot:Operators)." : "Only operators of this bot and administrators of this server can do that.");
        }
        return may;
    }

    /// <summary>An operator's word holds everywhere, an administrator's in the server.</summary>
    private bool IsOperator(DiscordInteraction interaction) => bot.Options.Operators.Contains(interaction.User.Id.ToString());

    private Snowflake Scope(InteractionReply reply) =>
        IsOperator(reply.Interaction) ? default : reply.Interaction.GuildId ?? default;

    private async Task<Pseudonym?> PersonAsync(InteractionReply reply, SlashCommandUsed command)
    {
        if (Snowflake.TryParse(command.Values.GetValueOrDefault("person")?.Text, out Snowflake id))
        {
            return bot.PersonOf(id);
        }
        await reply.SayAsync("Name a person.");
        return null;
    }

    private static string Short(string text) => text.Length <= 100 ? text : text[..99] + "…";
}
