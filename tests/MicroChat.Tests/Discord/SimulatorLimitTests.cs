using System.Globalization;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>Rate limits: what the headers tell, and what happens to those who do not listen.</summary>
public sealed class SimulatorLimitTests
{
    private static readonly RateLimitOptions Narrow = new() { CreateMessage = new BucketRule(2, TimeSpan.FromSeconds(5)), GlobalPerSecond = 1000 };

    [Fact]
    public async Task Headers_count_down_and_the_next_request_is_429_until_the_window_ends()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock, RateLimits = Narrow });
        SimulatorReply first = await town.PostAsync("1"), second = await town.PostAsync("2");
        Assert.Equal("2", first.Headers["x-ratelimit-limit"]);
        Assert.Equal("1", first.Headers["x-ratelimit-remaining"]);
        Assert.Equal("0", second.Headers["x-ratelimit-remaining"]);
        Assert.Equal("5", second.Headers["x-ratelimit-reset-after"]);
        Assert.Equal(clock.GetUtcNow().AddSeconds(5).ToUnixTimeSeconds(), double.Parse(second.Headers["x-ratelimit-reset"], CultureInfo.InvariantCulture));
        clock.Advance(TimeSpan.FromSeconds(3.5));
        SimulatorReply third = await town.PostAsync("3");
        Assert.Equal(429, third.Status);
        Assert.Equal(1.5, (double)third.Body!["retry_after"]!, tolerance: 0.01);
        Assert.False((bool)third.Body["global"]!);
        Assert.Equal("2", third.Headers["retry-after"]);
        Assert.Equal("user", third.Headers["x-ratelimit-scope"]);
        Assert.Equal(first.Headers["x-ratelimit-bucket"], third.Headers["x-ratelimit-bucket"]);
        Assert.Equal(1, town.Discord.Journal.UnexpectedRateLimits);
        clock.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(200, (await town.PostAsync("3")).Status);
    }

    [Fact]
    public async Task Each_channel_has_a_bucket_of_its_own_under_the_same_name()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = new ManualClock(), RateLimits = Narrow });
        SimChannel other = town.World.AddChannel(town.Home, "other");
        SimulatorReply here = await town.PostAsync("1");
        await town.PostAsync("2");
        SimulatorReply there = await town.SendAsync("POST", $"/channels/{other.Id}/messages", """{"content":"x"}""");
        Assert.Equal("1", there.Headers["x-ratelimit-remaining"]);
        Assert.Equal(here.Headers["x-ratelimit-bucket"], there.Headers["x-ratelimit-bucket"]);
    }

    [Fact]
    public async Task The_global_limit_spans_routes_but_not_interactions()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock, RateLimits = new RateLimitOptions { GlobalPerSecond = 3 } });
        await town.SendAsync("GET", "/users/@me");
        await town.SendAsync("GET", $"/channels/{town.General.Id}");
        await town.SendAsync("GET", $"/guilds/{town.Home.Id}");
        SimulatorReply over = await town.SendAsync("GET", "/gateway/bot");
        Assert.Equal(429, over.Status);
        Assert.True((bool)over.Body!["global"]!);
        Assert.Equal("true", over.Headers["x-ratelimit-global"]);
        Assert.Equal("global", over.Headers["x-ratelimit-scope"]);
        Assert.Equal(404, (await town.SendAsync("POST", "/interactions/1/x/callback", """{"type":5}""")).Status);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await town.SendAsync("GET", "/gateway/bot")).Status);
    }

    [Fact]
    public async Task Too_many_invalid_requests_shut_the_caller_out()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock, RateLimits = new RateLimitOptions { InvalidRequests = 3 } });
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(401, (await town.SendAsync("GET", "/users/@me", token: "Bot wrong")).Status);
        }
        Assert.Equal(429, (await town.SendAsync("GET", "/users/@me")).Status);
        Assert.Equal(5, town.Discord.Journal.InvalidRequests);
        clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(200, (await town.SendAsync("GET", "/users/@me")).Status);
    }

    [Fact]
    public async Task Edits_of_messages_older_than_an_hour_have_a_limit_of_their_own()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions
        {
            Time = clock,
            RateLimits = new RateLimitOptions { OldMessageEdits = new BucketRule(1, TimeSpan.FromHours(1)) },
        });
        string own = $"{town.Messages}/{(await town.PostAsync("old")).Body!["id"]}";
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(200, (await town.SendAsync("PATCH", own, """{"content":"1"}""")).Status);
        SimulatorReply over = await town.SendAsync("PATCH", own, """{"content":"2"}""");
        Assert.Equal(429, over.Status);
        Assert.Equal(30046, over.Code);
    }
}
