using System.Collections.Concurrent;
using System.Threading.Channels;
using MicroChat.Discord.Simulator.Town.Golds;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Town;

/// <summary>
/// A town in the simulated Discord: its members settle, agree to training or not, ask, read, vote by a hidden preference, come and go. All of it goes
/// through Discord's own events, so that the bot cannot tell it from people.
/// </summary>
public sealed class TownLife
{
    /// <summary>Conversations that begin before the clock is put forward.</summary>
    private const int HourOfConversations = 32;

    /// <summary>Share of answers that their askers vote on.</summary>
    private const double AskersVote = 0.9;

    /// <summary>Nobody votes in the moment in which an answer appears. Real time.</summary>
    private static readonly TimeSpan Reading = TimeSpan.FromMilliseconds(300);

    private readonly DiscordSimulator discord;
    private readonly TownOptions options;
    private readonly TownClock clock;
    private readonly PromptDeck deck;
    private readonly Random random;
    private readonly Channel<SimChannel> freeChannels = Channel.CreateUnbounded<SimChannel>();
    private readonly ConcurrentDictionary<Member, SemaphoreSlim> busy = new();
    private readonly TownActs acts;
    private int newestSeason;

    /// <summary>Builds the guild and draws its members; nobody has spoken yet, and the bot need not be there.</summary>
    /// <param name="discord">Where.</param>
    /// <param name="gold">What members like.</param>
    /// <param name="prompts">What they ask.</param>
    /// <param name="clock">The simulator's clock; it is put forward while nothing is under way.</param>
    /// <param name="options">Who they are.</param>
    public TownLife(DiscordSimulator discord, IGoldPreference gold, IReadOnlyList<string> prompts, TownClock clock, TownOptions options)
    {
        (this.discord, this.clock, this.options) = (discord, clock, options);
        random = new Random(options.Seed);
        Owner = discord.World.AddUser("mayor");
        Guild = discord.World.AddGuild("town", Owner);
        for (int i = 0; i < options.Channels; i++)
        {
            freeChannels.Writer.TryWrite(discord.World.AddChannel(Guild, $"corner-{i + 1}"));
        }
        Population = new Population(discord.World, options, new Random(random.Next()));
        foreach (Member member in Population.Members)
        {
            discord.World.Join(Guild, member.User);
        }
        deck = new PromptDeck(prompts, new Random(random.Next()));
        acts = new TownActs(discord.World, gold, new Taste(gold, options), Ledger, options);
    }

    public SimGuild Guild { get; }

    /// <summary>The guild's owner, who allows training there.</summary>
    public SimUser Owner { get; }

    public Population Population { get; }

    /// <summary>What was seen and clicked so far.</summary>
    public TownLedger Ledger { get; } = new();

    /// <summary>The owner allows training, and every member says what they think of it, by the bot's own command.</summary>
    /// <exception cref="TimeoutException">The bot did not register its commands, or does not answer.</exception>
    public async Task SettleAsync(CancellationToken stop)
    {
        if (!await discord.World.WaitForAsync(w => w.Commands.Visible(Guild, 1, "privacy") is not null, options.Patience, stop))
        {
            throw new TimeoutException($"The bot registered no commands within {options.Patience.TotalSeconds:0} s; see its log.");
        }
        SimChannel square = Guild.Channels.First(channel => channel.HoldsMessages);
        await acts.AnsweredAsync(discord.World.UseCommand(Owner, square, "privacy", new Dictionary<string, object> { ["server"] = "allow" }), stop);
        foreach (Member member in Population.Members)
        {
            await acts.DecideAsync(member, square, stop);
        }
    }

    /// <summary>Members live for a season: conversations, votes, a few who leave and come.</summary>
    /// <param name="season">Its number, for the ledger.</param>
    /// <param name="conversations">How many begin.</param>
    /// <param name="progress">Told how many have ended.</param>
    /// <param name="stop">Stops it.</param>
    public async Task LiveAsync(int season, int conversations, Action<int> progress, CancellationToken stop)
    {
        await ChurnAsync(season, stop);
        int hours = (conversations + HourOfConversations - 1) / HourOfConversations;
        TimeSpan hour = TimeSpan.FromDays(options.SeasonDays) / (2 * hours);
        int ended = 0;
        for (int i = 0; i < hours; i++)
        {
            Talk[] talks = [.. Enumerable.Range(0, Math.Min(HourOfConversations, conversations - (i * HourOfConversations))).Select(_ => Plan(season))];
            await Task.WhenAll(talks.Select(async talk =>
            {
                await TalkAsync(talk, stop);
                progress(Interlocked.Increment(ref ended));
            }));
            clock.Pass(hour / 2);
            await Task.Delay(Reading, stop);
            await VoteAsync(season, talks.Length, hour / 2, stop);
        }
    }

    /// <summary>A member has one conversation at a time, and so has a channel.</summary>
    private async Task TalkAsync(Talk talk, CancellationToken stop)
    {
        SemaphoreSlim own = busy.GetOrAdd(talk.Asker, _ => new SemaphoreSlim(1));
        await own.WaitAsync(stop);
        try
        {
            SimChannel channel = await freeChannels.Reader.ReadAsync(stop);
            await acts.TalkAsync(talk, channel, stop);
            freeChannels.Writer.TryWrite(channel);          // not after a failure: the bot may still write there
        }
        finally
        {
            own.Release();
        }
    }

    private Talk Plan(int season)
    {
        Member asker = Population.Asker();
        bool arena = random.NextDouble() < options.Arena;
        string[] prompts = arena ? [] : [.. Enumerable.Range(0, random.NextDouble() < options.FollowUps ? 2 : 1).Select(_ => deck.Deal())];
        return new Talk(season, asker, prompts, random.NextDouble() < options.Commands, new Random(random.Next()));
    }

    /// <summary>What was answered lately is voted on, by askers and by others who pass, each at a time of their own.</summary>
    private async Task VoteAsync(int season, int conversations, TimeSpan span, CancellationToken stop)
    {
        SeenAnswer[] recent = [.. Ledger.Answers.Where(answer => answer.Season == season).TakeLast(conversations + (conversations / 4))];
        List<(Member Voter, SeenAnswer Answer)> votes = [.. recent.Where(_ => random.NextDouble() < AskersVote).Select(answer => (answer.Asker, answer))];
        for (int i = recent.Length == 0 ? 0 : random.NextPoisson(options.Visitors * recent.Length); i > 0; i--)
        {
            SeenAnswer answer = recent[random.Next(recent.Length)];
            Member visitor = Population.Visitor(answer.Asker);
            if (visitor.Kind != MemberKind.Brigadier)
            {
                votes.Add((visitor, answer));
            }
        }
        TimeSpan between = span / (votes.Count + 1);
        foreach ((Member voter, SeenAnswer answer) in votes)
        {
            await acts.VoteAsync(voter, answer, new Random(random.Next()), stop);
            clock.Pass(between);
        }
        await RaidAsync(recent, stop);
        clock.Pass(between);
    }

    /// <summary>The band votes an answer down together.</summary>
    private async Task RaidAsync(SeenAnswer[] recent, CancellationToken stop)
    {
        Member[] band = [.. Population.Members.Where(member => member.Kind == MemberKind.Brigadier)];
        if (band.Length > 1 && recent.Length > 0)
        {
            SeenAnswer target = recent[random.Next(recent.Length)];
            await Task.WhenAll(band.Where(one => one != target.Asker).Select(one => acts.VoteAsync(one, target, new Random(options.Seed), stop)).ToArray());
        }
    }

    private async Task ChurnAsync(int season, CancellationToken stop)
    {
        int leaving = season <= newestSeason ? 0 : random.NextPoisson(options.Churn * Population.Members.Count);
        newestSeason = season;
        for (int i = 0; i < leaving; i++)
        {
            (Member leaver, Member comer) = Population.Exchange();
            discord.World.Leave(Guild, leaver.User);
            discord.World.Join(Guild, comer.User);
            await acts.DecideAsync(comer, Guild.Channels.First(channel => channel.HoldsMessages), stop);
        }
    }
}
