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
    private const string FirstIsBetter = "A is better", SecondIsBetter = "B is better", Equal = "Tie";

    /// <summary>Has a conversation to its end.</summary>
    public async Task TalkAsync(Talk talk, SimChannel channel, CancellationToken stop)
    {
        if (talk.Prompts.Count == 0)
        {
            SimInteraction round = world.UseCommand(talk.Asker.User, channel, "arena");
            await ReadAsync(talk, "", true, await MessagesAsync(() => Messages(round), stop), stop);
            return;
        }
        SeenAnswer? answer = null;
        foreach ((int turn, string prompt) in talk.Prompts.Index())
        {
            answer = await ReadAsync(talk, prompt, turn == 0, await AskAsync(talk, channel, prompt, answer?.Message, stop), stop);
            if (answer is null)
            {
                return;
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
                await AcceptedAsync(world.Press(member.User, answer.Message, world.Read(_ => BotAnswers.Button(answer.Message, face))!), stop);
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
        if (!await IsAnsweredAsync(interaction, stop))
        {
            throw new TimeoutException($"The bot did not answer an interaction of {interaction.User.Name} within {options.Patience.TotalSeconds:0} s; see its log.");
        }
    }

    /// <summary>Waits until a click was taken; a member whose click fails shrugs, and it is counted.</summary>
    private async Task AcceptedAsync(SimInteraction interaction, CancellationToken stop)
    {
        if (!await IsAnsweredAsync(interaction, stop))
        {
            ledger.Miss();
        }
    }

    private Task<bool> IsAnsweredAsync(SimInteraction interaction, CancellationToken stop) =>
        world.WaitForAsync(_ => interaction is { AnswerType: not null, IsDeferred: false }, options.Patience, stop);

    /// <summary>A member reads what came, and votes on it or chooses between two.</summary>
    /// <returns>The answer, if it was one that the conversation can go on from.</returns>
    private async Task<SeenAnswer?> ReadAsync(Talk talk, string prompt, bool opens, IReadOnlyList<SimMessage> messages, CancellationToken stop)
    {
        if (messages.FirstOrDefault(message => world.Read(_ => BotAnswers.Button(message, BotAnswers.Up)) is not null) is { } answer)
        {
            string reply = BotAnswers.Reply(answer.Content);
            var seen = new SeenAnswer { Season = talk.Season, Asker = talk.Asker, Message = answer, Prompt = prompt, Reply = reply, IsOpening = opens, Gold = gold.Value(prompt, reply) };
            ledger.Add(seen);
            return seen;
        }
        SimMessage? choice = messages.FirstOrDefault(message => world.Read(_ => BotAnswers.Button(message, FirstIsBetter)) is not null);
        if (choice is null || BotAnswers.Pair(messages) is not { } pair)
        {
            ledger.Miss();
            return null;
        }
        await ChooseAsync(talk, new SeenPair(talk.Season, talk.Asker, choice, pair.Prompt.Length > 0 ? pair.Prompt : prompt, pair.First, pair.Second), stop);
        return null;
    }

    private Task ChooseAsync(Talk talk, SeenPair pair, CancellationToken stop)
    {
        int? choice = taste.Choose(talk.Asker, pair.Prompt, pair.First, pair.Second, talk.Random);
        ledger.Add(new CastChoice(talk.Asker, pair, choice));
        string face = choice switch { 0 => FirstIsBetter, 1 => SecondIsBetter, _ => Equal };
        return AcceptedAsync(world.Press(talk.Asker.User, pair.Message, face), stop);
    }

    private Task<IReadOnlyList<SimMessage>> AskAsync(Talk talk, SimChannel channel, string prompt, SimMessage? before, CancellationToken stop)
    {
        if (before is null && talk.ByCommand)
        {
            SimInteraction command = world.UseCommand(talk.Asker.User, channel, "ask", new Dictionary<string, object> { ["question"] = prompt });
            return MessagesAsync(() => Messages(command), stop);
        }
        SimMessage question = world.Say(talk.Asker.User, channel, before is null ? $"{world.Bot.Mention} {prompt}" : prompt, before);
        return MessagesAsync(() => BotAnswers.After(question), stop);
    }

    /// <returns>The messages of a finished answer; empty: none was finished in time.</returns>
    private async Task<IReadOnlyList<SimMessage>> MessagesAsync(Func<IReadOnlyList<SimMessage>> look, CancellationToken stop)
    {
        bool came = await world.WaitForAsync(_ => look().Any(BotAnswers.IsFinished), options.Patience, stop);
        return came ? world.Read(_ => look()) : [];
    }

    private static SimMessage[] Messages(SimInteraction interaction) => interaction.Response is { } first ? [first, .. interaction.FollowUps] : [];
}
