using MicroChat.Discord.Answers;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using MicroChat.Feedback;

namespace MicroChat.Discord.Bot;

/// <summary>Answers a question again: because somebody wants another try, because it was edited, or because the program ended while it was at it.</summary>
internal sealed class Retrying(BotContext bot, QuestionReader reader, TurnRunner runner)
{
    /// <summary>Another try; the earlier answer is kept to be compared with.</summary>
    /// <returns>False: the question is gone.</returns>
    public async Task<bool> AgainAsync(TurnRecord turn, DiscordUser asker, CancellationToken cancellationToken)
    {
        ExchangeRecord? earlier = turn.Exchange is { } id ? await bot.Store.FindExchangeAsync(id, cancellationToken) : null;
        return await StartAsync(turn, asker, earlier, again: true, null, cancellationToken);
    }

    /// <summary>The question was edited: what was said before is withdrawn with its answer, and answered anew.</summary>
    public async Task EditedAsync(TurnRecord turn, DiscordMessage message)
    {
        await runner.BreakOffAsync(turn.Id);
        turn = await bot.State.FindAsync(turn.Id, CancellationToken.None) ?? turn;
        if (turn.Exchange is { } exchange)
        {
            await bot.WithdrawAsync(exchange);
            await bot.State.SetExchangeAsync(turn.Id, null, CancellationToken.None);
        }
        await StartAsync(turn with { Exchange = null }, message.Author, null, again: true, message, CancellationToken.None);
    }

    /// <summary>A turn that the program left open when it ended: it is finished, in the messages that are there.</summary>
    public async Task ResumeAsync(TurnRecord turn, CancellationToken stop)
    {
        ExchangeRecord? begun = turn.Exchange is { } id ? await bot.Store.FindExchangeAsync(id, stop) : null;
        bool old = bot.Time.GetUtcNow() - turn.Time > bot.Options.CatchUp;
        if (begun?.Reply is { Text.Length: > 0 })
        {
            begun = null;                               // it had been answered, and another try was cut off
        }
        var asker = new DiscordUser(default, "", "", false, false);
        if (old || !await StartAsync(turn, asker, begun, again: false, null, stop))
        {
            await GiveUpAsync(turn, stop);
            return;
        }
        if (begun is not null)
        {
            await bot.Store.DeleteExchangeAsync(begun.Id, CancellationToken.None);
        }
    }

    private async Task<bool> StartAsync(TurnRecord turn, DiscordUser asker, ExchangeRecord? earlier, bool again, DiscordMessage? edited, CancellationToken cancellationToken)
    {
        List<DiscordMessage> messages = await MessagesAsync(turn, edited, cancellationToken);
        if (messages.Count == 0 && earlier?.Prompt is null)
        {
            return false;
        }
        await bot.State.SetStateAsync(turn.Id, TurnState.Open, CancellationToken.None);
        Snowflake? replyTo = messages.Count > 0 && messages[^1].ChannelId == turn.Channel ? messages[^1].Id : null;
        PlacePath path = bot.Channels.PathOf(turn.Guild.Value == 0 ? null : turn.Guild, turn.Channel, null);
        runner.Start(new TurnRequest(
            turn,
            async stop => (messages.Count > 0
                ? await reader.OfMessagesAsync(turn, messages, earlier, stop)
                : await reader.OfTextAsync(turn, path, asker, earlier!.Prompt!, null, earlier, stop)) with
            { Path = path, Head = reader.HeadOf(path, turn.Person) },
            new ChannelAnswer(bot, turn.Channel, turn.Id, replyTo, turn.Replies, again)));
        return true;
    }

    private async Task<List<DiscordMessage>> MessagesAsync(TurnRecord turn, DiscordMessage? edited, CancellationToken cancellationToken)
    {
        var messages = new List<DiscordMessage>();
        foreach (Snowflake question in turn.Questions)
        {
            DiscordMessage? message = edited?.Id == question ? edited : await FindAsync(turn, question, cancellationToken);
            if (message is not null)
            {
                messages.Add(message with { GuildId = turn.Guild.Value == 0 ? null : turn.Guild });
            }
        }
        return messages;
    }

    private async Task<DiscordMessage?> FindAsync(TurnRecord turn, Snowflake question, CancellationToken cancellationToken)
    {
        // A thread that was opened for the answer has the question's id; the question itself is in the channel around it.
        Snowflake channel = turn.Channel == question && bot.Channels.Find(turn.Channel)?.ParentId is { } parent ? parent : turn.Channel;
        try
        {
            return await bot.Actions.FindMessageAsync(channel, question, cancellationToken);
        }
        catch (DiscordException e) when (!e.MayRetry)
        {
            return null;
        }
    }

    private async Task GiveUpAsync(TurnRecord turn, CancellationToken stop)
    {
        if (turn.Replies.Count > 0 || turn.Questions.Count > 0)
        {
            Snowflake? replyTo = turn.Questions.Count > 0 && turn.Channel != turn.Questions[^1] ? turn.Questions[^1] : null;
            var target = new ChannelAnswer(bot, turn.Channel, turn.Id, replyTo, turn.Replies, again: false);
            try
            {
                await target.ShowAsync(new AnswerView(["I was interrupted before I could answer this."], AnswerButtons.Failed(turn.Id), null), stop);
            }
            catch (DiscordException e) when (!e.MayRetry)
            {
                await bot.State.SetStateAsync(turn.Id, TurnState.Closed, CancellationToken.None);
                return;
            }
        }
        await bot.State.SetStateAsync(turn.Id, TurnState.Closed, CancellationToken.None);
    }
}
