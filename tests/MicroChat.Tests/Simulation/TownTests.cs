using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.Town;
using MicroChat.Discord.Simulator.Town.Golds;

namespace MicroChat.Tests.Simulation;

public sealed class TownTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_calendar_is_put_forward_while_durations_stay_real()
    {
        var real = new ManualClock();
        var clock = new TownClock(real, Start);
        long began = clock.GetTimestamp();
        clock.Pass(TimeSpan.FromDays(3));
        Assert.Equal(Start + TimeSpan.FromDays(3), clock.GetUtcNow());
        Assert.Equal(TimeSpan.Zero, clock.GetElapsedTime(began));
        Assert.Throws<ArgumentOutOfRangeException>(() => clock.Pass(TimeSpan.FromDays(-1)));
    }

    [Fact]
    public void Every_prompt_is_dealt_once_before_any_comes_again()
    {
        string[] bank = [.. Enumerable.Range(0, 50).Select(i => $"prompt {i}")];
        var deck = new PromptDeck(bank, new Random(7));
        Assert.Equal(bank.Order(), Enumerable.Range(0, 50).Select(_ => deck.Deal()).Order());
        Assert.Equal(0, deck.Rounds);
        deck.Deal();
        Assert.Equal(1, deck.Rounds);
    }

    [Fact]
    public async Task The_same_seed_draws_the_same_people()
    {
        var options = new TownOptions { Members = 40, Seed = 11 };
        Assert.Equal(await DrawAsync(options), await DrawAsync(options));
        Assert.NotEqual(await DrawAsync(options), await DrawAsync(options with { Seed = 12 }));
    }

    [Fact]
    public async Task Trolls_lurkers_and_consent_have_their_shares_and_activity_has_a_heavy_tail()
    {
        await using DiscordSimulator discord = await DiscordSimulator.StartAsync(new SimulatorOptions());
        var people = new Population(discord.World, new TownOptions { Members = 600, Trolls = 0.1, Lurkers = 0.3 }, new Random(3));
        Assert.Equal(60, people.Members.Count(member => !member.IsHonest));
        Assert.Equal(180, people.Members.Count(member => member.Kind == MemberKind.Lurker));
        Assert.InRange(people.Members.Count(member => member is { IsHonest: true, Consent: MemberConsent.OptsIn }) / 540.0, 0.8, 0.9);
        double[] activity = [.. people.Members.Select(member => member.Activity).OrderDescending()];
        Assert.InRange(activity.Take(60).Sum() / activity.Sum(), 0.3, 0.8);
    }

    [Fact]
    public async Task Honest_members_follow_the_preference_and_trolls_do_not()
    {
        await using DiscordSimulator discord = await DiscordSimulator.StartAsync(new SimulatorOptions());
        var options = new TownOptions { Noise = 0, TasteSpread = 0, SeveritySpread = 0 };
        var taste = new Taste(new Warmth(), options);
        var random = new Random(5);
        const string Prompt = "I feel sad today.", Warm = "I'm sorry to hear that. Would you like to talk?", Cold = "Sadness is a word.";
        Assert.Equal((1, -1), (VoteOf(MemberKind.Regular, Warm), VoteOf(MemberKind.Regular, Cold)));
        Assert.Equal((-1, 1), (VoteOf(MemberKind.Contrarian, Warm), VoteOf(MemberKind.Contrarian, Cold)));
        Assert.Equal((-1, -1), (VoteOf(MemberKind.Brigadier, Warm), VoteOf(MemberKind.Brigadier, Cold)));
        Assert.Equal(1, taste.Choose(MemberOf(MemberKind.Regular), Prompt, Cold, Warm, random));
        Assert.Null(taste.Choose(MemberOf(MemberKind.Regular), Prompt, Warm, Warm, random));
        Assert.Equal(0, taste.Choose(MemberOf(MemberKind.Contrarian), Prompt, Cold, Warm, random));

        int VoteOf(MemberKind kind, string reply) => taste.Vote(MemberOf(kind), Prompt, reply, random);

        Member MemberOf(MemberKind kind) => new()
        {
            User = discord.World.Bot, Kind = kind, Consent = MemberConsent.OptsIn, Activity = 1, Severity = 0, Reacts = false,
        };
    }

    [Fact]
    public void Wrong_options_are_told_with_value_and_wish()
    {
        Assert.Empty(new TownOptions().Validate());
        Assert.Contains("Trolls is 2; it must be from 0 to 1.", new TownOptions { Trolls = 2 }.Validate());
        Assert.Contains(new TownOptions { Trolls = 0.6, Lurkers = 0.5 }.Validate(), fault => fault.Contains("nobody asks", StringComparison.Ordinal));
    }

    private static async Task<string> DrawAsync(TownOptions options)
    {
        await using DiscordSimulator discord = await DiscordSimulator.StartAsync(new SimulatorOptions());
        var people = new Population(discord.World, options, new Random(options.Seed));
        return string.Join(';', people.Members.Select(member => $"{member.Kind} {member.Consent} {member.Activity:R} {member.Severity:R} {member.Reacts}"));
    }
}
