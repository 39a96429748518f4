using MicroChat.Discord.Answers;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Feedback;

namespace MicroChat.Discord.Commands;

/// <summary>/chat mode, /persona, /reset: how the bot is in a place.</summary>
internal sealed class PlaceCommands(BotContext bot, QuestionReader reader)
{
    public async Task ModeAsync(InteractionReply reply, SlashCommandUsed command)
    {
        if (!await RequireAsync(reply))
        {
            return;
        }
        PlacePath path = reply.Path;
        string where = command.Values.GetValueOrDefault("where")?.Text ?? "here";
        Snowflake place = where switch { "server" => path.Guild, "category" => path.Category, _ => path.Innermost };
        if (place.Value == 0)
        {
            await reply.SayAsync(where == "category" ? "This channel is in no category." : "That works in servers only.");
            return;
        }
        string text = command.Values.GetValueOrDefault("mode")?.Text ?? "";
        ChannelMode? mode = Enum.TryParse(text, ignoreCase: true, out ChannelMode chosen) ? chosen : null;
        await bot.Rules.SetModeAsync(place, mode);
        ChannelMode holds = bot.Rules.ModeOf(path);
        string lost = holds is ChannelMode.Free or ChannelMode.Thread && !bot.Surroundings.MessageContent
            ? "\nI do not have the message content intent, so I can only read messages that mention me or reply to me with a ping; for the rest there is \"Ask about this\"." : "";
        await reply.SayAsync($"Done. Here I now answer: {Explain(holds)}{lost}");
    }

    public async Task PersonaAsync(InteractionReply reply, SlashCommandUsed command)
    {
        PlacePath path = reply.Path;
        if (command.Path is [CommandList.Show, ..] or [])
        {
            string? persona = bot.Rules.PersonaOf(path);
            await reply.SayAsync(persona is null ? "No persona is set here." : $"Here I am told before every conversation:\n>>> {Short(persona)}");
            return;
        }
        if (!await RequireAsync(reply))
        {
            return;
        }
        string? text = command.Path is [CommandList.Set, ..] ? command.Values.GetValueOrDefault("text")?.Text.Trim() : null;
        await bot.Rules.SetPersonaAsync(path.Innermost, text);
        await reply.SayAsync(text is null ? "Done. What holds around here holds again." : "Done. It holds from the next conversation; /reset begins one.");
    }

    public async Task ResetAsync(InteractionReply reply)
    {
        Pseudonym person = bot.PersonOf(reply.Interaction.User.Id);
        if (reader.HeadOf(reply.Path, person) is { } head)
        {
            await bot.State.SetHeadAsync(head, null, CancellationToken.None);
        }
        await reply.SayAsync("Done. Your next message begins a new conversation; a reply to an old one goes on with that.");
    }

    private static async Task<bool> RequireAsync(InteractionReply reply)
    {
        bool may = reply.Path.IsDirect
            || reply.Interaction.Member?.Permissions is { } permissions && (permissions & (DiscordPermissions.ManageChannels | DiscordPermissions.Administrator)) != 0;
        if (!may)
        {
            await reply.SayAsync("For that you need the permission to manage channels.");
        }
        return may;
    }

    private static string Explain(ChannelMode mode) => mode switch
    {
        ChannelMode.Off => "nothing.",
        ChannelMode.Mention => "messages that mention me.",
        ChannelMode.Reply => "messages that mention me, replies to me, and in threads where I was mentioned everything that is not for somebody else.",
        ChannelMode.Thread => "messages that mention me, in a thread that I open for it; there I go on without mentions.",
        _ => "everything that is not for somebody else.",
    };

    private static string Short(string text) => text.Length <= 1_800 ? text : text[..(char.IsHighSurrogate(text[1_799]) ? 1_799 : 1_800)] + "…";
}
