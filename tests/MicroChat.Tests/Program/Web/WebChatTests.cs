using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MicroChat.Chat;
using MicroChat.Feedback;
using Microsoft.Data.Sqlite;

namespace MicroChat.Tests.Program.Web;

public sealed class WebChatTests
{
    [Fact]
    public async Task A_message_streams_a_reply_and_is_stored_with_everything_that_made_it()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();

        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(visitor, new { message = "Hello there", system = "Be brief.", temperature = 0.25 });

        Assert.Equal("run", lines[0].GetProperty("event").GetString());
        Guid id = WebHarness.Events(lines, "start").Single().GetProperty("replies")[0].GetProperty("id").GetGuid();
        string text = string.Concat(WebHarness.Events(lines, "text").Select(l => l.GetProperty("text").GetString()));
        Assert.Equal("end", lines[^1].GetProperty("finish").GetString());
        ExchangeRecord stored = (await web.Store.FindExchangeAsync(id, default))!;
        Assert.Equal(text, stored.Reply!.Text);
        Assert.EndsWith("about: Hello there", text, StringComparison.Ordinal);
        Assert.Equal((ReplyStatus.Complete, "Hello there", "Be brief.", "scripted@3"),
            (stored.Reply.Status, stored.Prompt, stored.SystemPrompt, stored.ModelVersion));
        Assert.Equal([1, 2, 3], stored.PromptTokens);
        Assert.Equal(stored.Reply.Tokens.Count, stored.Reply.LogProbabilities.Count);
        Assert.Equal(2, stored.Reply.Tokens[^1]);
        JsonElement sampling = JsonDocument.Parse(stored.SamplingJson).RootElement;
        Assert.Equal(0.25, sampling.GetProperty("temperature").GetDouble());
        Assert.Equal(stored.Seed, sampling.GetProperty("seed").GetInt64());
    }

    [Theory]
    [InlineData(null, "Be plain.")]
    [InlineData("Be brief.", "Be brief.")]
    [InlineData("", null)]
    public async Task A_visitor_without_a_persona_meets_the_operators(string? web, string? expected)
    {
        Dictionary<string, string> places = web is null ? [] : new() { ["web"] = web };
        await using WebHarness harness = await WebHarness.StartAsync(options => options with { Personas = new PersonaOptions { Default = "Be plain.", Places = places } });
        using HttpClient visitor = harness.NewVisitor();
        await WebHarness.ChatAsync(visitor, new { message = "One" });
        Assert.Equal(expected, harness.Model.Requests[^1].Turns.FirstOrDefault(turn => turn.Role == "system")?.Content);
        await WebHarness.ChatAsync(visitor, new { message = "Two", system = "Be rude." });
        Assert.Equal("Be rude.", harness.Model.Requests[^1].Turns[0].Content);
    }

    [Fact]
    public async Task The_next_message_carries_the_history_and_the_persona()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();
        (Guid conversation, Guid first) = await SayAsync(visitor, new { message = "One", system = "Be kind." });

        await SayAsync(visitor, new { conversation, parent = first, message = "Two", system = "Be rude." });

        Assert.Equal(["system", "user", "assistant", "user"], web.Model.Requests[^1].Turns.Select(t => t.Role));
        Assert.Equal("Be kind.", web.Model.Requests[^1].Turns[0].Content);
        JsonElement saved = await WebHarness.GetAsync(visitor, $"/api/conversations/{conversation}");
        Assert.Equal(["One", "Two"], saved.GetProperty("turns").EnumerateArray().Select(t => t.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task What_no_longer_fits_is_left_out_with_one_notice()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();
        string longText = string.Join(' ', Enumerable.Repeat("ho", 100));
        (Guid conversation, Guid parent) = await SayAsync(visitor, new { message = longText });

        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(visitor, new { conversation, parent, message = longText + " more" });
        IReadOnlyList<JsonElement> tooLong = [.. WebHarness.Events(lines, "notice")];

        Assert.Equal(1, tooLong.Single().GetProperty("dropped").GetInt32());
        Assert.Single(web.Model.Requests[^1].Turns);
    }

    [Fact]
    public async Task A_retry_is_compared_with_the_first_reply_and_the_better_one_goes_on()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();
        (Guid conversation, Guid first) = await SayAsync(visitor, new { message = "One" });

        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(visitor, new { conversation, retry = first });
        JsonElement comparison = WebHarness.Events(lines, "start").Single().GetProperty("comparison");
        Guid[] shown = [.. comparison.GetProperty("shown").EnumerateArray().Select(id => id.GetGuid())];
        Guid id = comparison.GetProperty("id").GetGuid();
        string choice = shown[0] == first ? "left" : "right";
        HttpResponseMessage answered = await visitor.PostAsJsonAsync("/api/compare", new { comparison = id, choice });

        Assert.Equal(HttpStatusCode.NoContent, answered.StatusCode);
        Assert.Contains(first, shown);
        ComparisonAnswer stored = (await web.Store.FindComparisonAsync(id, default))!.Answers.Single();
        Assert.Equal((ComparisonOutcome.Winner, first), (stored.Outcome, stored.Tiers[0][0]));
        JsonElement turn = (await WebHarness.GetAsync(visitor, $"/api/conversations/{conversation}")).GetProperty("turns")[0];
        Assert.Equal(first, turn.GetProperty("chosen").GetGuid());
        Assert.Equal(("retry", choice), (turn.GetProperty("comparison").GetProperty("kind").GetString(), turn.GetProperty("comparison").GetProperty("choice").GetString()));
    }

    [Theory]
    [InlineData("tie", ComparisonOutcome.Tie)]
    [InlineData("both-bad", ComparisonOutcome.AllBad)]
    public async Task Two_replies_may_tie_or_both_be_bad(string choice, ComparisonOutcome outcome)
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();

        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(visitor, new { message = "One", two = true });
        JsonElement start = WebHarness.Events(lines, "start").Single();
        Guid id = start.GetProperty("comparison").GetProperty("id").GetGuid();
        await visitor.PostAsJsonAsync("/api/compare", new { comparison = id, choice });

        Assert.Equal(2, start.GetProperty("replies").GetArrayLength());
        Assert.Equal("ab", start.GetProperty("comparison").GetProperty("kind").GetString());
        Assert.Equal(outcome, (await web.Store.FindComparisonAsync(id, default))!.Answers.Single().Outcome);
        Assert.Equal(2, web.Model.Requests.Select(r => r.Sampling.Seed).Distinct().Count());
    }

    [Fact]
    public async Task A_rate_of_one_makes_every_message_a_comparison()
    {
        await using WebHarness web = await WebHarness.StartAsync(o => o with { Page = o.Page with { ComparisonRate = 1 } });

        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(web.NewVisitor(), new { message = "One" });

        Assert.Equal(2, WebHarness.Events(lines, "end").Count());
    }

    [Fact]
    public async Task A_stopped_reply_is_kept_as_far_as_it_got()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        web.Model.Pause = TimeSpan.FromMilliseconds(5);
        HttpClient visitor = web.NewVisitor();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/chat") { Content = JsonContent.Create(new { message = "slow" }) };
        HttpResponseMessage response = await visitor.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        JsonElement run = JsonDocument.Parse((await reader.ReadLineAsync())!).RootElement;
        while (!(await reader.ReadLineAsync())!.Contains("\"text\"", StringComparison.Ordinal))
        {
            continue;
        }

        HttpResponseMessage stopped = await visitor.PostAsJsonAsync("/api/stop", new { run = run.GetProperty("run").GetGuid() });
        string rest = await reader.ReadToEndAsync();

        Assert.Equal(HttpStatusCode.NoContent, stopped.StatusCode);
        Assert.Contains("\"finish\":\"stopped\"", rest, StringComparison.Ordinal);
        IReadOnlyList<RatedExchange> all = await web.Store.ReadConversationAsync(run.GetProperty("conversation").GetGuid(), default);
        Assert.Equal(ReplyStatus.Stopped, all.Single().Exchange.Reply!.Status);
        Assert.StartsWith("word1", all.Single().Exchange.Reply!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_visitor_who_leaves_ends_the_reply_and_keeps_what_was_said()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        web.Model.Pause = TimeSpan.FromMilliseconds(5);
        HttpClient visitor = web.NewVisitor();
        Guid conversation;
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/api/chat") { Content = JsonContent.Create(new { message = "slow" }) })
        using (HttpResponseMessage response = await visitor.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync()))
        {
            conversation = JsonDocument.Parse((await reader.ReadLineAsync())!).RootElement.GetProperty("conversation").GetGuid();
            while (!(await reader.ReadLineAsync())!.Contains("\"text\"", StringComparison.Ordinal))
            {
                continue;
            }
        }

        ExchangeReply? reply = null;
        for (int tries = 0; tries < 200 && reply is not { Text.Length: > 0 }; tries++)
        {
            await Task.Delay(20);
            reply = (await web.Store.ReadConversationAsync(conversation, default)).Single().Exchange.Reply;
        }

        Assert.Equal(ReplyStatus.Stopped, reply!.Status);
        Assert.StartsWith("word1", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_breaks_keeps_its_words_and_says_so()
    {
        await using WebHarness web = await WebHarness.StartAsync();

        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(web.NewVisitor(), new { message = "Please break now" });

        Assert.Equal("interrupted", WebHarness.Events(lines, "end").Single().GetProperty("finish").GetString());
        Assert.True(WebHarness.Events(lines, "error").Single().GetProperty("retry").GetBoolean());
        Assert.DoesNotContain("The model broke", string.Concat(lines.Select(l => l.GetRawText())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_locked_at_the_end_of_a_reply_ends_it_with_an_error_in_words()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        web.Model.Pause = TimeSpan.FromMilliseconds(50);

        Task<IReadOnlyList<JsonElement>> reply = WebHarness.ChatAsync(web.NewVisitor(), new { message = "one two three four five six seven" });
        while ((await web.Store.FindAsync(new FeedbackQuery(), default)).Items.Count == 0)
        {
            await Task.Delay(10);
        }
        using var other = new SqliteConnection($"Data Source={Path.Combine(web.Folder, "data", "feedback.db")};Pooling=False");
        other.Open();
        using SqliteTransaction held = other.BeginTransaction(deferred: false);

        Assert.True(WebHarness.Events(await reply, "error").Single().GetProperty("retry").GetBoolean());
    }

    [Fact]
    public async Task A_full_queue_is_said_with_the_time_to_come_back()
    {
        await using WebHarness web = await WebHarness.StartAsync();

        HttpResponseMessage response = await web.NewVisitor().PostAsJsonAsync("/api/chat", new { message = "full" });

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter!.Delta);
        Assert.True((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("retry").GetBoolean());
    }

    [Fact]
    public async Task The_place_in_the_queue_is_told()
    {
        await using WebHarness web = await WebHarness.StartAsync();

        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(web.NewVisitor(), new { message = "queue" });

        JsonElement queue = WebHarness.Events(lines, "queue").Single();
        Assert.Equal((3, 12.0), (queue.GetProperty("position").GetInt32(), queue.GetProperty("seconds").GetDouble()));
    }

    [Theory]
    [InlineData("""{"message":""}""", "empty")]
    [InlineData("""{"message":"Hi","temperature":-1}""", "temperature is -1")]
    [InlineData("""{"message":"Hi","temperature":"hot"}""", "not the JSON")]
    [InlineData("""{"message":"Hi","temperature":NaN}""", "not the JSON")]
    [InlineData("""{"message":"Hi","parent":"01890a5d-ac96-774b-bcce-b302099a8057"}""", "name both")]
    [InlineData("[[[[", "not the JSON")]
    [InlineData("null", "is null")]
    [InlineData("{\"message\":\"\\ud800\"}", "not the JSON")]
    public async Task A_request_that_makes_no_sense_is_refused_in_words(string body, string expected)
    {
        await using WebHarness web = await WebHarness.StartAsync();

        HttpResponseMessage response = await web.NewVisitor().PostAsync("/api/chat", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(web.Model.Requests);
    }

    [Fact]
    public async Task Long_messages_and_large_bodies_are_refused()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();

        HttpResponseMessage longMessage = await visitor.PostAsJsonAsync("/api/chat", new { message = new string('x', 8_001) });
        HttpResponseMessage noFit = await visitor.PostAsJsonAsync("/api/chat", new { message = string.Concat(Enumerable.Repeat("a ", 400)) + "b" });
        HttpResponseMessage large = await visitor.PostAsJsonAsync("/api/chat", new { message = new string('x', 2 << 20) });

        Assert.Contains("at most 8000", await longMessage.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("tokens", await noFit.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
    }

    /// <summary>Says something and waits for the whole reply.</summary>
    internal static async Task<(Guid Conversation, Guid Reply)> SayAsync(HttpClient visitor, object body)
    {
        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(visitor, body);
        return (lines[0].GetProperty("conversation").GetGuid(), WebHarness.Events(lines, "start").Single().GetProperty("replies")[0].GetProperty("id").GetGuid());
    }
}
