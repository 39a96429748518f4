using MicroChat.Discord.Bot;
using MicroChat.Discord.Pacing;
using MicroChat.Discord.Port;
using MicroChat.Discord.Text;

namespace MicroChat.Discord.Answers;

/// <summary>Shows an answer, or two to be compared, while it grows: whole sentences, at the pace that the limits allow. What it could not show, the final edit shows.</summary>
/// <param name="bot">What the parts of the bot share.</param>
/// <param name="streams">What is being written, in the order in which it is shown.</param>
/// <param name="layout">Puts the texts so far into messages.</param>
/// <param name="target">Where they are shown.</param>
/// <param name="turn">What the stop button stops.</param>
internal sealed class AnswerPainter(BotContext bot, IReadOnlyList<AnswerStream> streams, Func<IReadOnlyList<string>, AnswerView> layout, IAnswerTarget target, Snowflake turn)
{
    /// <summary>Stands at the end of text that goes on.</summary>
    private const string Cursor = " ▌";

    private readonly EditClock clock = new(bot.Options.EditInterval, bot.Time);
    private readonly int[] shownText = new int[streams.Count];
    private readonly Task ended = Task.WhenAll(streams.Select(stream => stream.Ended));
    private IReadOnlyList<string>? shown;

    /// <summary>The answer has words that must not be said; nothing more was shown.</summary>
    public bool IsForbidden { get; private set; }

    /// <summary>Somebody deleted the answer while it was being written.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Paints until the stream ends, the answer must not go on, or it is stopped; never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        clock.Edited();                     // a short answer comes whole, in one message
        try
        {
            while (!ended.IsCompleted && !IsForbidden && !IsGone)
            {
                Task changed = Task.WhenAny(streams.Select(stream => stream.Changed));
                TimeSpan wait = clock.Wait(target.Pace);
                if (wait > TimeSpan.Zero)
                {
                    await DelayAsync(wait, stop);
                }
                else if (!await PaintAsync(stop))
                {
                    await changed.WaitAsync(stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    /// <summary>Shows what is new.</summary>
    /// <returns>False: there is nothing new to show.</returns>
    private async Task<bool> PaintAsync(CancellationToken stop)
    {
        if (Contents() is not { } contents || (shown is not null && contents.SequenceEqual(shown)))
        {
            return false;
        }
        try
        {
            await target.ShowAsync(contents is [var line] && IsWaiting ? new AnswerView([line], AnswerButtons.Running(turn), null) : layout(contents) with { Rows = AnswerButtons.Running(turn) }, stop);
            shown = contents;
        }
        catch (DiscordException e)
        {
            IsGone = e.Code is DiscordErrorCode.UnknownMessage or DiscordErrorCode.UnknownChannel or DiscordErrorCode.MissingAccess or DiscordErrorCode.MissingPermissions;
        }
        clock.Edited();
        return true;
    }

    private bool IsWaiting => streams.All(stream => stream.Text.Length == 0);

    /// <summary>The text so far of each answer; a single line while all of them wait; null: nothing yet.</summary>
    private IReadOnlyList<string>? Contents()
    {
        string[] texts = [.. streams.Select(stream => stream.Text)];
        if (texts.All(text => text.Length == 0))
        {
            return streams.Select(stream => stream.Queue).FirstOrDefault(queue => queue is not null) is { } queue ? [QueueLine(queue)] : null;
        }
        if (texts.Any(bot.BlockedOutput.Matches))
        {
            IsForbidden = true;
            return null;
        }
        string[] visible = [.. texts.Select(Visible)];
        return visible.All(text => text.Length == 0) ? null : [.. visible.Select((text, i) => streams[i].Ended.IsCompleted ? text : (text + Cursor).TrimStart())];
    }

    private string Visible(string text, int index)
    {
        shownText[index] = streams[index].Ended.IsCompleted ? text.Length : SentenceBorder.Find(text, Math.Min(shownText[index], text.Length), clock.IsImpatient);
        return text[..shownText[index]].TrimEnd();
    }

    private static string QueueLine(Chat.QueueStatus queue)
    {
        string wait = queue.EstimatedWait is { } time ? $", about {Outcome.Seconds(time)}" : "";
        return queue.Position <= 1 ? $"⏳ You are next{wait}." : $"⏳ {queue.Position - 1} before you{wait}.";
    }

    private async Task DelayAsync(TimeSpan wait, CancellationToken stop)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(Task.Delay(wait, bot.Time, both.Token), ended);
        await both.CancelAsync();
        stop.ThrowIfCancellationRequested();
    }
}
