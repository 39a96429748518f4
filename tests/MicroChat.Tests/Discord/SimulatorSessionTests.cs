using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>How sessions begin, last over connections, and end.</summary>
public sealed class SimulatorSessionTests
{
    [Fact]
    public async Task Resume_replays_what_was_missed_and_nothing_else()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        town.World.Say(town.Alice, town.General, "heard");
        await bot.ExpectAsync("MESSAGE_CREATE");
        bot.Cut();
        Assert.True(await town.World.WaitForAsync(_ => town.Discord.ConnectedShards == 0, SimulatorHarness.Patience));
        town.World.Say(town.Alice, town.General, "missed 1");
        town.World.Say(town.Alice, town.General, "missed 2");
        await using SimulatorSocket again = await town.ConnectAsync();
        await again.ResumeAsync(town.Discord.Token, bot.SessionId, bot.Sequence);
        Assert.Equal("missed 1", (string)(await again.ExpectAsync("MESSAGE_CREATE"))["content"]!);
        Assert.Equal("missed 2", (string)(await again.ExpectAsync("MESSAGE_CREATE"))["content"]!);
        await again.ExpectAsync("RESUMED");
        Assert.Equal(bot.Sequence + 3, again.Sequence);
        Assert.Equal(1, town.Discord.Journal.Resumes);
    }

    [Fact]
    public async Task Resume_with_a_sequence_from_the_future_is_4007()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        bot.Cut();
        await using SimulatorSocket again = await town.ConnectAsync();
        await again.ResumeAsync(town.Discord.Token, bot.SessionId, bot.Sequence + 100);
        Assert.Equal(4007, await again.ExpectCloseAsync());
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, false)]
    [InlineData(4200, true)]
    public async Task Closing_with_1000_or_1001_ends_the_session_and_any_other_code_keeps_it(int code, bool resumes)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        await bot.CloseAsync(code);
        Assert.True(await town.World.WaitForAsync(_ => town.Discord.ConnectedShards == 0, SimulatorHarness.Patience));
        await using SimulatorSocket again = await town.ConnectAsync();
        await again.ResumeAsync(town.Discord.Token, bot.SessionId, bot.Sequence);
        JsonNode frame = (await again.ReadAsync())!;
        Assert.Equal(resumes ? "RESUMED" : null, (string?)frame["t"]);
        Assert.Equal(resumes ? 0 : 9, (int)frame["op"]!);
    }

    [Fact]
    public async Task A_session_can_be_resumed_for_a_while_only_and_only_as_far_back_as_events_are_kept()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock, ReplayEvents = 3, HeartbeatGrace = TimeSpan.FromHours(1) });
        await using SimulatorSocket first = await town.LoginAsync();
        first.Cut();
        Assert.True(await town.World.WaitForAsync(_ => town.Discord.ConnectedShards == 0, SimulatorHarness.Patience));
        for (int i = 0; i < 4; i++)
        {
            town.World.Say(town.Alice, town.General, "many");
        }
        await using SimulatorSocket again = await town.ConnectAsync();
        await again.ResumeAsync(town.Discord.Token, first.SessionId, first.Sequence);
        Assert.False((bool)(await again.ExpectOpcodeAsync(9))!);
        clock.Advance(TimeSpan.FromSeconds(6));
        await again.IdentifyAsync(town.Discord.Token);
        await again.ExpectAsync("READY");
        again.Cut();
        Assert.True(await town.World.WaitForAsync(_ => town.Discord.ConnectedShards == 0, SimulatorHarness.Patience));
        clock.Advance(town.Discord.Options.ResumeWindow + TimeSpan.FromSeconds(1));
        await using SimulatorSocket late = await town.ConnectAsync();
        await late.ResumeAsync(town.Discord.Token, again.SessionId, again.Sequence);
        Assert.False((bool)(await late.ExpectOpcodeAsync(9))!);
    }

    [Fact]
    public async Task Identify_twice_in_five_seconds_is_an_invalid_session()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock });
        await using SimulatorSocket first = await town.LoginAsync();
        await using SimulatorSocket second = await town.ConnectAsync();
        await second.IdentifyAsync(town.Discord.Token, more: ",\"shard\":[1,2]");
        Assert.False((bool)(await second.ExpectOpcodeAsync(9))!);
        clock.Advance(TimeSpan.FromSeconds(5));
        await second.IdentifyAsync(town.Discord.Token, more: ",\"shard\":[1,2]");
        await second.ExpectAsync("READY");
    }

    [Fact]
    public async Task One_identify_too_many_resets_the_token_and_ends_everything()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock, SessionStarts = 1 });
        await using SimulatorSocket first = await town.LoginAsync();
        string token = town.Discord.Token;
        Assert.Equal(0, (int)(await town.SendAsync("GET", "/gateway/bot")).Body!["session_start_limit"]!["remaining"]!);
        await using SimulatorSocket second = await town.ConnectAsync();
        await second.IdentifyAsync(token);
        Assert.Equal(4004, await second.ExpectCloseAsync());
        Assert.Equal(4004, await first.ExpectCloseAsync());
        Assert.NotEqual(token, town.Discord.Token);
        Assert.Equal(401, (await town.SendAsync("GET", "/users/@me", token: "Bot " + token)).Status);
    }
}
