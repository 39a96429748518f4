using MicroChat.Discord.Answers;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Feedback;
using MicroChat.Discord.Port;
using MicroChat.Discord.State;
using MicroChat.Feedback;

namespace MicroChat.Discord.Commands;

/// <summary>The buttons under answers: rate, say why, choose, stop, try again.</summary>
internal sealed class AnswerActions(BotContext bot, VoteBook votes, TurnRunner runner, Intake intake, Retrying retrying)
{
    private static readonly TimeSpan Prompt = TimeSpan.FromMilliseconds(700);

    private const string TooOld = "I no longer have that answer.";

    /// <summary>👍 or 👎; tells only the one who pressed.</summary>
    public async Task RateAsync(InteractionReply reply, Guid exchange, int value)
    {
        if (await bot.Store.FindExchangeAsync(exchange, CancellationToken.None) is not { Reply: not null })
        {
            await reply.SayAsync(TooOld);
            return;
        }
        DiscordUser user = reply.Interaction.User;
        if (user.IsBot || bot.Rules.IsBlocked(bot.PersonOf(user.Id), reply.Interaction.GuildId ?? default))
        {
            await reply.SayAsync("Your vote does not count here.");
            return;
        }
        Task<int> pressed = votes.PressAsync(exchange, user, value);
        if (await Task.WhenAny(pressed, Task.Delay(Prompt, bot.Time)) != pressed)
        {
            await reply.DeferAsync();               // many vote at once: it will take a moment
        }
        int now = await pressed;
        IReadOnlyList<Rating> all = await bot.Store.RatingsOfAsync(exchange, CancellationToken.None);
        string tally = $"So far {all.Count(r => r.Value > 0)} 👍 and {all.Count(r => r.Value < 0)} 👎.";
        await (now switch
        {
            0 => reply.SayAsync("Your vote is taken back."),
            > 0 => reply.SayAsync($"Thank you, 👍 is noted. {tally} Press again to take it back."),
            _ => reply.SayAsync($"Thank you, 👎 is noted. {tally} What was wrong with it?", AnswerButtons.WhyDown(exchange), []),
        });
    }

    /// <summary>The second tap of a 👎.</summary>
    public async Task GiveReasonAsync(InteractionReply reply, Guid exchange, string detail)
    {
        if (!Enum.TryParse(detail, out RatingReason reason))
        {
            return;
        }
        await votes.FlushAsync();
        Pseudonym person = bot.PersonOf(reply.Interaction.User.Id);
        bool isDown = (await bot.Store.RatingsOfAsync(exchange, CancellationToken.None)).Any(rating => rating.Person == person && rating.Value < 0);
        RatingOutcome outcome = isDown
            ? await bot.Store.RateAsync(new NewRating(exchange, bot.RaterOf(reply.Interaction.User), -1, reason, null), CancellationToken.None)
            : RatingOutcome.Unknown;
        string label = AnswerButtons.Reasons.First(r => r.Reason == reason).Label;
        await reply.UpdateAsync(outcome is RatingOutcome.Unknown or RatingOutcome.NotRateable
            ? "Your 👎 is no longer there, so nothing was noted."
            : $"Thank you, noted: 👎, {label.ToLowerInvariant()}.", []);
    }

    /// <summary>Which of two answers is better.</summary>
    public async Task CompareAsync(InteractionReply reply, Guid comparison, string choice)
    {
        Rater rater = bot.RaterOf(reply.Interaction.User);
        if (await bot.Store.FindComparisonAsync(comparison, CancellationToken.None) is not { Shown.Count: 2 } found)
        {
            await reply.SayAsync(TooOld);
            return;
        }
        if (rater.Kind != RaterKind.Person || bot.Rules.IsBlocked(rater.Person, reply.Interaction.GuildId ?? default))
        {
            await reply.SayAsync("Your vote does not count here.");
            return;
        }
        NewAnswer? answer = choice switch
        {
            "0" or "1" => NewAnswer.Winner(comparison, rater, found.Shown[choice[0] - '0']),
            "tie" => NewAnswer.Tie(comparison, rater),
            "bad" => NewAnswer.AllBad(comparison, rater),
            _ => null,
        };
        if (answer is null)
        {
            await reply.SayAsync(TooOld);
            return;
        }
        await bot.Store.AnswerAsync(answer, CancellationToken.None);
        await FollowWinnerAsync(found, answer);
        await reply.SayAsync("Thank you, your choice is noted. Choose again to change it.");
    }

    /// <summary>Ends an answer that is being written.</summary>
    public async Task StopAsync(InteractionReply reply, Snowflake turn)
    {
        TurnRecord? record = await bot.State.FindAsync(turn, CancellationToken.None);
        if (record is not null && !MayManage(reply, record))
        {
            await reply.SayAsync("Only the one who asked, or a moderator, can stop this.");
            return;
        }
        await (runner.Stop(turn) ? reply.AcceptAsync() : reply.SayAsync("It is finished already."));
    }

    /// <summary>Another try.</summary>
    public async Task RetryAsync(InteractionReply reply, Snowflake turn)
    {
        DiscordUser user = reply.Interaction.User;
        TurnRecord? record = await bot.State.FindAsync(turn, CancellationToken.None);
        string? refusal = record is null ? "I no longer have that question. Please ask it again."
            : record.Person != bot.PersonOf(user.Id) ? "Only the one who asked can ask again."
            : runner.IsRunning(turn) ? "I am at it already."
            : bot.Rules.IsBlocked(record.Person, record.Guild) ? "I do not answer you here."
            : intake.ShareRefusal(record.Person, reply.Path, reply.Interaction.Member?.RoleIds ?? []);
        if (refusal is not null)
        {
            await reply.SayAsync(refusal);
            return;
        }
        await reply.AcceptAsync();
        if (!await retrying.AgainAsync(record!, user, CancellationToken.None))
        {
            await reply.SayAsync("The question is gone. Please ask it again.");
        }
    }

    private bool MayManage(InteractionReply reply, TurnRecord record) =>
        record.Person == bot.PersonOf(reply.Interaction.User.Id)
        || reply.Interaction.Member?.Permissions is { } permissions && (permissions & (DiscordPermissions.ManageMessages | DiscordPermissions.Administrator)) != 0;

    /// <summary>The conversation goes on with the answer that its asker likes better.</summary>
    private async Task FollowWinnerAsync(ComparisonRecord comparison, NewAnswer answer)
    {
        if (answer.Outcome == ComparisonOutcome.Winner
            && await bot.Store.FindExchangeAsync(answer.Tiers[0][0], CancellationToken.None) is { } winner && winner.Person == answer.Rater.Person)
        {
            string place = winner.Place.Thread.Length > 0 ? winner.Place.Thread : winner.Place.Channel;
            foreach (string head in (string[])[place, $"{place}/{winner.Person.Value}"])
            {
                if (await bot.State.HeadAsync(head, CancellationToken.None) is { } now && comparison.Shown.Contains(now))
                {
                    await bot.State.SetHeadAsync(head, winner.Id, CancellationToken.None);
                }
            }
        }
    }
}
