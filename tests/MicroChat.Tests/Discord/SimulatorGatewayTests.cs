using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.Journals;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>The gateway's rules, seen by a bare client.</summary>
public sealed class SimulatorGatewayTests
{
    private const int Guilds = 1, GuildMessages = 1 << 9, DirectMessages = 1 << 12;

    [Fact]
    public async Task A_message_goes_out_and_its_answer_comes_in()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        SimMessage said = town.World.Say(town.Alice, town.General, "hi");
        JsonNode heard = await bot.ExpectAsync("MESSAGE_CREATE");
        Assert.Equal("hi", (string)heard["content"]!);
        Assert.Equal(said.Id.ToString(), (string)heard["id"]!);
        Assert.Equal(town.Home.Id.ToString(), (string)heard["guild_id"]!);
        Assert.Equal("alice", (string)heard["author"]!["username"]!);
        SimulatorReply reply = await town.SendAsync("POST", town.Messages, $$$"""{"content":"hello","message_reference":{"message_id":"{{{said.Id}}}"}}""");
        Assert.Equal(200, reply.Status);
        Assert.True(await town.World.WaitForAsync(_ => town.General.Messages.Any(m => m.ReplyTo == said.Id && m.Author == town.World.Bot), SimulatorHarness.Patience));
        Assert.Equal(19, (int)(await bot.ExpectAsync("MESSAGE_CREATE"))["type"]!);
        Assert.Single(town.Discord.Journal.On("POST /channels/{channel}/messages"));
        Assert.Equal(1, town.Discord.Journal.Identifies);
    }

    [Theory]
    [InlineData("{\"op\":99}", 4001)]
    [InlineData("{\"op\":\"2\"}", 4002)]
    [InlineData("{", 4002)]
    [InlineData("[]", 4002)]
    [InlineData("{\"op\":1,\"d\":\"x\"}", 4002)]
    [InlineData("{\"op\":2,\"d\":null}", 4002)]
    [InlineData("{\"op\":2,\"d\":{\"token\":5}}", 4002)]
    [InlineData("{\"op\":3,\"d\":{\"status\":\"online\"}}", 4003)]
    [InlineData("{\"op\":2,\"d\":{\"token\":\"wrong\",\"intents\":0,\"properties\":{}}}", 4004)]
    [InlineData("{\"op\":6,\"d\":{\"token\":\"wrong\",\"session_id\":\"x\",\"seq\":1}}", 4004)]
    [InlineData("{\"op\":2,\"d\":{\"token\":\"TOKEN\",\"intents\":0,\"properties\":{},\"shard\":[2,2]}}", 4010)]
    [InlineData("{\"op\":2,\"d\":{\"token\":\"TOKEN\",\"intents\":0,\"properties\":{},\"shard\":[1]}}", 4010)]
    [InlineData("{\"op\":2,\"d\":{\"token\":\"TOKEN\",\"intents\":131072,\"properties\":{}}}", 4013)]
    [InlineData("{\"op\":2,\"d\":{\"token\":\"TOKEN\",\"intents\":2,\"properties\":{}}}", 4014)]
    public async Task A_first_frame_that_is_wrong_closes_with_the_code_that_says_so(string frame, int code)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.ConnectAsync();
        await bot.SendAsync(frame.Replace("TOKEN", town.Discord.Token, StringComparison.Ordinal));
        Assert.Equal(code, await bot.ExpectCloseAsync());
        Assert.True(await town.Discord.Journal.WaitForAsync(j => j.Entries.Any(e => e.Kind == JournalKind.Closed && e.Status == code), SimulatorHarness.Patience));
    }

    [Fact]
    public async Task Another_version_is_4012_and_another_encoding_is_no_gateway()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket old = await SimulatorSocket.ConnectAsync(town.Discord.GatewayUrl + "/?v=6&encoding=json");
        Assert.Equal(4012, await old.ExpectCloseAsync());
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => SimulatorSocket.ConnectAsync(town.Discord.GatewayUrl + "/?v=10&encoding=etf"));
    }

    [Fact]
    public async Task A_second_identify_is_4005_and_a_frame_over_4096_bytes_is_4002()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { MaxConcurrency = 2 });
        await using SimulatorSocket twice = await town.LoginAsync();
        await twice.IdentifyAsync(town.Discord.Token);
        Assert.Equal(4005, await twice.ExpectCloseAsync());
        await using SimulatorSocket large = await town.ConnectAsync();
        await large.SendAsync($"{{\"op\":1,\"d\":null,\"x\":\"{new string('x', 4096)}\"}}");
        Assert.Equal(4002, await large.ExpectCloseAsync());
    }

    [Fact]
    public async Task More_than_120_frames_a_minute_are_4008()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock });
        await using SimulatorSocket bot = await town.ConnectAsync();
        for (int i = 0; i < 120; i++)
        {
            await bot.SendAsync("{\"op\":1,\"d\":null}");
            await bot.ExpectOpcodeAsync(11);
        }
        clock.Advance(TimeSpan.FromSeconds(60));
        for (int i = 0; i < 120; i++)
        {
            await bot.SendAsync("{\"op\":1,\"d\":null}");
            await bot.ExpectOpcodeAsync(11);
        }
        await bot.SendAsync("{\"op\":1,\"d\":null}");
        Assert.Equal(4008, await bot.ExpectCloseAsync());
    }

    [Fact]
    public async Task A_client_without_heartbeats_is_closed_with_4009_and_cannot_resume()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions
        {
            HeartbeatInterval = TimeSpan.FromMilliseconds(200),
            HeartbeatGrace = TimeSpan.FromMilliseconds(200),
        });
        await using SimulatorSocket bot = await town.LoginAsync();
        Assert.Equal(4009, await bot.ExpectCloseAsync());
        await using SimulatorSocket again = await town.ConnectAsync();
        await again.ResumeAsync(town.Discord.Token, bot.SessionId, bot.Sequence);
        Assert.False((bool)(await again.ExpectOpcodeAsync(9))!);
        Assert.True(await town.Discord.Journal.WaitForAsync(j => j.MissedHeartbeats == 1, SimulatorHarness.Patience));
    }

    [Fact]
    public async Task Heartbeats_are_acknowledged_and_their_lateness_is_written_down()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock, HeartbeatGrace = TimeSpan.FromMinutes(5) });
        await using SimulatorSocket bot = await town.LoginAsync();
        clock.Advance(TimeSpan.FromSeconds(41));
        await bot.SendAsync("{\"op\":1,\"d\":2}");
        await bot.ExpectOpcodeAsync(11);
        Assert.Equal(TimeSpan.Zero, town.Discord.Journal.WorstHeartbeatLateness);
        clock.Advance(TimeSpan.FromSeconds(44));
        await bot.SendAsync("{\"op\":1,\"d\":2}");
        await bot.ExpectOpcodeAsync(11);
        Assert.Equal(2.75, town.Discord.Journal.WorstHeartbeatLateness.TotalSeconds, tolerance: 0.01);
        Assert.Equal(2, town.Discord.Journal.Heartbeats);
    }

    [Fact]
    public async Task Too_many_guilds_on_a_shard_are_4011()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { GuildsPerShard = 1 });
        town.World.AddGuild("second");
        await using SimulatorSocket bot = await town.ConnectAsync();
        await bot.IdentifyAsync(town.Discord.Token);
        Assert.Equal(4011, await bot.ExpectCloseAsync());
    }

    [Fact]
    public async Task Guilds_go_to_their_shard_and_direct_messages_to_shard_0()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Shards = 2, MaxConcurrency = 2 });
        SimGuild even = town.World.AddGuild("even", shard: 0), odd = town.World.AddGuild("odd", shard: 1);
        SimChannel evenHall = town.World.AddChannel(even, "hall"), oddHall = town.World.AddChannel(odd, "hall");
        await using SimulatorSocket zero = await town.ConnectAsync(), one = await town.ConnectAsync();
        await zero.IdentifyAsync(town.Discord.Token, more: ",\"shard\":[0,2]");
        await one.IdentifyAsync(town.Discord.Token, more: ",\"shard\":[1,2]");
        JsonNode ready = await one.ExpectAsync("READY");
        Assert.Equal([1, 2], ready["shard"]!.AsArray().Select(n => (int)n!));
        Assert.Contains(ready["guilds"]!.AsArray(), g => (string)g!["id"]! == odd.Id.ToString());
        Assert.DoesNotContain(ready["guilds"]!.AsArray(), g => (string)g!["id"]! == even.Id.ToString());
        Assert.True(await town.Discord.WaitForShardsAsync(2, SimulatorHarness.Patience));
        town.World.Say(town.Alice, evenHall, "to even");
        town.World.Say(town.Alice, oddHall, "to odd");
        town.World.Say(town.Alice, town.World.DirectChannel(town.Alice), "to you");
        Assert.Equal("to odd", (string)(await one.ExpectAsync("MESSAGE_CREATE", skip: true))["content"]!);
        Assert.Equal("to even", (string)(await zero.ExpectAsync("MESSAGE_CREATE", skip: true))["content"]!);
        JsonNode direct = await zero.ExpectAsync("MESSAGE_CREATE");
        Assert.Equal("to you", (string)direct["content"]!);
        Assert.Equal(1, (int)direct["channel_type"]!);
        Assert.False(direct.AsObject().ContainsKey("guild_id"));
    }

    [Fact]
    public async Task Only_asked_for_events_come()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync(Guilds | DirectMessages);
        SimMessage said = town.World.Say(town.Alice, town.General, "not for you");
        town.World.React(town.Alice, said, "👍");
        town.World.Type(town.Alice, town.General);
        town.World.Say(town.Alice, town.World.DirectChannel(town.Alice), "for you");
        Assert.Equal("for you", (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["content"]!);
    }

    [Fact]
    public async Task Without_message_content_texts_are_stripped_but_for_mentions_own_and_direct_ones()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync(Guilds | GuildMessages | DirectMessages);
        SimMessage bare = town.World.Say(town.Alice, town.General, "secret", files: new Dictionary<string, byte[]> { ["a.txt"] = [65] });
        JsonNode heard = await bot.ExpectAsync("MESSAGE_CREATE");
        Assert.Equal("", (string)heard["content"]!);
        Assert.Empty(heard["attachments"]!.AsArray());
        town.World.Say(town.Alice, town.General, "quotes it", replyTo: bare);
        Assert.Equal("", (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["referenced_message"]!["content"]!);
        town.World.Say(town.Alice, town.General, $"{town.World.Bot.Mention} public");
        Assert.EndsWith("public", (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["content"]!, StringComparison.Ordinal);
        await town.PostAsync("mine");
        Assert.Equal("mine", (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["content"]!);
        SimMessage mine = town.General.Messages[^1];
        town.World.Say(town.Alice, town.General, "answer", replyTo: mine);
        Assert.Equal("answer", (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["content"]!);
        town.World.Say(town.Alice, town.General, "answer without ping", replyTo: mine, pingReplied: false);
        Assert.Equal("", (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["content"]!);
        town.World.Say(town.Alice, town.World.DirectChannel(town.Alice), "between us");
        Assert.Equal("between us", (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["content"]!);
    }

    [Theory]
    [InlineData("?v=10&encoding=json&compress=zlib-stream", "")]
    [InlineData("?v=10&encoding=json", ",\"compress\":true")]
    public async Task Compressed_frames_say_the_same(string query, string more)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        for (int i = 0; i < 30; i++)
        {
            town.World.AddChannel(town.Home, "channel-" + i);
        }
        await using SimulatorSocket bot = await town.ConnectAsync(query);
        await bot.IdentifyAsync(town.Discord.Token, more: more);
        await bot.ExpectAsync("READY");
        Assert.Equal(31, (await bot.ExpectAsync("GUILD_CREATE"))["channels"]!.AsArray().Count);
        string text = new('é', 1500);
        for (int i = 0; i < 20; i++)
        {
            town.World.Say(town.Alice, town.General, text + i);
            Assert.Equal(text + i, (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["content"]!);
        }
    }

    [Fact]
    public async Task What_the_bot_may_not_see_it_does_not_hear()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimChannel hidden = town.World.AddChannel(town.Home, "hidden");
        town.World.SetOverwrite(hidden, new SimOverwrite(town.Home.Id, IsMember: false, SimPermissions.None, SimPermissions.ViewChannel));
        await using SimulatorSocket bot = await town.LoginAsync();
        town.World.Say(town.Alice, hidden, "whisper");
        town.World.Say(town.Alice, town.General, "aloud");
        Assert.Equal("aloud", (string)(await bot.ExpectAsync("MESSAGE_CREATE"))["content"]!);
        Assert.Equal(50001, (await town.SendAsync("GET", $"/channels/{hidden.Id}")).Code);
    }

    [Fact]
    public async Task Members_are_asked_for_by_name()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        await using SimulatorSocket bot = await town.LoginAsync();
        await bot.SendAsync($"{{\"op\":8,\"d\":{{\"guild_id\":\"{town.Home.Id}\",\"query\":\"ali\",\"limit\":1,\"nonce\":\"n\"}}}}");
        JsonNode chunk = await bot.ExpectAsync("GUILD_MEMBERS_CHUNK");
        Assert.Equal("alice", (string)Assert.Single(chunk["members"]!.AsArray())!["user"]!["username"]!);
        Assert.Equal("n", (string)chunk["nonce"]!);
    }
}
