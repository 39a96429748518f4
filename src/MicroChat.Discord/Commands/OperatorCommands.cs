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
        bool isOperator = bot.Options.Operators.Contains(reply.Interaction.User.Id.ToString());
        bool isAdministrator = reply.Interaction.Member?.Permissions is { } permissions && permissions.HasFlag(DiscordPermissions.Administrator);
        bool may = isOperator || (isAdministrator && !ofProgram);
        if (!may)
        {
            await reply.SayAsync(ofProgram ? "Only operators of this bot can do that (option DiscordBot:Operators)." : "Only operators of this bot and administrators of this server can do that.");
        }
        return may;
    }

    /// <summary>An operator's word holds everywhere, an administrator's in the server.</summary>
    private Snowflake Scope(InteractionReply reply) =>
        bot.Options.Operators.Contains(reply.Interaction.User.Id.ToString()) ? default : reply.Interaction.GuildId ?? default;

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
