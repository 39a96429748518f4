using System.Net;
using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Tests.Discord;

/// <summary>What the actions send.</summary>
public sealed class RestActionTests
{
    private static readonly MessageEdit Edit = new() { Content = "@here", Rows = [] };

    public static TheoryData<string> Writers => ["send", "edit", "respond", "update", "edit response", "follow up", "edit follow-up", "send file", "edit file"];

    [Theory]
    [MemberData(nameof(Writers))]
    public async Task Nothing_that_is_sent_or_edited_can_mention_anybody(string writer)
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Message()));
        await harness.Time.RunAsync(WriteAsync(harness.Actions, writer));
        ApiCall call = Assert.Single(harness.Api.Calls);
        JsonElement body = writer.EndsWith("file", StringComparison.Ordinal) ? PayloadJson(call) : call.Json;
        body = body.TryGetProperty("data", out JsonElement data) ? data : body;
        JsonElement allowed = body.GetProperty("allowed_mentions");
        Assert.Equal(0, allowed.GetProperty("parse").GetArrayLength());
        Assert.False(allowed.GetProperty("replied_user").GetBoolean());
        Assert.Equal(2, allowed.EnumerateObject().Count());
    }

    [Fact]
    public async Task A_message_carries_reply_nonce_flags_and_buttons()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Message()));
        var message = new OutgoingMessage
        {
            Content = "hi \"there\" 👍",
            ReplyTo = new Snowflake(42),
            Nonce = "outbox-1",
            Flags = DiscordMessageFlags.SuppressNotifications | DiscordMessageFlags.Ephemeral,
            Rows = [new ComponentRow([new DiscordButton("up:1", null, DiscordEmoji.Of("👍"), ButtonStyle.Secondary, false), new LinkButton(new Uri("https://a.example/x"), "more")])],
        };
        DiscordMessage sent = await harness.Time.RunAsync(harness.Actions.SendAsync(RestHarness.Channel, message, CancellationToken.None));
        Assert.Equal((1001UL, "hi", "Alice"), (sent.Id.Value, sent.Content, sent.Author.DisplayName));
        ApiCall call = Assert.Single(harness.Api.Calls);
        Assert.Equal("POST /api/v10/channels/500/messages", $"{call.Method} {call.Path}");
        Assert.Equal($"Bot {RestHarness.Token}", call.Authorization);
        Assert.Matches(@"^DiscordBot \(https://localhost, \d+\.\d+\.\d+\)$", call.UserAgent);
        JsonElement body = call.Json;
        Assert.Equal("hi \"there\" 👍", body.GetProperty("content").GetString());
        Assert.Equal(("outbox-1", true), (body.GetProperty("nonce").GetString(), body.GetProperty("enforce_nonce").GetBoolean()));
        Assert.Equal("42", body.GetProperty("message_reference").GetProperty("message_id").GetString());
        Assert.False(body.GetProperty("message_reference").GetProperty("fail_if_not_exists").GetBoolean());
        Assert.Equal(1 << 12, body.GetProperty("flags").GetInt32());
        JsonElement button = body.GetProperty("components")[0].GetProperty("components")[0];
        Assert.Equal((2, "up:1", "👍"), (button.GetProperty("type").GetInt32(), button.GetProperty("custom_id").GetString(), button.GetProperty("emoji").GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Files_go_as_multipart_with_the_message_beside_them()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Message()));
        await harness.Time.RunAsync(WriteAsync(harness.Actions, "send file"));
        ApiCall call = Assert.Single(harness.Api.Calls);
        Assert.StartsWith("multipart/form-data; boundary=", call.ContentType, StringComparison.Ordinal);
        Assert.Contains("name=\"files[0]\"", call.Text, StringComparison.Ordinal);
        Assert.Contains("the bytes", call.Text, StringComparison.Ordinal);
        JsonElement attachment = PayloadJson(call).GetProperty("attachments")[0];
        Assert.Equal(("0", "réponse.txt"), (attachment.GetProperty("id").GetString(), attachment.GetProperty("filename").GetString()));
    }

    [Fact]
    public async Task Answers_to_interactions_never_carry_the_bots_token()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.NoContent(), () => ScriptedApi.NoContent(), () => ScriptedApi.NoContent(), () => ScriptedApi.Message()));
        IDiscordActions actions = harness.Actions;
        await harness.Time.RunAsync(actions.DeferAsync(RestHarness.Interaction, true, CancellationToken.None));
        await harness.Time.RunAsync(actions.DeferUpdateAsync(RestHarness.Interaction, CancellationToken.None));
        var modal = new DiscordModal("why", "Why?", [new TextField("text", "Reason", false, true, 500, null), new ChoiceField("kind", "Kind", true, [new SelectChoice("long", "too long", false)])]);
        await harness.Time.RunAsync(actions.OpenModalAsync(RestHarness.Interaction, modal, CancellationToken.None));
        await harness.Time.RunAsync(actions.EditResponseAsync(RestHarness.Interaction, Edit, CancellationToken.None));
        await harness.Time.RunAsync(actions.FollowUpAsync(RestHarness.Interaction, RestHarness.Hello, CancellationToken.None));
        ApiCall[] calls = [.. harness.Api.Calls];
        Assert.All(calls, c => Assert.Null(c.Authorization));
        Assert.Equal(["/api/v10/interactions/77/interaction-secret/callback", "/api/v10/webhooks/901/interaction-secret/messages/%40original", "/api/v10/webhooks/901/interaction-secret"],
            calls[2..].Select(c => c.Path));
        Assert.Equal((5, 64), (calls[0].Json.GetProperty("type").GetInt32(), calls[0].Json.GetProperty("data").GetProperty("flags").GetInt32()));
        Assert.Equal(6, calls[1].Json.GetProperty("type").GetInt32());
        JsonElement field = calls[2].Json.GetProperty("data").GetProperty("components")[0];
        Assert.Equal((18, 4), (field.GetProperty("type").GetInt32(), field.GetProperty("component").GetProperty("type").GetInt32()));
        Assert.DoesNotContain("interaction-secret", RestHarness.Interaction.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_and_queries_are_as_documented()
    {
        using var harness = new RestHarness(new ScriptedApi((call, _) => call.Method == HttpMethod.Get
            ? ScriptedApi.Json(HttpStatusCode.OK, call.Path.Contains("reactions", StringComparison.Ordinal) ? $"[{Wire.Alice}]" : $"[{Wire.Message()}]")
            : ScriptedApi.NoContent()));
        IDiscordActions actions = harness.Actions;
        Snowflake message = new(1001);
        await harness.Time.RunAsync(actions.AddReactionAsync(RestHarness.Channel, message, DiscordEmoji.Of("👍"), CancellationToken.None));
        await harness.Time.RunAsync(actions.RemoveReactionAsync(RestHarness.Channel, message, new DiscordEmoji(new Snowflake(9), "own"), CancellationToken.None));
        await harness.Time.RunAsync(actions.TypeAsync(RestHarness.Channel, CancellationToken.None));
        await harness.Time.RunAsync(actions.DeleteAsync(RestHarness.Channel, message, CancellationToken.None));
        Assert.Single(await harness.Time.RunAsync(actions.GetMessagesAsync(RestHarness.Channel, new MessagePage(null, message, 50), CancellationToken.None)));
        Assert.Single(await harness.Time.RunAsync(actions.GetReactionUsersAsync(RestHarness.Channel, message, DiscordEmoji.Of("👎"), new Snowflake(3), 100, CancellationToken.None)));
        await harness.Time.RunAsync(actions.RegisterCommandsAsync(new Snowflake(901), new Snowflake(700), [], CancellationToken.None));
        Assert.Equal(
            [
                "PUT /api/v10/channels/500/messages/1001/reactions/%F0%9F%91%8D/@me", "DELETE /api/v10/channels/500/messages/1001/reactions/own%3A9/@me",
                "POST /api/v10/channels/500/typing", "DELETE /api/v10/channels/500/messages/1001", "GET /api/v10/channels/500/messages?limit=50&after=1001",
                "GET /api/v10/channels/500/messages/1001/reactions/%F0%9F%91%8E?limit=100&after=3", "PUT /api/v10/applications/901/guilds/700/commands",
            ],
            harness.Api.Calls.Select(c => $"{c.Method} {c.Path}"));
    }

    [Fact]
    public async Task Commands_are_written_with_their_options()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Json(HttpStatusCode.OK, "[]")));
        var ask = new DiscordCommand(CommandKind.Slash, "ask", "Ask", [new CommandOption { Kind = CommandOptionKind.Text, Name = "q", Description = "what", Required = true, LongestText = 9 }], null, true);
        var menu = new DiscordCommand(CommandKind.Message, "Ask about this", "", [], DiscordPermissions.ManageGuild, false);
        await harness.Time.RunAsync(harness.Actions.RegisterCommandsAsync(new Snowflake(901), null, [ask, menu], CancellationToken.None));
        JsonElement list = Assert.Single(harness.Api.Calls).Json;
        Assert.Equal((3, true, 9), (list[0].GetProperty("options")[0].GetProperty("type").GetInt32(), list[0].GetProperty("options")[0].GetProperty("required").GetBoolean(), list[0].GetProperty("options")[0].GetProperty("max_length").GetInt32()));
        Assert.Equal("[0,1]", list[0].GetProperty("contexts").GetRawText());
        Assert.False(list[1].TryGetProperty("description", out _));
        Assert.Equal("32", list[1].GetProperty("default_member_permissions").GetString());
    }

    [Fact]
    public async Task What_is_gone_already_is_no_error()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Json(HttpStatusCode.NotFound, """{"message":"Unknown Message","code":10008}""")));
        await harness.Time.RunAsync(harness.Actions.DeleteAsync(RestHarness.Channel, new Snowflake(1), CancellationToken.None));
        Assert.Null(await harness.Time.RunAsync(harness.Actions.FindMessageAsync(RestHarness.Channel, new Snowflake(1), CancellationToken.None)));
    }

    [Fact]
    public async Task A_message_that_Discord_would_refuse_is_not_sent()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Message()));
        await Assert.ThrowsAsync<ArgumentException>(() => harness.Actions.SendAsync(RestHarness.Channel, new OutgoingMessage { Content = new string('x', 2_001) }, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => harness.Actions.SendAsync(RestHarness.Channel, new OutgoingMessage(), CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => harness.Actions.SendAsync(RestHarness.Channel, new OutgoingMessage { Content = "x", Nonce = new string('n', 26) }, CancellationToken.None));
        Assert.Empty(harness.Api.Calls);
    }

    [Fact]
    public async Task A_lone_surrogate_in_a_text_is_replaced_and_not_thrown()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Message()));
        await harness.Time.RunAsync(harness.Actions.SendAsync(RestHarness.Channel, new OutgoingMessage { Content = "a\uD83D" }, CancellationToken.None));
        Assert.Equal("a\uFFFD", Assert.Single(harness.Api.Calls).Json.GetProperty("content").GetString());
    }

    private static Task WriteAsync(IDiscordActions actions, string writer)
    {
        CancellationToken never = CancellationToken.None;
        OutgoingFile file = new("réponse.txt", "the bytes"u8.ToArray(), "text/plain");
        return writer switch
        {
            "send" => actions.SendAsync(RestHarness.Channel, RestHarness.Hello, never),
            "edit" => actions.EditAsync(RestHarness.Channel, new Snowflake(1), Edit, never),
            "respond" => actions.RespondAsync(RestHarness.Interaction, RestHarness.Hello, never),
            "update" => actions.UpdateAsync(RestHarness.Interaction, Edit, never),
            "edit response" => actions.EditResponseAsync(RestHarness.Interaction, Edit, never),
            "follow up" => actions.FollowUpAsync(RestHarness.Interaction, RestHarness.Hello, never),
            "edit follow-up" => actions.EditFollowUpAsync(RestHarness.Interaction, new Snowflake(1), Edit, never),
            "send file" => actions.SendAsync(RestHarness.Channel, RestHarness.Hello with { Files = [file] }, never),
            _ => actions.EditAsync(RestHarness.Channel, new Snowflake(1), Edit with { Files = [file] }, never),
        };
    }

    /// <summary>The JSON part of a multipart body.</summary>
    private static JsonElement PayloadJson(ApiCall call)
    {
        string part = call.Text[call.Text.IndexOf("payload_json", StringComparison.Ordinal)..];
        int start = part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        using JsonDocument json = JsonDocument.Parse(part[start..part.IndexOf("\r\n--", start, StringComparison.Ordinal)]);
        return json.RootElement.Clone();
    }
}
