using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Commands;

/// <summary>Answers one interaction, whatever was answered before; only its person sees it.</summary>
internal sealed class InteractionReply(BotContext bot, DiscordInteraction interaction)
{
    private bool acknowledged;
    private bool shown;

    public DiscordInteraction Interaction => interaction;

    /// <summary>Where it was used.</summary>
    public Routing.PlacePath Path => bot.Channels.PathOf(interaction.GuildId, interaction.ChannelId ?? default, interaction.Channel);

    /// <summary>Says something to the person.</summary>
    public async Task SayAsync(string text, IReadOnlyList<ComponentRow> rows, IReadOnlyList<OutgoingFile> files)
    {
        if (!acknowledged)
        {
            acknowledged = shown = true;
            await bot.Actions.RespondAsync(interaction.Handle, Message(text, rows, files), CancellationToken.None);
        }
        else if (!shown)
        {
            shown = true;
            await bot.Actions.EditResponseAsync(interaction.Handle, new MessageEdit { Content = text, Rows = rows, Files = files }, CancellationToken.None);
        }
        else
        {
            await bot.Actions.FollowUpAsync(interaction.Handle, Message(text, rows, files), CancellationToken.None);
        }
    }

    public Task SayAsync(string text) => SayAsync(text, [], []);

    /// <summary>"… is thinking", for the person only, before something that takes its time.</summary>
    public Task DeferAsync()
    {
        acknowledged = true;
        return bot.Actions.DeferAsync(interaction.Handle, ephemeral: true, CancellationToken.None);
    }

    /// <summary>"… is thinking", for everybody; the answer follows by other ways.</summary>
    public Task DeferPubliclyAsync()
    {
        acknowledged = shown = true;
        return bot.Actions.DeferAsync(interaction.Handle, ephemeral: false, CancellationToken.None);
    }

    /// <summary>Nothing is shown: the message with the button changes soon.</summary>
    public Task AcceptAsync()
    {
        acknowledged = shown = true;
        return bot.Actions.DeferUpdateAsync(interaction.Handle, CancellationToken.None);
    }

    /// <summary>Changes the message with the button.</summary>
    public Task UpdateAsync(string text, IReadOnlyList<ComponentRow> rows)
    {
        acknowledged = shown = true;
        return bot.Actions.UpdateAsync(interaction.Handle, new MessageEdit { Content = text, Rows = rows }, CancellationToken.None);
    }

    public Task OpenAsync(DiscordModal modal)
    {
        acknowledged = shown = true;
        return bot.Actions.OpenModalAsync(interaction.Handle, modal, CancellationToken.None);
    }

    private static OutgoingMessage Message(string text, IReadOnlyList<ComponentRow> rows, IReadOnlyList<OutgoingFile> files) =>
        new() { Content = text, Rows = rows, Files = files, Flags = DiscordMessageFlags.Ephemeral | DiscordMessageFlags.SuppressEmbeds };
}
