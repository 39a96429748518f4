using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Tests.Discord;

/// <summary>REST's rules for messages, reactions, threads and permissions, seen by a bare client.</summary>
public sealed class SimulatorRestTests
{
    private const string ThumbsUp = "%F0%9F%91%8D";

    [Fact]
    public async Task Callers_without_the_token_or_the_user_agent_are_refused()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        Assert.Equal(200, (await town.SendAsync("GET", "/users/@me")).Status);
        Assert.Equal(401, (await town.SendAsync("GET", "/users/@me", token: "Bot wrong")).Status);
        Assert.Equal(401, (await town.SendAsync("GET", "/users/@me", token: "Bearer " + town.Discord.Token)).Status);
        Assert.Equal(404, (await town.SendAsync("GET", "/nothing/here")).Status);
        Assert.Equal(405, (await town.SendAsync("DELETE", "/users/@me")).Status);
        using var browser = new HttpClient();
        browser.DefaultRequestHeaders.Add("Authorization", "Bot " + town.Discord.Token);
        using HttpResponseMessage answer = await browser.GetAsync(new Uri(town.Discord.ApiUrl + "/users/@me"));
        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Contains("40333", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"content":"LONG"}""", "content", "BASE_TYPE_MAX_LENGTH")]
    [InlineData("""{"content":{}}""", "content", "STRING_TYPE_CONVERT")]
    [InlineData("""{"content":"x","tts":"yes"}""", "tts", "BOOLEAN_TYPE_CONVERT")]
    [InlineData("""{"content":"x","nonce":"12345678901234567890123456"}""", "nonce", "BASE_TYPE_MAX_LENGTH")]
    [InlineData("""{"content":"x","embeds":{}}""", "embeds", "LIST_TYPE_CONVERT")]
    [InlineData("""{"embeds":[{"title":"ok"},{"fields":[{"name":"n"}]}]}""", "embeds.1.fields.0.value", "BASE_TYPE_REQUIRED")]
    [InlineData("""{"content":"x","allowed_mentions":{"parse":["all"]}}""", "allowed_mentions.parse", "BASE_TYPE_CHOICES")]
    [InlineData("""{"content":"x","allowed_mentions":{"parse":["users"],"users":["1"]}}""", "allowed_mentions.parse", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE")]
    [InlineData("""{"content":"x","message_reference":{"message_id":"1"}}""", "message_reference", "REPLIES_UNKNOWN_MESSAGE")]
    [InlineData("""{"content":"x","message_reference":{"message_id":"one"}}""", "message_reference.message_id", "NUMBER_TYPE_COERCE")]
    [InlineData("""{"components":[{"type":2,"style":1,"label":"a","custom_id":"a"}]}""", "components.0.type", "UNION_TYPE_CHOICES")]
    [InlineData("""{"components":[{"type":1,"components":[{"type":2,"style":1,"label":"a"}]}]}""", "components.0.components.0.custom_id", "BASE_TYPE_REQUIRED")]
    [InlineData("""{"components":[{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a"},{"type":2,"style":1,"label":"b","custom_id":"a"}]}]}""", "components.0.components.1.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED")]
    [InlineData("""{"components":[{"type":1,"components":[{"type":3,"custom_id":"m","options":[]}]}]}""", "components.0.components.0.options", "BASE_TYPE_REQUIRED")]
    [InlineData("""{"content":"x","flags":32768,"components":[{"type":10,"content":"x"}]}""", "flags", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")]
    public async Task A_body_that_is_wrong_is_refused_at_its_field(string body, string field, string error)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimulatorReply reply = await town.SendAsync("POST", town.Messages, body.Replace("LONG", new string('x', 2001), StringComparison.Ordinal));
        Assert.Equal(400, reply.Status);
        Assert.Equal(50035, reply.Code);
        Assert.Equal(error, reply.ErrorAt(field));
        Assert.Empty(town.General.Messages);
    }

    [Theory]
    [InlineData("""{"content":" "}""", 50006)]
    [InlineData("{}", 50006)]
    [InlineData("{", 50109)]
    [InlineData("""{"content":"\ud83d"}""", 50109)]
    public async Task A_body_without_a_message_is_refused(string body, int code)
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        Assert.Equal(code, (await town.SendAsync("POST", town.Messages, body)).Code);
    }

    [Fact]
    public async Task Two_thousand_characters_and_six_thousand_of_embeds_are_the_most()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        Assert.Equal(200, (await town.PostAsync(new string('x', 2000))).Status);
        string half = new('y', 3000);
        Assert.Equal(200, (await town.SendAsync("POST", town.Messages, $$"""{"embeds":[{"description":"{{half}}"},{"description":"{{half}}"}]}""")).Status);
        SimulatorReply over = await town.SendAsync("POST", town.Messages, $$"""{"embeds":[{"description":"{{half}}"},{"description":"{{half}}y"}]}""");
        Assert.Equal("MAX_EMBED_SIZE_EXCEEDED", over.ErrorAt("embeds"));
    }

    [Fact]
    public async Task A_message_is_read_edited_and_deleted_by_its_author_only()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimulatorReply posted = await town.PostAsync("first");
        string own = $"{town.Messages}/{posted.Body!["id"]}";
        Assert.Null((string?)posted.Body["edited_timestamp"]);
        SimulatorReply edited = await town.SendAsync("PATCH", own, """{"content":"second"}""");
        Assert.Equal("second", (string)edited.Body!["content"]!);
        Assert.NotNull((string?)edited.Body["edited_timestamp"]);
        Assert.Equal(["first", "second"], town.General.Messages[0].Revisions);
        Assert.Equal(50006, (await town.SendAsync("PATCH", own, """{"content":""}""")).Code);
        string theirs = $"{town.Messages}/{town.World.Say(town.Alice, town.General, "mine").Id}";
        Assert.Equal(50005, (await town.SendAsync("PATCH", theirs, """{"content":"yours"}""")).Code);
        Assert.Equal(50013, (await town.SendAsync("DELETE", theirs)).Code);
        SimulatorReply gone = await town.SendAsync("DELETE", own);
        Assert.Equal(204, gone.Status);
        Assert.Null(gone.ContentType);
        Assert.Equal(10008, (await town.SendAsync("GET", own)).Code);
        Assert.Equal(10008, (await town.SendAsync("DELETE", own)).Code);
        town.World.SetPermissions(town.Home, town.Home.Everyone, SimPermissions.Usual | SimPermissions.ManageMessages);
        Assert.Equal(204, (await town.SendAsync("DELETE", theirs)).Status);
    }

    [Fact]
    public async Task Pages_of_history_exclude_the_message_that_they_name()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimMessage[] said = [.. Enumerable.Range(0, 10).Select(i => town.World.Say(town.Alice, town.General, $"m{i}"))];
        async Task<string[]> Page(string query) => [.. (await town.SendAsync("GET", town.Messages + query)).Body!.AsArray().Select(m => (string)m!["content"]!)];
        Assert.Equal(["m9", "m8"], await Page("?limit=2"));
        Assert.Equal(["m3", "m2"], await Page($"?limit=2&before={said[4].Id}"));
        Assert.Equal(["m6", "m5"], await Page($"?limit=2&after={said[4].Id}"));
        Assert.Equal(["m6", "m5", "m4", "m3", "m2"], await Page($"?limit=5&around={said[4].Id}"));
        Assert.Equal(10, (await Page("")).Length);
        Assert.Equal(400, (await town.SendAsync("GET", town.Messages + "?limit=101")).Status);
        Assert.Equal(400, (await town.SendAsync("GET", town.Messages + "?before=x")).Status);
    }

    [Fact]
    public async Task Old_messages_make_room()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { MessagesPerChannel = 8 });
        for (int i = 0; i < 50; i++)
        {
            town.World.Say(town.Alice, town.General, $"m{i}");
        }
        Assert.InRange(town.General.Messages.Count, 8, 9);
        Assert.Equal("m49", town.General.Messages[^1].Content);
    }

    [Fact]
    public async Task An_enforced_nonce_returns_the_message_that_is_there()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock });
        const string Body = """{"content":"once","nonce":"a","enforce_nonce":true}""";
        SimulatorReply one = await town.SendAsync("POST", town.Messages, Body), two = await town.SendAsync("POST", town.Messages, Body);
        Assert.Equal((string)one.Body!["id"]!, (string)two.Body!["id"]!);
        Assert.Equal("a", (string)two.Body["nonce"]!);
        Assert.Single(town.General.Messages);
        await town.SendAsync("POST", town.Messages, """{"content":"twice","nonce":"a"}""");
        Assert.Equal(2, town.General.Messages.Count);
        clock.Advance(TimeSpan.FromMinutes(6));
        await town.SendAsync("POST", town.Messages, Body);
        Assert.Equal(3, town.General.Messages.Count);
    }

    [Fact]
    public async Task Many_messages_are_deleted_at_once_unless_they_are_old()
    {
        var clock = new ManualClock();
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { Time = clock });
        ulong[] old = [.. Enumerable.Range(0, 2).Select(_ => town.World.Say(town.Alice, town.General, "old").Id)];
        clock.Advance(TimeSpan.FromDays(15));
        ulong[] fresh = [.. Enumerable.Range(0, 3).Select(_ => town.World.Say(town.Alice, town.General, "new").Id)];
        Task<SimulatorReply> Delete(IEnumerable<ulong> ids) =>
            town.SendAsync("POST", town.Messages + "/bulk-delete", JsonSerializer.Serialize(new { messages = ids.Select(i => i.ToString()) }));
        Assert.Equal(50013, (await Delete(fresh)).Code);
        town.World.SetPermissions(town.Home, town.Home.Everyone, SimPermissions.Usual | SimPermissions.ManageMessages);
        Assert.Equal(50034, (await Delete(old)).Code);
        Assert.Equal(50035, (await Delete(fresh[..1])).Code);
        Assert.Equal(204, (await Delete(fresh)).Status);
        Assert.Equal(2, town.General.Messages.Count);
    }

    [Fact]
    public async Task Reactions_are_put_counted_listed_and_taken_back()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimMessage message = town.World.Say(town.Alice, town.General, "rate me");
        string reactions = $"{town.Messages}/{message.Id}/reactions";
        Assert.Equal(204, (await town.SendAsync("PUT", $"{reactions}/{ThumbsUp}/@me")).Status);
        Assert.Equal(204, (await town.SendAsync("PUT", $"{reactions}/{ThumbsUp}/@me")).Status);
        town.World.React(town.Alice, message, "👍");
        JsonNode shown = (await town.SendAsync("GET", $"{town.Messages}/{message.Id}")).Body!["reactions"]![0]!;
        Assert.Equal(2, (int)shown["count"]!);
        Assert.True((bool)shown["me"]!);
        Assert.Equal(2, (await town.SendAsync("GET", $"{reactions}/{ThumbsUp}")).Body!.AsArray().Count);
        Assert.Single((await town.SendAsync("GET", $"{reactions}/{ThumbsUp}?limit=1&after={town.Alice.Id}")).Body!.AsArray());
        Assert.Equal(50013, (await town.SendAsync("DELETE", $"{reactions}/{ThumbsUp}/{town.Alice.Id}")).Code);
        Assert.Equal(204, (await town.SendAsync("DELETE", $"{reactions}/{ThumbsUp}/@me")).Status);
        Assert.Equal([town.Alice.Id], Assert.Single(message.Reactions).Users);
        Assert.Equal(10014, (await town.SendAsync("PUT", $"{reactions}/word/@me")).Code);
        Assert.Equal(10014, (await town.SendAsync("PUT", $"{reactions}/name:123/@me")).Code);
    }

    [Fact]
    public async Task Twenty_kinds_of_reactions_are_the_most()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimMessage message = town.World.Say(town.Alice, town.General, "rate me");
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(204, (await town.SendAsync("PUT", $"{town.Messages}/{message.Id}/reactions/{Uri.EscapeDataString(char.ConvertFromUtf32(0x1F600 + i))}/@me")).Status);
        }
        Assert.Equal(30010, (await town.SendAsync("PUT", $"{town.Messages}/{message.Id}/reactions/{ThumbsUp}/@me")).Code);
    }

    [Fact]
    public async Task Missing_permissions_are_refused_by_what_is_missing()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimMessage theirs = town.World.Say(town.Alice, town.General, "x");
        async Task<int> Without(SimPermissions denied, string method, string path, string? body = null)
        {
            town.World.SetOverwrite(town.General, new SimOverwrite(town.World.Bot.Id, IsMember: true, SimPermissions.None, denied));
            return (await town.SendAsync(method, path, body)).Code;
        }
        string message = $"{town.Messages}/{theirs.Id}";
        Assert.Equal(50013, await Without(SimPermissions.SendMessages, "POST", town.Messages, """{"content":"x"}"""));
        Assert.Equal(50013, await Without(SimPermissions.SendMessages, "POST", $"/channels/{town.General.Id}/typing"));
        Assert.Equal(50013, await Without(SimPermissions.EmbedLinks, "POST", town.Messages, """{"embeds":[{"title":"x"}]}"""));
        Assert.Equal(160002, await Without(SimPermissions.ReadMessageHistory, "POST", town.Messages, $$$"""{"content":"x","message_reference":{"message_id":"{{{theirs.Id}}}"}}"""));
        Assert.Equal(50013, await Without(SimPermissions.ReadMessageHistory, "GET", message));
        Assert.Equal(50013, await Without(SimPermissions.AddReactions, "PUT", $"{message}/reactions/{ThumbsUp}/@me"));
        Assert.Equal(50013, await Without(SimPermissions.CreatePublicThreads, "POST", $"{message}/threads", """{"name":"t"}"""));
        Assert.Equal(50001, await Without(SimPermissions.ViewChannel, "GET", town.Messages));
        Assert.Equal(0, await Without(SimPermissions.None, "POST", town.Messages, """{"content":"x"}"""));
        Assert.Equal(10003, (await town.SendAsync("GET", "/channels/123")).Code);
    }

    [Fact]
    public async Task Threads_start_archive_lock_and_open_again()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimMessage start = town.World.Say(town.Alice, town.General, "thread here");
        string threads = $"{town.Messages}/{start.Id}/threads";
        SimulatorReply made = await town.SendAsync("POST", threads, """{"name":"talk","auto_archive_duration":60}""");
        Assert.Equal(201, made.Status);
        Assert.Equal(start.Id.ToString(), (string)made.Body!["id"]!);
        Assert.Equal(160004, (await town.SendAsync("POST", threads, """{"name":"again"}""")).Code);
        Assert.Equal(50035, (await town.SendAsync("POST", threads, """{"name":"talk","auto_archive_duration":61}""")).Code);
        SimChannel thread = start.Thread!;
        string inside = $"/channels/{thread.Id}/messages";
        string own = (string)(await town.SendAsync("POST", inside, """{"content":"in"}""")).Body!["id"]!;
        town.World.SetThread(thread, archived: true);
        Assert.Equal(50083, (await town.SendAsync("PATCH", $"{inside}/{own}", """{"content":"x"}""")).Code);
        Assert.Equal(50083, (await town.SendAsync("PUT", $"{inside}/{own}/reactions/{ThumbsUp}/@me")).Code);
        Assert.Equal(200, (await town.SendAsync("POST", inside, """{"content":"wakes it"}""")).Status);
        Assert.False(thread.IsArchived);
        town.World.SetThread(thread, archived: false, locked: true);
        Assert.Equal(160005, (await town.SendAsync("POST", inside, """{"content":"x"}""")).Code);
    }

    [Fact]
    public async Task Forums_take_posts_not_messages()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        SimChannel forum = town.World.AddChannel(town.Home, "forum", SimChannelType.Forum);
        Assert.Equal(50008, (await town.SendAsync("POST", $"/channels/{forum.Id}/messages", """{"content":"x"}""")).Code);
        SimulatorReply post = await town.SendAsync("POST", $"/channels/{forum.Id}/threads", """{"name":"title","message":{"content":"text"}}""");
        Assert.Equal(201, post.Status);
        Assert.Equal("text", (string)post.Body!["message"]!["content"]!);
        SimChannel theirs = town.World.StartPost(town.Alice, forum, "question", "how?");
        Assert.Equal("how?", Assert.Single(theirs.Messages).Content);
        Assert.Equal(theirs.Id, theirs.Messages[0].Id);
    }

    [Fact]
    public async Task Files_come_with_a_message_and_are_fetched_by_their_address()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        using var form = new MultipartFormDataContent();
        using var payload = new StringContent("""{"content":"see","attachments":[{"id":"0","description":"words"}]}""", Encoding.UTF8, "application/json");
        using var file = new ByteArrayContent("hello"u8.ToArray());
        file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        form.Add(payload, "payload_json");
        form.Add(file, "files[0]", "ä.txt");
        SimulatorReply posted = await town.SendAsync("POST", town.Messages, form);
        JsonNode attachment = posted.Body!["attachments"]![0]!;
        Assert.Equal("words", (string)attachment["description"]!);
        Assert.Equal(5, (int)attachment["size"]!);
        using var http = new HttpClient();
        Assert.Equal("hello", await http.GetStringAsync(new Uri((string)attachment["url"]!)));
        SimulatorReply edited = await town.SendAsync("PATCH", $"{town.Messages}/{posted.Body["id"]}", """{"attachments":[]}""");
        Assert.Empty(edited.Body!["attachments"]!.AsArray());
    }

    [Fact]
    public async Task Direct_conversations_are_opened_once_and_may_be_refused()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync();
        string body = $$"""{"recipient_id":"{{town.Alice.Id}}"}""";
        SimulatorReply one = await town.SendAsync("POST", "/users/@me/channels", body), two = await town.SendAsync("POST", "/users/@me/channels", body);
        Assert.Equal((string)one.Body!["id"]!, (string)two.Body!["id"]!);
        Assert.Equal(200, (await town.SendAsync("POST", $"/channels/{one.Body["id"]}/messages", """{"content":"hi"}""")).Status);
        town.Alice.AcceptsDirectMessages = false;
        Assert.Equal(50007, (await town.SendAsync("POST", $"/channels/{one.Body["id"]}/messages", """{"content":"hi"}""")).Code);
        Assert.Equal(50003, (await town.SendAsync("POST", $"/channels/{one.Body["id"]}/messages/bulk-delete", """{"messages":["1","2"]}""")).Code);
    }

    [Fact]
    public async Task An_application_without_message_content_reads_no_texts_of_others()
    {
        await using SimulatorHarness town = await SimulatorHarness.StartAsync(new SimulatorOptions { MessageContentIntent = false });
        town.World.Say(town.Alice, town.General, "secret");
        await town.PostAsync("mine");
        JsonArray read = (await town.SendAsync("GET", town.Messages)).Body!.AsArray();
        Assert.Equal(["mine", ""], read.Select(m => (string)m!["content"]!));
    }
}
