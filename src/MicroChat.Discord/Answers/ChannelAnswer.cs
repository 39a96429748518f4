using System.Text;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Answers;

/// <summary>
/// An answer as messages of a channel, the first of which replies to the question. Every message has a nonce that follows from the question, so that
/// sending again after a crash makes no second one; every id is on disk before the next step.
/// </summary>
internal sealed class ChannelAnswer : IAnswerTarget
{
    private readonly BotContext bot;
    private readonly Snowflake channel;
    private readonly Snowflake turn;
    private readonly Snowflake? replyTo;
    private readonly bool again;
    private readonly List<Shown> shown;

    /// <param name="bot">The bot.</param>
    /// <param name="channel">Where.</param>
    /// <param name="turn">The question's turn.</param>
    /// <param name="replyTo">The question's message; null: the answer replies to none.</param>
    /// <param name="existing">Messages that are there already, as after a restart or for another try.</param>
    /// <param name="again">Another try: messages that the try before had, and that are deleted now, must not be found again by their nonce.</param>
    public ChannelAnswer(BotContext bot, Snowflake channel, Snowflake turn, Snowflake? replyTo, IReadOnlyList<Snowflake> existing, bool again)
    {
        (this.bot, this.channel, this.turn, this.again) = (bot, channel, turn, again);
        this.replyTo = replyTo is not null && bot.May(channel, DiscordPermissions.ReadMessageHistory) ? replyTo : null;
        shown = [.. existing.Select(id => new Shown(id, null, true, null))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<Snowflake> Messages => [.. shown.Select(message => message.Id)];

    /// <inheritdoc/>
    public EditPace Pace => bot.Actions.EditPaceIn(channel);

    /// <inheritdoc/>
    public async Task ShowAsync(AnswerView view, CancellationToken cancellationToken)
    {
        for (int i = 0; i < view.Contents.Count; i++)
        {
            bool last = i == view.Contents.Count - 1;
            string? rows = last && view.Rows.Count > 0 ? RowsKey(view.Rows) : null;
            string? file = last ? view.File : null;
            if (i >= shown.Count)
            {
                await SendAsync(view.Contents[i], last ? view.Rows : [], rows, file, i, cancellationToken);
            }
            else if (shown[i].Content != view.Contents[i] || shown[i].HasRows != (rows is not null) || shown[i].Rows != rows || file is not null)
            {
                var edit = new MessageEdit { Content = view.Contents[i], Rows = last ? view.Rows : [], Files = Files(file) };
                await bot.Actions.EditAsync(channel, shown[i].Id, edit, cancellationToken);
                shown[i] = new Shown(shown[i].Id, view.Contents[i], rows is not null, rows);
            }
        }
        for (int i = shown.Count - 1; i >= view.Contents.Count; i--)
        {
            await DropAsync(i, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        for (int i = shown.Count - 1; i >= 0; i--)
        {
            try
            {
                await DropAsync(i, cancellationToken);
            }
            catch (DiscordException)
            {
                shown.RemoveAt(i);
            }
        }
    }

    private async Task SendAsync(string content, IReadOnlyList<ComponentRow> rows, string? rowsKey, string? file, int part, CancellationToken cancellationToken)
    {
        DiscordMessage sent = await bot.Actions.SendAsync(channel, new OutgoingMessage
        {
            Content = content,
            Rows = rows,
            ReplyTo = part == 0 ? replyTo : null,
            Files = Files(file),
            Flags = DiscordMessageFlags.SuppressEmbeds,
            Nonce = again ? null : $"m{turn}.{part}",
        }, cancellationToken);
        shown.Add(new Shown(sent.Id, content, rowsKey is not null, rowsKey));
        await bot.State.AddReplyAsync(turn, sent.Id, part, CancellationToken.None);
    }

    private async Task DropAsync(int index, CancellationToken cancellationToken)
    {
        Snowflake message = shown[index].Id;
        bot.OwnDeletions.Add(message);
        await bot.State.RemoveReplyAsync(message, CancellationToken.None);
        await bot.Actions.DeleteAsync(channel, message, cancellationToken);
        shown.RemoveAt(index);
    }

    internal static IReadOnlyList<OutgoingFile> Files(string? text) =>
        text is null ? [] : [new OutgoingFile("answer.md", Encoding.UTF8.GetBytes(text), "text/markdown; charset=utf-8")];

    internal static string RowsKey(IReadOnlyList<ComponentRow> rows) =>
        string.Join('|', rows.SelectMany(row => row.Items).Select(item => item is DiscordButton button ? $"{button.CustomId}{button.Label}{button.Disabled}" : item.ToString()));

    private sealed record Shown(Snowflake Id, string? Content, bool HasRows, string? Rows);
}
