using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Discord.State;

namespace MicroChat.Discord.Feedback;

/// <summary>After an absence: compares the reactions at the newest answers with the votes that are known, and follows deletions that were missed.</summary>
internal sealed class Reconciler(BotContext bot, VoteBook votes, Forgetting forgetting)
{
    private const int PageSize = 100;

    /// <param name="guild">Only answers of this guild; 0: only direct messages.</param>
    /// <param name="stop">Stops it.</param>
    public async Task RunAsync(Snowflake guild, CancellationToken stop)
    {
        foreach (TurnRecord turn in await bot.State.NewestAsync(bot.Options.ReconciledAnswers, stop))
        {
            if (turn.Guild != guild || turn.State != TurnState.Closed || !bot.May(turn.Channel, DiscordPermissions.ReadMessageHistory))
            {
                continue;
            }
            try
            {
                await CheckAsync(turn, stop);
            }
            catch (DiscordException e) when (e.Code is DiscordErrorCode.MissingAccess or DiscordErrorCode.MissingPermissions or DiscordErrorCode.UnknownChannel || e.MayRetry)
            {
                continue;                   // not to be seen now; a later absence looks again
            }
        }
    }

    private async Task CheckAsync(TurnRecord turn, CancellationToken stop)
    {
        foreach (Snowflake question in turn.Questions)
        {
            if (await bot.Actions.FindMessageAsync(turn.Channel, question, stop) is null && turn.Channel != question)
            {
                await forgetting.MessagesAsync(turn.Channel, [question]);
                return;
            }
        }
        foreach (Snowflake reply in turn.Replies)
        {
            if (await bot.Actions.FindMessageAsync(turn.Channel, reply, stop) is not { } message)
            {
                await forgetting.MessagesAsync(turn.Channel, [reply]);
                continue;
            }
            var present = new List<(Snowflake, string)>();
            foreach (ReactionCount count in message.Reactions.Where(reaction => VoteBook.ValueOf(reaction.Emoji) != 0))
            {
                present.AddRange(await UsersAsync(turn.Channel, reply, count.Emoji, stop));
            }
            await votes.ReconcileAsync(reply, present);
        }
    }

    private async Task<List<(Snowflake, string)>> UsersAsync(Snowflake channel, Snowflake message, DiscordEmoji emoji, CancellationToken stop)
    {
        var users = new List<(Snowflake, string)>();
        Snowflake? after = null;
        while (true)
        {
            IReadOnlyList<DiscordUser> page = await bot.Actions.GetReactionUsersAsync(channel, message, emoji, after, PageSize, stop);
            users.AddRange(page.Where(user => !user.IsBot && user.Id != bot.Self).Select(user => (user.Id, emoji.Name)));
            if (page.Count < PageSize)
            {
                return users;
            }
            after = page[^1].Id;
        }
    }
}
