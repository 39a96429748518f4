using System.Text.Json;
using MicroChat.Discord;
using MicroChat.Discord.Port;

namespace MicroChat.Tests.Discord;

/// <summary>The gateway's protocol, played against a stub on this machine.</summary>
public sealed class GatewayTests
{
    [Theory]
    [InlineData(false, false, 1 | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13))]
    [InlineData(true, true, 1 | (1 << 1) | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13) | (1 << 15))]
    public async Task A_session_begins_with_the_least_intents(bool content, bool members, int intents)
    {
        await using var harness = new ClientHarness(new DiscordOptions { MessageContent = content, Members = members });
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        Assert.StartsWith("GET /?v=10&encoding=json&compress=zlib-stream HTTP/1.1", connection.Request, StringComparison.Ordinal);
        Assert.Contains("User-Agent: DiscordBot (", connection.Request, StringComparison.Ordinal);
        JsonElement identify = (await connection.BeginAsync(harness.Gateway.Address)).GetProperty("d");
        Assert.Equal(RestHarness.Token, identify.GetProperty("token").GetString());
        Assert.Equal(intents, identify.GetProperty("intents").GetInt32());
        Assert.Equal("[0,1]", identify.GetProperty("shard").GetRawText());
        Assert.Equal("online", identify.GetProperty("presence").GetProperty("status").GetString());
        Ready ready = await harness.EventAsync<Ready>();
        Assert.Equal((900UL, 901UL, 0, 1), (ready.Self.Id.Value, ready.ApplicationId.Value, ready.Shard, ready.Shards));
        Assert.Equal(new Snowflake(700), Assert.Single(ready.Guilds));
        Assert.DoesNotContain(RestHarness.Token, harness.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeats_carry_the_last_sequence_and_go_at_once_when_asked_for()
    {
        await using var harness = new ClientHarness(new DiscordOptions { Compress = false }, random: new FixedRandom(0.5));
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.HelloAsync(300);
        await connection.ExpectAsync(2);
        Assert.Equal(JsonValueKind.Null, (await connection.ExpectAsync(1)).GetProperty("d").ValueKind);
        await connection.SendAsync("""{"op":11,"d":null}""");
        await connection.DispatchAsync("READY", 0, Wire.Ready(harness.Gateway.Address));
        await harness.EventAsync<Ready>();
        await connection.SendAsync("""{"op":1,"d":null}""");
        Assert.Equal(0, (await connection.ExpectAsync(1)).GetProperty("d").GetInt64());
    }

    [Fact]
    public async Task A_zombie_is_closed_without_ending_the_session_and_resumed_at_the_resume_address()
    {
        await using var harness = new ClientHarness();
        using var elsewhere = new GatewayStub();
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.HelloAsync(250);
        await connection.ExpectAsync(2);
        await connection.DispatchAsync("READY", 1, Wire.Ready(elsewhere.Address));
        await connection.DispatchAsync("MESSAGE_CREATE", 2, Wire.Message());
        int? code = await connection.ClosedAsync();
        Assert.True(code is >= 4000 and < 5000, $"The client closed with {code}.");
        using StubConnection again = await elsewhere.AcceptAsync();
        Assert.StartsWith("GET /?v=10&encoding=json&compress=zlib-stream", again.Request, StringComparison.Ordinal);
        await again.HelloAsync();
        JsonElement resume = (await again.ExpectAsync(6)).GetProperty("d");
        Assert.Equal(("sess", 2L, RestHarness.Token), (resume.GetProperty("session_id").GetString(), resume.GetProperty("seq").GetInt64(), resume.GetProperty("token").GetString()));
        await again.DispatchAsync("RESUMED", 3, "{}");
        Assert.Equal(0, (await harness.EventAsync<Resumed>()).Shard);
    }

    [Theory]
    [InlineData("""{"op":7,"d":null}""", 6)]
    [InlineData("""{"op":9,"d":true}""", 6)]
    [InlineData("""{"op":9,"d":false}""", 2)]
    public async Task Reconnect_and_invalid_session_are_followed(string order, int wanted)
    {
        await using var harness = new ClientHarness(time: new FastTime(10));
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        await connection.SendAsync(order);
        int? code = await connection.ClosedAsync();
        Assert.NotInRange(code ?? 0, 1000, 1001);
        using StubConnection again = await harness.Gateway.AcceptAsync();
        await again.HelloAsync();
        await again.ExpectAsync(wanted);
    }

    [Fact]
    public async Task An_invalid_session_waits_one_to_five_seconds()
    {
        await using var harness = new ClientHarness(random: new FixedRandom(0.25));
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        await harness.EventAsync<Ready>();
        long start = TimeProvider.System.GetTimestamp();
        await connection.SendAsync("""{"op":9,"d":true}""");
        await connection.ClosedAsync();
        using StubConnection again = await harness.Gateway.AcceptAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 1.9, 20);
    }

    [Theory]
    [InlineData(4000, 6)]
    [InlineData(4001, 6)]
    [InlineData(4002, 6)]
    [InlineData(4003, 6)]
    [InlineData(4005, 6)]
    [InlineData(4007, 2)]
    [InlineData(4008, 6)]
    [InlineData(4009, 2)]
    [InlineData(1001, 6)]
    [InlineData(null, 6)]
    public async Task After_a_close_the_session_is_resumed_or_begun_anew_as_documented(int? code, int wanted)
    {
        await using var harness = new ClientHarness(time: new FastTime(10));
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        await harness.EventAsync<Ready>();
        if (code is { } given)
        {
            await connection.CloseAsync(given);
        }
        else
        {
            connection.Cut();
        }
        ConnectionChanged change;
        do
        {
            change = await harness.EventAsync<ConnectionChanged>();
        }
        while (change.State != ConnectionState.Reconnecting);
        Assert.Equal(code, change.CloseCode);
        using StubConnection again = await harness.Gateway.AcceptAsync();
        await again.HelloAsync();
        await again.ExpectAsync(wanted);
    }

    [Theory]
    [InlineData(4004, "Reset Token")]
    [InlineData(4010, "Discord:Shards")]
    [InlineData(4011, "Discord:Shards")]
    [InlineData(4012, "version 10")]
    [InlineData(4013, "Discord:MessageContent")]
    [InlineData(4014, "Message Content Intent")]
    public async Task A_close_that_trying_again_does_not_mend_ends_with_the_remedy(int code, string remedy)
    {
        await using var harness = new ClientHarness();
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.HelloAsync();
        await connection.ExpectAsync(2);
        await connection.CloseAsync(code);
        DiscordSetupException failure = await Assert.ThrowsAsync<DiscordSetupException>(() => harness.Running.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(code, failure.CloseCode);
        Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(RestHarness.Token, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_missed_meanwhile_come_before_resumed_and_in_order()
    {
        await using var harness = new ClientHarness(time: new FastTime(10));
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        await connection.DispatchAsync("MESSAGE_CREATE", 2, Wire.Message(""","nonce":2"""));
        await harness.EventAsync<MessageCreated>();
        connection.Cut();
        using StubConnection again = await harness.Gateway.AcceptAsync();
        await again.HelloAsync();
        Assert.Equal(2, (await again.ExpectAsync(6)).GetProperty("d").GetProperty("seq").GetInt64());
        await again.DispatchAsync("MESSAGE_CREATE", 3, Wire.Message(""","nonce":3"""));
        await again.DispatchAsync("MESSAGE_CREATE", 4, Wire.Message(""","nonce":4"""));
        await again.DispatchAsync("RESUMED", 5, "{}");
        var order = new List<string>();
        harness.OnEvent = _ => ValueTask.CompletedTask;
        while (order.Count < 3)
        {
            DiscordEvent happened = await harness.EventAsync<DiscordEvent>();
            if (happened is MessageCreated created)
            {
                order.Add(created.Message.Nonce!);
            }
            else if (happened is Resumed)
            {
                order.Add("resumed");
            }
        }
        Assert.Equal(["3", "4", "resumed"], order);
    }

    [Fact]
    public async Task A_server_that_never_resumes_gets_a_new_session()
    {
        await using var harness = new ClientHarness(time: new FastTime(50));
        using (StubConnection connection = await harness.Gateway.AcceptAsync())
        {
            await connection.BeginAsync(harness.Gateway.Address);
            await harness.EventAsync<Ready>();
            connection.Cut();
        }
        for (int attempt = 0; ; attempt++)
        {
            Assert.InRange(attempt, 0, 6);
            using StubConnection again = await harness.Gateway.AcceptAsync();
            await again.HelloAsync();
            JsonElement first = (await again.ReceiveAsync())!.Value;
            while (first.GetProperty("op").GetInt32() == 1)
            {
                first = (await again.ReceiveAsync())!.Value;
            }
            if (first.GetProperty("op").GetInt32() == 2)
            {
                return;
            }
            again.Cut();
        }
    }

    [Fact]
    public async Task Stopping_says_goodbye_with_1000()
    {
        await using var harness = new ClientHarness();
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        await harness.EventAsync<Ready>();
        Task stopped = harness.StopAsync();
        Assert.Equal(1000, await connection.ClosedAsync());
        await stopped;
    }

    [Fact]
    public async Task A_presence_is_shown_now_and_in_the_next_session()
    {
        await using var harness = new ClientHarness(time: new FastTime(10));
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        await harness.EventAsync<Ready>();
        await harness.Client.Actions.SetPresenceAsync(new DiscordPresence(PresenceStatus.Idle, "learning"), CancellationToken.None);
        JsonElement shown = (await connection.ExpectAsync(3)).GetProperty("d");
        Assert.Equal(("idle", "learning"), (shown.GetProperty("status").GetString(), shown.GetProperty("activities")[0].GetProperty("state").GetString()));
        await connection.CloseAsync(4009);
        using StubConnection again = await harness.Gateway.AcceptAsync();
        JsonElement identify = await again.BeginAsync(harness.Gateway.Address);
        Assert.Equal("idle", identify.GetProperty("d").GetProperty("presence").GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_handler_that_throws_gets_the_next_event()
    {
        await using var harness = new ClientHarness();
        harness.OnEvent = happened => happened is Ready ? throw new InvalidOperationException("no") : ValueTask.CompletedTask;
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        await connection.DispatchAsync("MESSAGE_CREATE", 2, Wire.Message());
        await harness.EventAsync<MessageCreated>();
        Assert.Contains("Handling a Ready failed", harness.Log.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bad_frames_are_reported_once_skipped_and_the_connection_kept(bool compress)
    {
        await using var harness = new ClientHarness(new DiscordOptions { Compress = compress });
        using StubConnection connection = await harness.Gateway.AcceptAsync();
        await connection.BeginAsync(harness.Gateway.Address);
        await harness.EventAsync<Ready>();
        var random = new Random(20261121);
        string[] whole =
        [
            Wire.Dispatch("MESSAGE_CREATE", 2, Wire.Message(""","content":"private words" """)), Wire.Dispatch("GUILD_CREATE", 2, Wire.Guild),
            Wire.Dispatch("MESSAGE_REACTION_ADD", 2, """{"user_id":"101","channel_id":"500","message_id":"1","emoji":{"id":null,"name":"👍"},"member":{"user":HERE}}""".Replace("HERE", Wire.Alice, StringComparison.Ordinal)),
            Wire.Dispatch("INTERACTION_CREATE", 2, """{"id":"1","type":2,"token":"t","user":HERE,"data":{"name":"ask","options":[{"type":3,"name":"q","value":"why"}]}}""".Replace("HERE", Wire.Alice, StringComparison.Ordinal)),
        ];
        for (int round = 0; round < 400; round++)
        {
            string frame = JsonFuzz.Damage(whole[round % whole.Length], random);
            if (!frame.Contains("\"op\":", StringComparison.Ordinal) || frame.Contains("\"op\":0", StringComparison.Ordinal))
            {
                await connection.SendAsync(frame);
            }
        }
        foreach (string frame in new[] { "", "null", "[]", "7", "{}", """{"op":null}""", """{"op":{}}""", """{"op":99,"d":1}""", """{"op":0}""", """{"op":0,"t":"NEW_EVENT","s":3,"d":{"a":1}}""", """{"op":11}""" })
        {
            await connection.SendAsync(frame);
        }
        await connection.DispatchAsync("MESSAGE_DELETE", 100, """{"id":"31","channel_id":"500"}""");
        MessagesDeleted deleted;
        do
        {
            deleted = await harness.EventAsync<MessagesDeleted>();
        }
        while (deleted.MessageIds[0].Value != 31);
        Assert.True(harness.Client.SkippedFrames > 20);
        string[] reports = [.. harness.Log.Lines.Where(l => l.Contains("was skipped", StringComparison.Ordinal))];
        Assert.NotEmpty(reports);
        Assert.Equal(reports.Length, reports.Select(r => r[..r.IndexOf(')', StringComparison.Ordinal)]).Distinct().Count());
        Assert.DoesNotContain("private", harness.Log.All, StringComparison.Ordinal);
        Assert.DoesNotContain(harness.Log.Lines, l => l.StartsWith("Error", StringComparison.Ordinal));
    }
}
