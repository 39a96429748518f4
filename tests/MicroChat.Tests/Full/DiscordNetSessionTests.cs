using System.Text.Json;
using MicroChat.Discord;
using MicroChat.Discord.Port;
using MicroChat.DiscordNet;
using MicroChat.Tests.Discord;

namespace MicroChat.Tests.Full;

/// <summary>What the tap mends of Discord.Net's sessions, played against a stub on this machine.</summary>
public sealed class DiscordNetSessionTests
{
    private const int GuildsAndMessages = 1 | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_session_begins_with_the_least_intents_also_where_the_server_lists_no_private_channels(bool compress)
    {
        await using ClientHarness harness = Harness(compress);
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        Assert.Equal(compress, connection.IsCompressed);
        JsonElement identify = (await connection.BeginAsync(harness.Gateway.Address)).GetProperty("d");
        Assert.Equal((RestHarness.Token, GuildsAndMessages), (identify.GetProperty("token").GetString(), identify.GetProperty("intents").GetInt32()));
        Assert.Equal(new Snowflake(700), Assert.Single((await harness.EventAsync<Ready>()).Guilds));
        await connection.DispatchAsync("GUILD_CREATE", 2, Wire.Guild);
        Assert.Equal("g", (await harness.EventAsync<GuildAvailable>()).Guild.Name);
        await connection.DispatchAsync("MESSAGE_CREATE", 3, Wire.Message());
        Assert.Equal("hi", (await harness.EventAsync<MessageCreated>()).Message.Content);
        Assert.DoesNotContain(RestHarness.Token, harness.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_resumed_after_its_highest_sequence_where_the_server_says()
    {
        await using ClientHarness harness = Harness(compress: true);
        using var elsewhere = new GatewayStub();
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(elsewhere.Address);
        await connection.DispatchAsync("MESSAGE_CREATE", 5, Wire.Message());
        await connection.DispatchAsync("MESSAGE_CREATE", 3, Wire.Message());
        await harness.EventAsync<MessageCreated>();
        await harness.EventAsync<MessageCreated>();
        connection.Cut();
        using StubConnection again = await elsewhere.AcceptAsync();
        await again.HelloAsync();
        JsonElement resume = (await again.ExpectAsync(6)).GetProperty("d");
        Assert.Equal(("sess", 5L, RestHarness.Token), (resume.GetProperty("session_id").GetString(), resume.GetProperty("seq").GetInt64(), resume.GetProperty("token").GetString()));
    }

    [Fact]
    public async Task Frames_that_cannot_be_read_are_skipped_and_the_connection_is_kept()
    {
        await using ClientHarness harness = Harness(compress: false);
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        foreach (string frame in (string[])["{", "[]", "7", """{"op":"x"}""", """{"op":0,"t":"MESSAGE_CREATE","s":2,"d":null}""", """{"op":0,"t":"GUILD_CREATE","s":3,"d":[1]}""", """{"op":10,"d":null}""",
            """{"op":0,"t":"X","s":"4","d":{}}""", """{"op":0,"t":["X"],"s":99999999999,"d":{}}"""])
        {
            await connection.SendAsync(frame);
        }
        await connection.DispatchAsync("MESSAGE_CREATE", 4, Wire.Message());
        Assert.Equal("hi", (await harness.EventAsync<MessageCreated>()).Message.Content);
        Assert.False(harness.Running.IsCompleted);
    }

    [Fact]
    public async Task A_token_that_the_gateway_refuses_ends_the_port_with_the_remedy()
    {
        await using ClientHarness harness = Harness(compress: true);
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.HelloAsync();
        await connection.ExpectAsync(2);
        await connection.CloseAsync(4004);
        DiscordSetupException refused = await Assert.ThrowsAsync<DiscordSetupException>(() => harness.Running.WaitAsync(StubConnection.Limit));
        Assert.Equal(4004, refused.CloseCode);
        Assert.Contains("Reset Token", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(RestHarness.Token, harness.Log.All + refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_presence_is_shown_at_once_and_stopping_closes_in_good_order()
    {
        await using ClientHarness harness = Harness(compress: true);
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        await harness.EventAsync<Ready>();
        await connection.SendAsync("""{"op":1,"d":null}""");
        await connection.ExpectAsync(1);                       // the library has taken READY in
        Task shown = harness.Port.Actions.SetPresenceAsync(new DiscordPresence(PresenceStatus.DoNotDisturb, "thinking"), CancellationToken.None);
        JsonElement presence;
        do
        {
            presence = (await connection.ExpectAsync(3)).GetProperty("d");
        }
        while (presence.GetProperty("activities")[0].ValueKind != JsonValueKind.Object);
        Assert.Equal(("dnd", "thinking"), (presence.GetProperty("status").GetString(), presence.GetProperty("activities")[0].GetProperty("state").GetString()));
        await shown;
        Task stopped = harness.StopAsync();
        Assert.Equal(1000, await connection.ClosedAsync());
        await stopped;
    }

    private static ClientHarness Harness(bool compress) => new(
        new DiscordOptions { Compress = compress }, make: (options, http, time, random, log) => new DiscordNetClient(options, http, time, random, log));
}
