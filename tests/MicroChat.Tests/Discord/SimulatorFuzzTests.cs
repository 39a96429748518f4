using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>Bodies and frames that are bent out of shape: every one gets an answer that Discord gives, and the simulator lives on.</summary>
public sealed class SimulatorFuzzTests
{
    private const int Rounds = 600;

    private static readonly string[] Bent =
    [
        "null", "true", "0", "-1", "1e400", "99999999999999999999", "\"\"", "\"x\"", "\"\\u0000\"", "\"\\ud83d\"", "[]", "{}", "[null]", "[[]]", "[{}]", "{\"\":null}", "{\"id\":{}}",
        "\"" + new string('z', 5000) + "\"", new string('[', 100) + new string(']', 100),
    ];

    [Fact]
    public async Task Rest_answers_every_bent_body_with_a_status_below_500()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { RateLimits = new RateLimitOptions { Enabled = false, InvalidRequests = int.MaxValue } });
        SimMessage own = await OwnAsync(town), edited = await OwnAsync(town);
        string application = $"/applications/{town.World.Bot.Id}";
        (string Method, string Path, string Body)[] whole =
        [
            ("POST", town.Messages, """{"content":"x","tts":false,"nonce":"n","enforce_nonce":true,"flags":4,"embeds":[{"title":"t","fields":[{"name":"n","value":"v"}]}],"allowed_mentions":{"parse":["users"],"roles":["1"],"replied_user":true},"message_reference":{"message_id":"1","fail_if_not_exists":false},"attachments":[{"id":"0","filename":"f"}],"poll":{"question":{"text":"q"}},"sticker_ids":["1"],"components":[{"type":1,"components":[{"type":2,"style":1,"label":"l","custom_id":"c"}]}]}"""),
            ("PATCH", $"{town.Messages}/{edited.Id}", """{"content":"y","flags":4,"embeds":[{"description":"d"}],"components":[{"type":1,"components":[{"type":3,"custom_id":"m","options":[{"label":"l","value":"v"}]}]}],"attachments":[{"id":"1"}]}"""),
            ("POST", town.Messages + "/bulk-delete", """{"messages":["1","2"]}"""),
            ("POST", $"/channels/{town.General.Id}/threads", """{"name":"t","type":11,"auto_archive_duration":60}"""),
            ("PATCH", $"/channels/{town.General.Id}", """{"name":"t","topic":"t","nsfw":false}"""),
            ("PUT", application + "/commands", """[{"name":"a","description":"d","type":1,"options":[{"type":3,"name":"o","description":"d","required":true,"choices":[{"name":"n","value":"v"}]}]}]"""),
            ("POST", application + "/commands", """{"name":"b","description":"d","default_member_permissions":"8"}"""),
            ("POST", "/users/@me/channels", """{"recipient_id":"1"}"""),
            ("POST", "CALLBACK", """{"type":4,"data":{"content":"x","flags":64,"components":[],"choices":[{"name":"n","value":"v"}]}}"""),
            ("POST", "CALLBACK", """{"type":9,"data":{"custom_id":"f","title":"t","components":[{"type":18,"label":"l","component":{"type":4,"custom_id":"i","style":1}}]}}"""),
        ];
        var random = new Random(20261121);
        for (int i = 0; i < Rounds; i++)
        {
            (string method, string path, string body) = whole[i % whole.Length];
            if (path == "CALLBACK")
            {
                SimInteraction used = town.World.Press(town.Alice, own, "c");
                path = $"/interactions/{used.Id}/{used.Token}/callback";
            }
            string bent = Bend(JsonNode.Parse(body)!, random);
            SimulatorReply reply = await town.SendAsync(method, path, bent);
            Assert.True(reply.Status is >= 200 and < 500, $"{method} {path} answered {reply.Status} to {bent}");
        }
        Assert.Equal(0, town.Discord.Journal.SimulatorFaults);
        Assert.Equal(200, (await town.PostAsync("still here")).Status);
    }

    [Fact]
    public async Task The_gateway_survives_every_bent_frame()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { SessionStarts = int.MaxValue });
        var random = new Random(4711);
        string[] whole =
        [
            $$$$"""{"op":2,"d":{"token":"{{{{town.Discord.Token}}}}","intents":513,"properties":{"os":"x"},"shard":[0,1],"compress":false,"presence":{"status":"online","activities":[{"name":"x"}]}}}""",
            $$$"""{"op":6,"d":{"token":"{{{town.Discord.Token}}}","session_id":"x","seq":1}}""",
            """{"op":1,"d":5}""",
            """{"op":3,"d":{"status":"idle","activities":[{"name":"x"}],"since":null,"afk":false}}""",
            $$$"""{"op":8,"d":{"guild_id":"{{{town.Home.Id}}}","query":"","limit":0,"user_ids":["1"],"nonce":"n"}}""",
        ];
        for (int i = 0; i < Rounds / 2; i++)
        {
            await using SimulatorSocket bot = await town.ConnectAsync();
            string bent = Bend(JsonNode.Parse(whole[i % whole.Length])!, random);
            try
            {
                await bot.SendAsync(bent);
                await bot.SendAsync("{\"op\":1,\"d\":null}");
            }
            catch (WebSocketException)
            {
                continue;                       // closed already by the first frame
            }
            JsonNode? answer = await bot.ReadAsync();
            Assert.True(answer is not null || bot.ClosedWith is >= 4000 and < 4015, $"{bent} ended with {bot.ClosedWith}");
        }
        await using SimulatorSocket last = await town.ConnectAsync();
        await last.SendAsync("{\"op\":1,\"d\":null}");
        await last.ExpectOpcodeAsync(11);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\r\n--x--\r\n")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"files[99999999999]\"; filename=\"a\"\r\n\r\nA\r\n--x--\r\n")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a\"\r\n\r\nA")]
    [InlineData("garbage")]
    public async Task Broken_multipart_is_refused(string body)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        SimulatorReply reply = await town.SendAsync("POST", town.Messages, content);
        Assert.InRange(reply.Status, 200, 499);
        Assert.Equal(0, town.Discord.Journal.SimulatorFaults);
    }

    [Fact]
    public async Task A_body_over_25_megabytes_is_refused_with_40005()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        using var content = new StringContent(new string('x', (25 << 20) + 1), Encoding.UTF8, "application/json");
        SimulatorReply reply = await town.SendAsync("POST", town.Messages, content);
        Assert.Equal(413, reply.Status);
        Assert.Equal(40005, reply.Code);
    }

    private static async Task<SimMessage> OwnAsync(SimulatorHarness town)
    {
        await town.SendAsync("POST", town.Messages, """{"content":"own","components":[{"type":1,"components":[{"type":2,"style":1,"label":"l","custom_id":"c"}]}]}""");
        return town.General.Messages[^1];
    }

    /// <summary>The JSON with one random place cut out, replaced, doubled or set under a random name.</summary>
    private static string Bend(JsonNode json, Random random)
    {
        var places = new List<(JsonNode Parent, string Key)>();
        Collect(json, places);
        (JsonNode parent, string key) = places[random.Next(places.Count)];
        const string Marker = "\"@@bent@@\"";
        if (random.Next(5) == 0)
        {
            string text = json.ToJsonString();
            return text[..random.Next(text.Length)];
        }
        if (parent is JsonObject o)
        {
            if (random.Next(6) == 0)
            {
                o.Remove(key);
                return json.ToJsonString();
            }
            o[key] = "@@bent@@";
        }
        else
        {
            ((JsonArray)parent)[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)] = "@@bent@@";
        }
        return json.ToJsonString().Replace(Marker, Bent[random.Next(Bent.Length)], StringComparison.Ordinal);
    }

    private static void Collect(JsonNode json, List<(JsonNode Parent, string Key)> places)
    {
        if (json is JsonObject o)
        {
            foreach ((string key, JsonNode? value) in o)
            {
                places.Add((json, key));
                if (value is not null)
                {
                    Collect(value, places);
                }
            }
        }
        else if (json is JsonArray list)
        {
            for (int i = 0; i < list.Count; i++)
            {
                places.Add((json, i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
                Collect(list[i]!, places);
            }
        }
    }
}
