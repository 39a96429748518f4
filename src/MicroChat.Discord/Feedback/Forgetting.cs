using MicroChat.Discord.Answers;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using MicroChat.Feedback;

namespace MicroChat.Discord.Feedback;

/// <summary>Follows deletions through: what is gone on Discord, or whoever asks to be forgotten, goes from history, store and state, and the bot's answers with it.</summary>
internal sealed class Forgetting(BotContext bot, TurnRunner runner, VoteBook votes)
{
    /// <summary>Messages were deleted: questions take their answers with them, answers only themselves.</summary>
    public async Task MessagesAsync(Snowflake channel, IReadOnlyList<Snowflake> messages)
    {
        var gone = new List<string>();
        foreach (Snowflake message in messages.Where(message => !bot.OwnDeletions.Contains(message)))
        {
            TurnRecord? turn = await bot.State.FindByMessageAsync(message, CancellationToken.None);
            if (turn is not null && turn.Questions.Contains(message))
            {
                await QuestionAsync(channel, turn);
            }
            else if (turn is not null)
            {
                runner.Stop(turn.Id);
                await bot.State.RemoveReplyAsync(message, CancellationToken.None);
            }
            if (await bot.Store.FindByMessageAsync(Platforms.Discord, message.ToString(), CancellationToken.None) is { } exchange)
            {
                gone.Add(message.ToString());
                await bot.State.DeleteVotesAsync([exchange.Id], CancellationToken.None);
                await bot.State.MoveHeadsAsync(exchange.Id, exchange.Parent, CancellationToken.None);
            }
        }
        votes.Forget(messages);
        if (gone.Count > 0)
        {
            await bot.Store.DeleteMessagesAsync(Platforms.Discord, gone, CancellationToken.None);
        }
    }

    /// <summary>A server was left, or a channel or thread deleted: everything said there is forgotten. A channel takes its threads along.</summary>
    public async Task PlaceAsync(PlacePath path)
    {
        IReadOnlyList<Snowflake> threads = path.Thread.Value == 0 && path.Channel.Value != 0 ? bot.Channels.ThreadsOf(path.Channel) : [];
        bool isServer = path.Innermost.Value == 0;
        foreach (TurnRecord turn in await bot.State.OpenTurnsAsync(CancellationToken.None))
        {
            if (isServer ? turn.Guild == path.Guild : turn.Channel == path.Innermost || threads.Contains(turn.Channel))
            {
                await runner.BreakOffAsync(turn.Id);        // what is being written would be kept again
            }
        }
        await bot.Store.DeletePlaceAsync(path.ToPlace(), CancellationToken.None);
        foreach (Snowflake place in threads.Append(path.Innermost))
        {
            await bot.State.DeletePlaceAsync(path.Guild, place, CancellationToken.None);
        }
    }

    /// <summary>Somebody left a server: what they said and judged there is forgotten.</summary>
    public async Task MemberAsync(Snowflake guild, Pseudonym person)
    {
        TurnRecord[] turns = [.. (await bot.State.OfPersonAsync(person, CancellationToken.None)).Where(turn => turn.Guild == guild)];
        foreach (TurnRecord turn in turns)
        {
            if (await runner.BreakOffAsync(turn.Id) && await bot.State.FindAsync(turn.Id, CancellationToken.None) is { } halfWritten)
            {
                await DeleteRepliesAsync(turn.Channel, halfWritten);
            }
        }
        await bot.Store.ForgetMemberAsync(person, Platforms.Discord, guild.ToString(), CancellationToken.None);
        await bot.State.DeleteMemberAsync(person, guild, CancellationToken.None);
        votes.Forget(turns.SelectMany(turn => turn.Replies));
    }

    /// <summary>A person wants to be forgotten: exchanges, ratings, choices, and the bot's answers to them.</summary>
    public async Task<DeletionReport> PersonAsync(Pseudonym person)
    {
        IReadOnlyList<TurnRecord> turns = await bot.State.OfPersonAsync(person, CancellationToken.None);
        foreach (TurnRecord turn in turns)
        {
            await runner.BreakOffAsync(turn.Id);
        }
        DeletionReport report = await bot.Store.ForgetPersonAsync(person, CancellationToken.None);
        await bot.State.DeletePersonAsync(person, CancellationToken.None);
        votes.Forget(turns.SelectMany(turn => turn.Replies));
        _ = Task.Run(() => DeleteRepliesAsync(turns));          // many messages take their time under the limits
        return report;
    }

    private async Task DeleteRepliesAsync(IReadOnlyList<TurnRecord> turns)
    {
        foreach (TurnRecord turn in turns)
        {
            await DeleteRepliesAsync(turn.Channel, turn);
        }
    }

    private async Task QuestionAsync(Snowflake channel, TurnRecord turn)
    {
        await runner.BreakOffAsync(turn.Id);
        turn = await bot.State.FindAsync(turn.Id, CancellationToken.None) ?? turn;          // the run may have added messages
        if (turn.Exchange is { } exchange)
        {
            await bot.WithdrawAsync(exchange);
        }
        await bot.State.DeleteTurnsAsync([turn.Id], CancellationToken.None);
        await DeleteRepliesAsync(turn.Channel.Value != 0 ? turn.Channel : channel, turn);
    }

    /// <summary>Takes the answer away; where that is not possible, its text.</summary>
    private async Task DeleteRepliesAsync(Snowflake channel, TurnRecord turn)
    {
        foreach (Snowflake reply in turn.Replies)
        {
            bot.OwnDeletions.Add(reply);
            try
            {
                await bot.Actions.DeleteAsync(channel, reply, CancellationToken.None);
            }
            catch (DiscordException)
            {
                await RedactAsync(channel, reply);
            }
        }
    }

    private async Task RedactAsync(Snowflake channel, Snowflake reply)
    {
        try
        {
            await bot.Actions.EditAsync(channel, reply, new MessageEdit { Content = "-# This answer was withdrawn.", Rows = [] }, CancellationToken.None);
        }
        catch (DiscordException)
        {
            return;                         // gone, or out of reach
        }
    }
}
