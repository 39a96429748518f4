using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MicroChat.Feedback;

namespace MicroChat.Tests.Program.Web;

public sealed class WebPrivacyTests
{
    [Fact]
    public async Task The_visitor_cookie_is_hidden_from_scripts_and_from_other_sites()
    {
        await using WebHarness web = await WebHarness.StartAsync();

        HttpResponseMessage response = await web.NewVisitor().GetAsync("/api/session");

        string cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Nothing_of_one_visitor_can_be_read_or_touched_by_another()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient owner = web.NewVisitor(), stranger = web.NewVisitor();
        (Guid conversation, Guid reply) = await WebChatTests.SayAsync(owner, new { message = "A secret" });
        Guid comparison = WebHarness.Events(await WebHarness.ChatAsync(owner, new { conversation, retry = reply }), "start").Single()
            .GetProperty("comparison").GetProperty("id").GetGuid();
        await stranger.GetAsync("/api/session");

        HttpResponseMessage[] tries =
        [
            await stranger.GetAsync($"/api/conversations/{conversation}"),
            await stranger.DeleteAsync($"/api/conversations/{conversation}"),
            await stranger.PostAsJsonAsync("/api/rate", new { reply, value = 1 }),
            await stranger.PostAsJsonAsync("/api/compare", new { comparison, choice = "left" }),
            await stranger.PostAsJsonAsync("/api/chat", new { conversation, parent = reply, message = "What did I say?" }),
            await stranger.PostAsJsonAsync("/api/chat", new { conversation, retry = reply }),
        ];

        Assert.All(tries, response => Assert.Equal(HttpStatusCode.NotFound, response.StatusCode));
        Assert.Empty((await WebHarness.GetAsync(stranger, "/api/conversations")).GetProperty("conversations").EnumerateArray());
        Assert.Single((await WebHarness.GetAsync(owner, "/api/conversations")).GetProperty("conversations").EnumerateArray());
    }

    [Fact]
    public async Task A_rating_is_one_per_reply_changes_and_can_be_taken_back()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();
        (Guid conversation, Guid reply) = await WebChatTests.SayAsync(visitor, new { message = "Hi" });

        await visitor.PostAsJsonAsync("/api/rate", new { reply, value = 1 });
        await visitor.PostAsJsonAsync("/api/rate", new { reply, value = -1, reason = "too-long", comment = " Too much. " });
        Rating rating = (await web.Store.RatingsOfAsync(reply, default)).Single();
        JsonElement shown = (await WebHarness.GetAsync(visitor, $"/api/conversations/{conversation}")).GetProperty("turns")[0].GetProperty("replies")[0].GetProperty("rating");
        await visitor.PostAsJsonAsync("/api/rate", new { reply, value = 0 });

        Assert.Equal((-1, RatingReason.TooLong, "Too much.", true), (rating.Value, rating.Reason, rating.Comment, rating.IsByAsker));
        Assert.Equal("too-long", shown.GetProperty("reason").GetString());
        Assert.Empty(await web.Store.RatingsOfAsync(reply, default));
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(1, "because")]
    public async Task A_rating_that_makes_no_sense_is_refused(int value, string? reason)
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();
        (_, Guid reply) = await WebChatTests.SayAsync(visitor, new { message = "Hi" });

        HttpResponseMessage response = await visitor.PostAsJsonAsync("/api/rate", new { reply, value, reason });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(await web.Store.RatingsOfAsync(reply, default));
    }

    [Fact]
    public async Task Until_the_visitor_agrees_nothing_of_theirs_may_be_trained_on()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();
        (_, Guid reply) = await WebChatTests.SayAsync(visitor, new { message = "Hi" });
        Pseudonym person = (await web.Store.FindExchangeAsync(reply, default))!.Person;
        ConsentState before = (await web.Store.FindConsentAsync(person, "", default))!.State;
        bool asked = (await WebHarness.GetAsync(visitor, "/api/session")).TryGetProperty("training", out _);

        await visitor.PutAsJsonAsync("/api/consent", new { training = true });

        Assert.Equal(ConsentState.OptedOut, before);
        Assert.False(asked);
        Assert.Equal(ConsentState.OptedIn, (await web.Store.FindConsentAsync(person, "", default))!.State);
        Assert.True((await WebHarness.GetAsync(visitor, "/api/session")).GetProperty("training").GetBoolean());
    }

    [Fact]
    public async Task Being_forgotten_takes_everything_and_the_cookie()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();
        (Guid conversation, Guid reply) = await WebChatTests.SayAsync(visitor, new { message = "Hi" });
        await visitor.PostAsJsonAsync("/api/rate", new { reply, value = 1 });

        HttpResponseMessage response = await visitor.PostAsync("/api/forget-me", null);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Contains("expires=Thu, 01 Jan 1970", response.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        Assert.Empty(await web.Store.ReadConversationAsync(conversation, default));
        Assert.Empty(await web.Store.RatingsOfAsync(reply, default));
    }

    [Fact]
    public async Task A_deleted_conversation_is_gone()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();
        (Guid conversation, _) = await WebChatTests.SayAsync(visitor, new { message = "Hi" });

        HttpResponseMessage deleted = await visitor.DeleteAsync($"/api/conversations/{conversation}");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync($"/api/conversations/{conversation}")).StatusCode);
    }

    [Theory]
    [InlineData("Origin", "https://elsewhere.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Host", "elsewhere.example")]
    public async Task Requests_that_another_site_caused_are_refused(string header, string value)
    {
        await using WebHarness web = await WebHarness.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/forget-me");
        request.Headers.TryAddWithoutValidation(header, value);

        HttpResponseMessage response = await web.NewVisitor().SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_form_of_another_site_cannot_pass_for_json()
    {
        await using WebHarness web = await WebHarness.StartAsync();

        HttpResponseMessage response = await web.NewVisitor().PostAsync("/api/chat", new StringContent("""{"message":"Hi"}""", Encoding.UTF8, "text/plain"));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Every_page_forbids_foreign_content_and_is_revalidated_by_its_hash()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor();

        foreach (string path in (string[])["/", "/operator", "/assets/chat.js", "/assets/base.css", "/assets/icon.svg"])
        {
            HttpResponseMessage first = await visitor.GetAsync(path);
            using var again = new HttpRequestMessage(HttpMethod.Get, path);
            again.Headers.IfNoneMatch.Add(first.Headers.ETag!);

            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            string policy = first.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", first.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", first.Headers.GetValues("Referrer-Policy").Single());
            Assert.Equal(HttpStatusCode.NotModified, (await visitor.SendAsync(again)).StatusCode);
        }
    }

    [Theory]
    [InlineData("/assets/..%2f..%2fappsettings.json")]
    [InlineData("/assets/nothing.js")]
    [InlineData("/api/nothing")]
    [InlineData("/api/operator/runs/..%2f..%2fetc")]
    public async Task Addresses_that_lead_nowhere_are_not_found(string path)
    {
        await using WebHarness web = await WebHarness.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await web.NewVisitor().GetAsync(path)).StatusCode);
    }

    [Fact]
    public void No_script_of_the_page_parses_text_as_html()
    {
        string folder = Path.Combine(Repository.Root, "src", "MicroChat", "Web", "Assets");
        foreach (string file in Directory.GetFiles(folder, "*.js"))
        {
            string script = File.ReadAllText(file);
            Assert.All((string[])["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser", "setHTML"],
                banned => Assert.DoesNotContain(banned, script, StringComparison.Ordinal));
        }
    }
}
