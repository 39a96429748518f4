using System.Diagnostics;
using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>Failures come when they are ordered, and not otherwise.</summary>
public sealed class SimulatorFailureTests
{
    private const string Create = "POST /channels/{channel}/messages";

    [Fact]
    public async Task The_gateway_asks_for_reconnects_heartbeats_and_new_sessions()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        town.Discord.Failures.Reconnect();
        await bot.ExpectOpcodeAsync(7);
        town.Discord.Failures.AskForHeartbeat();
        await bot.ExpectOpcodeAsync(1);
        town.Discord.Failures.InvalidSession(resumable: true);
        Assert.True((bool)(await bot.ExpectOpcodeAsync(9))!);
        await bot.ResumeAsync(town.Discord.Token, bot.SessionId, bot.Sequence);
        await bot.ExpectAsync("RESUMED");
        town.Discord.Failures.InvalidSession(resumable: false);
        Assert.False((bool)(await bot.ExpectOpcodeAsync(9))!);
        await bot.ResumeAsync(town.Discord.Token, bot.SessionId, bot.Sequence);
        Assert.False((bool)(await bot.ExpectOpcodeAsync(9))!);
    }

    [Theory]
    [InlineData(4000)]
    [InlineData(4001)]
    [InlineData(4002)]
    [InlineData(4003)]
    [InlineData(4004)]
    [InlineData(4005)]
    [InlineData(4007)]
    [InlineData(4008)]
    [InlineData(4009)]
    [InlineData(4010)]
    [InlineData(4011)]
    [InlineData(4012)]
    [InlineData(4013)]
    [InlineData(4014)]
    [InlineData(1001)]
    public async Task Every_close_code_can_be_had(int code)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        town.Discord.Failures.Close(code);
        Assert.Equal(code, await bot.ExpectCloseAsync());
    }

    [Fact]
    public async Task A_zombie_says_nothing_and_its_events_wait_for_resume()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        town.Discord.Failures.Zombies();
        await bot.SendAsync("{\"op\":1,\"d\":2}");
        town.World.Say(town.Alice, town.General, "unheard");
        await using SimulatorSocket again = await town.ConnectAsync();
        await again.ResumeAsync(town.Discord.Token, bot.SessionId, bot.Sequence);
        Assert.Equal("unheard", (string)(await again.ExpectAsync("MESSAGE_CREATE"))["content"]!);
        await again.ExpectAsync("RESUMED");
        await again.SendAsync("{\"op\":1,\"d\":2}");
        await again.ExpectOpcodeAsync(11);
    }

    [Fact]
    public async Task A_cut_has_no_close_code()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        town.Discord.Failures.Cut();
        Assert.Equal(1006, await bot.ExpectCloseAsync());
    }

    [Fact]
    public async Task Events_are_lost_doubled_and_reversed()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        void Say(params string[] texts) => Array.ForEach(texts, t => town.World.Say(town.Alice, town.General, t));
        async Task<string> Next() => (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["content"]!;
        town.Discord.Failures.LoseEvents(1);
        Say("lost", "kept");
        Assert.Equal("kept", await Next());
        town.Discord.Failures.DuplicateEvents(1);
        Say("twice", "once");
        Assert.Equal(["twice", "twice", "once"], [await Next(), await Next(), await Next()]);
        town.Discord.Failures.ReverseEvents(3);
        Say("a", "b", "c", "d");
        Assert.Equal(["c", "b", "a", "d"], [await Next(), await Next(), await Next(), await Next()]);
    }

    [Theory]
    [InlineData(RateLimitScope.User)]
    [InlineData(RateLimitScope.Global)]
    [InlineData(RateLimitScope.Shared)]
    public async Task A_429_of_each_scope_can_be_ordered(RateLimitScope scope)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        town.Discord.Failures.RateLimit(scope, TimeSpan.FromSeconds(1.2), times: 2, Create);
        Assert.Equal(200, (await town.SendAsync("GET", "/users/@me")).Status);
        for (int i = 0; i < 2; i++)
        {
            SimulatorReply refused = await town.PostAsync("x");
            Assert.Equal(429, refused.Status);
            Assert.Equal(1.2, (double)refused.Body!["retry_after"]!, tolerance: 1e-9);
            Assert.Equal(scope == RateLimitScope.Global, (bool)refused.Body["global"]!);
            Assert.Equal(scope.ToString(), refused.Headers["x-ratelimit-scope"], ignoreCase: true);
            Assert.Equal("2", refused.Headers["retry-after"]);
        }
        Assert.Equal(200, (await town.PostAsync("x")).Status);
        Assert.Equal(0, town.Discord.Journal.UnexpectedRateLimits);
        Assert.Equal(2, town.Discord.Journal.ScriptedRateLimits);
    }

    [Fact]
    public async Task Server_errors_refusals_and_cuts_hit_the_next_requests()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        town.Discord.Failures.ServerErrors(2, 502);
        Assert.Equal(502, (await town.PostAsync("1")).Status);
        Assert.Null((await town.PostAsync("2")).Body);
        Assert.Empty(town.General.Messages);
        town.Discord.Failures.Refuse(1, 403, 50013, "Missing Permissions", Create);
        Assert.Equal(50013, (await town.PostAsync("3")).Code);
        town.Discord.Failures.CutRequests(1, afterwards: false);
        await Assert.ThrowsAsync<HttpRequestException>(() => town.PostAsync("4"));
        Assert.Empty(town.General.Messages);
        town.Discord.Failures.CutRequests(1, afterwards: true);
        await Assert.ThrowsAsync<HttpRequestException>(() => town.PostAsync("5"));
        Assert.Equal("5", Assert.Single(town.General.Messages).Content);
    }

    [Fact]
    public async Task Slowness_lasts_until_it_is_cleared()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        town.Discord.Failures.SlowRequests(TimeSpan.FromMilliseconds(300));
        town.Discord.Failures.SlowGateway(TimeSpan.FromMilliseconds(300));
        long start = Stopwatch.GetTimestamp();
        await town.PostAsync("slow");
        await bot.ExpectAsync("MESSAGE_CREATE");
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(590));
        town.Discord.Failures.Clear();
        town.Discord.Failures.ServerErrors(1);
        Assert.Equal(503, (await town.PostAsync("x")).Status);
    }

    [Fact]
    public async Task Ten_thousand_reactions_all_arrive()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        SimMessage message = town.World.Say(town.Alice, town.General, "rate me");
        await bot.ExpectAsync("MESSAGE_CREATE");
        IReadOnlyList<SimUser> storm = await town.Discord.Failures.ReactionStormAsync(message, 10_000, TimeSpan.Zero, ["👍", "👎"]);
        var people = new HashSet<string>();
        for (int i = 0; i < 10_000; i++)
        {
            JsonNode heard = await bot.ExpectAsync("MESSAGE_REACTION_ADD");
            Assert.True(people.Add((string)heard["user_id"]!));
        }
        Assert.Equal(10_000, storm.Count);
        Assert.Equal(5_000, message.Reactions[0].Users.Count);
    }

    [Fact]
    public async Task Traffic_flows_until_it_is_stopped()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        using var stop = new CancellationTokenSource();
        Task traffic = town.Discord.Failures.TrafficAsync(town.General, 100, stop.Token);
        for (int i = 0; i < 20; i++)
        {
            await bot.ExpectAsync("MESSAGE_CREATE");
        }
        await stop.CancelAsync();
        await traffic;
    }
}
