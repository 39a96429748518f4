using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Answers;

/// <summary>An answer as the reply to a command, which was deferred before. Its right to change lasts 15 minutes; after that it is changed like any message.</summary>
internal sealed class CommandAnswer(BotContext bot, InteractionHandle handle, Snowflake channel, Snowflake turn) : IAnswerTarget
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(14);

    private readonly List<(Snowflake Id, string Content, string Rows)> shown = [];
    private readonly long started = bot.Time.GetTimestamp();

    /// <inheritdoc/>
    public IReadOnlyList<Snowflake> Messages => [.. shown.Select(message => message.Id)];

    /// <inheritdoc/>
    public EditPace Pace => IsAlive ? bot.Actions.EditPaceOf(handle) : bot.Actions.EditPaceIn(channel);

    private bool IsAlive => bot.Time.GetElapsedTime(started) < Lifetime;

    /// <inheritdoc/>
    public async Task ShowAsync(AnswerView view, CancellationToken cancellationToken)
    {
        for (int i = 0; i < view.Contents.Count; i++)
        {
            bool last = i == view.Contents.Count - 1;
            IReadOnlyList<ComponentRow> rows = last ? view.Rows : [];
            IReadOnlyList<OutgoingFile> files = ChannelAnswer.Files(last ? view.File : null);
            (string Content, string Rows) wanted = (view.Contents[i], ChannelAnswer.RowsKey(rows));
            if (i < shown.Count && (shown[i].Content, shown[i].Rows) == wanted && files.Count == 0)
            {
                continue;
            }
            DiscordMessage message = await PutAsync(i, wanted.Content, rows, files, cancellationToken);
            if (i < shown.Count)
            {
                shown[i] = (message.Id, wanted.Content, wanted.Rows);
                continue;
            }
            shown.Add((message.Id, wanted.Content, wanted.Rows));
            await bot.State.AddReplyAsync(turn, message.Id, i, CancellationToken.None);
        }
        while (shown.Count > view.Contents.Count)
        {
            await DropAsync(shown.Count - 1, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        while (shown.Count > 0)
        {
            try
            {
                await DropAsync(shown.Count - 1, cancellationToken);
            }
            catch (DiscordException)
            {
                shown.RemoveAt(shown.Count - 1);
            }
        }
    }

    private Task<DiscordMessage> PutAsync(
        int index, string content, IReadOnlyList<ComponentRow> rows, IReadOnlyList<OutgoingFile> files, CancellationToken cancellationToken)
    {
        var edit = new MessageEdit { Content = content, Rows = rows, Files = files };
        var message = new OutgoingMessage { Content = content, Rows = rows, Files = files, Flags = DiscordMessageFlags.SuppressEmbeds };
        return (IsAlive, index, index < shown.Count) switch
        {
            (true, 0, _) => bot.Actions.EditResponseAsync(handle, edit, cancellationToken),
            (true, _, true) => bot.Actions.EditFollowUpAsync(handle, shown[index].Id, edit, cancellationToken),
            (true, _, false) => bot.Actions.FollowUpAsync(handle, message, cancellationToken),
            (false, _, true) => bot.Actions.EditAsync(channel, shown[index].Id, edit, cancellationToken),
            (false, _, false) => bot.Actions.SendAsync(channel, message with { Nonce = $"m{turn}.{index}" }, cancellationToken),
        };
    }

    private async Task DropAsync(int index, CancellationToken cancellationToken)
    {
        Snowflake message = shown[index].Id;
        bot.OwnDeletions.Add(message);
        await bot.State.RemoveReplyAsync(message, CancellationToken.None);
        if (index == 0 && IsAlive)
        {
            await bot.Actions.DeleteResponseAsync(handle, cancellationToken);
        }
        else
        {
            await bot.Actions.DeleteAsync(channel, message, cancellationToken);
        }
        shown.RemoveAt(index);
    }
}
