using MicroChat.Discord.Simulator.Town.Golds;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Town;

/// <summary>A conversation that is to be had.</summary>
/// <param name="Season">When.</param>
/// <param name="Asker">Who begins it.</param>
/// <param name="Prompts">What is asked, one after another; none: a round of the arena.</param>
/// <param name="ByCommand">Whether it begins with /ask.</param>
/// <param name="Random">Draws of this conversation alone, so that others do not change them.</param>
internal sealed record Talk(int Season, Member Asker, IReadOnlyList<string> Prompts, bool ByCommand, Random Random);

/// <summary>What members do, one act at a time, and what they saw and clicked of it.</summary>
internal sealed class TownActs(DiscordWorld world, IGoldPreference gold, Taste taste, TownLedger ledger, TownOptions options)
{
    private const double AskersVote = 0.9;

    /// <summary>Has a conversation to its end.</summary>
    public async Task TalkAsync(Talk talk, SimChannel channel, CancellationToken stop)
    {
        if (talk.Prompts.Count == 0)
        {
            await ArenaAsync(talk, channel, stop);
            return;
        }
        SimMessage? answer = null;
        foreach ((int turn, string prompt) in talk.Prompts.Index())
        {
            answer = await AskAsync(talk, channel, prompt, answer, stop);
            if (answer is null || BotAnswers.Button(answer, BotAnswers.Up) is null)
            {
                ledger.Miss();
                return;
            }
            string reply = BotAnswers.Reply(answer.Content);
            var seen = new SeenAnswer
            {
                Season = talk.Season, Asker = talk.Asker, Message = answer, Prompt = prompt, Reply = reply, IsOpening = turn == 0, Gold = gold.Value(prompt, reply),
            };
            ledger.Add(seen);
            if (talk.Random.NextDouble() < AskersVote)
            {
                await VoteAsync(talk.Asker, seen, talk.Random, stop);
            }
        }
    }

    /// <summary>A member votes by button or reaction, and now and then takes it back.</summary>
    public async Task VoteAsync(Member member, SeenAnswer answer, Random random, CancellationToken stop)
    {
        int value = taste.Vote(member, answer.Prompt, answer.Reply, random);
        bool stands = random.NextDouble() >= options.TakenBack;
        string face = value > 0 ? BotAnswers.Up : BotAnswers.Down;
        if (answer.Message.IsDeleted || ledger.Votes.Any(vote => vote.Member == member && vote.Answer == answer))
        {
            return;
        }
        ledger.Add(new CastVote(member, answer, value, stands));
        for (int press = 0; press < (stands ? 1 : 2); press++)
        {
            if (!member.Reacts)
            {
                await AnsweredAsync(world.Press(member.User, answer.Message, world.Read(_ => BotAnswers.Button(answer.Message, face))!), stop);
            }
            else if (press == 0)
            {
                world.React(member.User, answer.Message, face);
            }
            else
            {
                world.Unreact(member.User, answer.Message, face);
            }
        }
    }

    /// <summary>A member says whether they may train the bot, if they have an opinion.</summary>
    public async Task DecideAsync(Member member, SimChannel channel, CancellationToken stop)
    {
        if (member.Consent == MemberConsent.NeverAsked)
        {
            return;
        }
        SimInteraction asked = world.UseCommand(member.User, channel, "privacy");
        await AnsweredAsync(asked, stop);
        string button = member.Consent == MemberConsent.OptsIn ? "Allow training" : "Opt out of training";
        if (asked.Response is { } message && world.Read(_ => BotAnswers.Button(message, button)) is { } id)
        {
            await AnsweredAsync(world.Press(member.User, message, id), stop);
        }
    }

    /// <summary>Waits until the bot has answered an interaction.</summary>
    /// <exception cref="TimeoutException">It does not.</exception>
    public async Task AnsweredAsync(SimInteraction interaction, CancellationToken stop)
    {
        if (!await world.WaitForAsync(_ => interaction is { AnswerType: not null, IsDeferred: false }, options.Patience, stop))
        {
            throw new TimeoutException($"The bot did not answer an interaction of {interaction.User.Name} within {options.Patience.TotalSeconds:0} s; see its log.");
        }
    }

    /// <returns>The finished answer; null: none came in time.</returns>
    private async Task<SimMessage?> AskAsync(Talk talk, SimChannel channel, string prompt, SimMessage? before, CancellationToken stop)
    {
        if (before is null && talk.ByCommand)
        {
            SimInteraction command = world.UseCommand(talk.Asker.User, channel, "ask", new Dictionary<string, object> { ["question"] = prompt });
            bool came = await world.WaitForAsync(_ => command.Response is { } response && BotAnswers.IsFinished(response), options.Patience, stop);
            return came ? command.Response : null;
        }
        string text = before is null ? $"{world.Bot.Mention} {prompt}" : prompt;
        SimMessage question = world.Say(talk.Asker.User, channel, text, before), answer = question;
        bool answered = await world.WaitForAsync(_ => BotAnswers.To(question) is { } found && (answer = found) == found, options.Patience, stop);
        return answered ? answer : null;
    }

    private async Task ArenaAsync(Talk talk, SimChannel channel, CancellationToken stop)
    {
        SimInteraction round = world.UseCommand(talk.Asker.User, channel, "arena");
        bool came = await world.WaitForAsync(_ => Messages(round).Any(BotAnswers.IsFinished), options.Patience, stop);
        SimMessage? last = came ? world.Read(_ => Messages(round).First(BotAnswers.IsFinished)) : null;
        if (last is null || world.Read(_ => BotAnswers.Pair(Messages(round))) is not { } pair || BotAnswers.Button(last, "A is better") is null)
        {
            ledger.Miss();
            return;
        }
        int? choice = taste.Choose(talk.Asker, pair.Prompt, pair.First, pair.Second, talk.Random);
        ledger.Add(new CastChoice(talk.Asker, new SeenPair(talk.Season, talk.Asker, last, pair.Prompt, pair.First, pair.Second), choice));
        string button = choice switch { 0 => "A is better", 1 => "B is better", _ => "Tie" };
        await AnsweredAsync(world.Press(talk.Asker.User, last, button), stop);
    }

    private static IEnumerable<SimMessage> Messages(SimInteraction interaction) =>
        (interaction.Response is { } first ? [first] : Array.Empty<SimMessage>()).Concat(interaction.FollowUps);
}
