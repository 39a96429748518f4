using MicroChat.Discord.Bot;
using MicroChat.Discord.Pacing;
using MicroChat.Discord.Port;
using MicroChat.Discord.Text;

namespace MicroChat.Discord.Answers;

/// <summary>Shows an answer while it grows: whole sentences, at the pace that the limits allow. What it could not show, the final edit shows.</summary>
internal sealed class AnswerPainter(BotContext bot, AnswerStream stream, IAnswerTarget target, Snowflake turn)
{
    /// <summary>Stands at the end of text that goes on.</summary>
    private const string Cursor = " ▌";

    private readonly EditClock clock = new(bot.Options.EditInterval, bot.Time);
    private int shownText;
    private string? shown;

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
            while (!stream.Ended.IsCompleted && !IsForbidden && !IsGone)
            {
                Task changed = stream.Changed;
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
        if (Content() is not { } content || content == shown)
        {
            return false;
        }
        try
        {
            AnswerLayout layout = AnswerLayout.Of(content, OutgoingMessage.LongestContent, bot.Options.MostMessages);
            await target.ShowAsync(new AnswerView(layout.Messages, AnswerButtons.Running(turn), null), stop);
            shown = content;
        }
        catch (DiscordException e)
        {
            IsGone = e.Code is DiscordErrorCode.UnknownMessage or DiscordErrorCode.UnknownChannel or DiscordErrorCode.MissingAccess or DiscordErrorCode.MissingPermissions;
        }
        clock.Edited();
        return true;
    }

    private string? Content()
    {
        string text = stream.Text;
        if (text.Length == 0)
        {
            return stream.Queue is { } queue ? QueueLine(queue) : null;
        }
        if (bot.BlockedOutput.Matches(text))
        {
            IsForbidden = true;
            return null;
        }
        shownText = SentenceBorder.Find(text, Math.Min(shownText, text.Length), clock.IsImpatient);
        string visible = text[..shownText].TrimEnd();
        return visible.Length == 0 ? null : visible + Cursor;
    }

    private static string QueueLine(Chat.QueueStatus queue)
    {
        string wait = queue.EstimatedWait is { } time ? $", about {Outcome.Seconds(time)}" : "";
        return queue.Position <= 1 ? $"⏳ You are next{wait}." : $"⏳ {queue.Position - 1} before you{wait}.";
    }

    private async Task DelayAsync(TimeSpan wait, CancellationToken stop)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(Task.Delay(wait, bot.Time, both.Token), stream.Ended);
        await both.CancelAsync();
        stop.ThrowIfCancellationRequested();
    }
}
