using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MicroChat.Cycles;
using MicroChat.Feedback;
using MicroChat.Options;

namespace MicroChat.Tests.Program.Web;

public sealed class WebOperatorTests
{
    private const string Key = "a-key-of-an-operator";

    private static readonly string[] Guarded =
    [
        "/api/operator/feedback", "/api/operator/statistics", "/api/operator/trust", "/api/operator/comparisons", "/api/operator/runs", "/api/operator/models",
        "/api/operator/cycles", "/api/operator/loop",
    ];

    [Fact]
    public async Task With_a_key_set_nothing_of_the_operator_is_open_without_it()
    {
        await using WebHarness web = await StartWithKeyAsync();
        HttpClient visitor = web.NewVisitor();
        (_, Guid reply) = await WebChatTests.SayAsync(visitor, new { message = "Hi" });

        foreach (string path in (string[])[.. Guarded, $"/api/operator/feedback/{reply}"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await visitor.GetAsync(path)).StatusCode);
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await visitor.DeleteAsync($"/api/operator/feedback/{reply}")).StatusCode);
        foreach (string path in (string[])["export", "arena", "comparisons", "rank", "models/promote", "models/roll-back", "loop/hold", "loop/try", "loop/promote", "loop/roll-back"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await visitor.PostAsJsonAsync($"/api/operator/{path}", new { })).StatusCode);
        }
        Assert.NotNull(await web.Store.FindExchangeAsync(reply, default));
    }

    [Fact]
    public async Task The_key_earns_a_cookie_that_opens_the_pages_until_the_logout()
    {
        await using WebHarness web = await StartWithKeyAsync();
        HttpClient visitor = web.NewVisitor();

        HttpResponseMessage wrong = await visitor.PostAsJsonAsync("/api/operator/login", new { key = "another-key-of-16" });
        HttpResponseMessage right = await visitor.PostAsJsonAsync("/api/operator/login", new { key = Key });
        HttpStatusCode inside = (await visitor.GetAsync(Guarded[0])).StatusCode;
        await visitor.PostAsync("/api/operator/logout", null);

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, right.StatusCode);
        string cookie = right.Headers.GetValues("Set-Cookie").Single();
        Assert.DoesNotContain(Key, cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, inside);
        Assert.Equal(HttpStatusCode.Unauthorized, (await visitor.GetAsync(Guarded[0])).StatusCode);
    }

    [Fact]
    public async Task Feedback_is_filtered_paged_read_and_deleted()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient visitor = web.NewVisitor(), keeper = web.NewVisitor();
        (_, Guid bad) = await WebChatTests.SayAsync(visitor, new { message = "Bad one" });
        await WebChatTests.SayAsync(visitor, new { message = "Unrated one" });
        await visitor.PostAsJsonAsync("/api/rate", new { reply = bad, value = -1, reason = "wrong", comment = "Not so." });

        JsonElement found = await WebHarness.GetAsync(keeper, "/api/operator/feedback?rating=down&reason=wrong&comment=yes&text=bad");
        JsonElement unrated = await WebHarness.GetAsync(keeper, "/api/operator/feedback?rating=none");
        JsonElement detail = await WebHarness.GetAsync(keeper, $"/api/operator/feedback/{bad}");
        HttpResponseMessage nonsense = await keeper.GetAsync("/api/operator/feedback?rating=often");
        HttpResponseMessage deleted = await keeper.DeleteAsync($"/api/operator/feedback/{bad}");

        JsonElement item = found.GetProperty("items").EnumerateArray().Single();
        Assert.Equal((bad, "Not so."), (item.GetProperty("id").GetGuid(), item.GetProperty("ratings")[0].GetProperty("comment").GetString()));
        Assert.Equal("Unrated one", unrated.GetProperty("items").EnumerateArray().Single().GetProperty("prompt").GetString());
        Assert.Equal((3, "no"), (detail.GetProperty("promptTokens").GetInt32(), detail.GetProperty("consent").GetString()));
        Assert.Equal(HttpStatusCode.BadRequest, nonsense.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Null(await web.Store.FindExchangeAsync(bad, default));
    }

    [Fact]
    public async Task Replies_to_the_operators_own_prompt_are_ranked_with_ties()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient keeper = web.NewVisitor();

        IReadOnlyList<JsonElement> lines = await WebHarness.ChatAsync(keeper, new { prompt = "Describe the moon", count = 3 }, "/api/operator/arena");
        JsonElement comparison = WebHarness.Events(lines, "start").Single().GetProperty("comparison");
        Guid id = comparison.GetProperty("id").GetGuid();
        Guid[] shown = [.. comparison.GetProperty("shown").EnumerateArray().Select(e => e.GetGuid())];
        int waiting = (await WebHarness.GetAsync(keeper, "/api/operator/comparisons")).GetProperty("items").GetArrayLength();
        HttpResponseMessage ranked = await keeper.PostAsJsonAsync("/api/operator/rank", new { comparison = id, tiers = new Guid[][] { [shown[2]], [shown[0], shown[1]] } });

        Assert.Equal(HttpStatusCode.NoContent, ranked.StatusCode);
        Assert.Equal(1, waiting);
        Assert.Empty((await WebHarness.GetAsync(keeper, "/api/operator/comparisons")).GetProperty("items").EnumerateArray());
        ComparisonAnswer answer = (await web.Store.FindComparisonAsync(id, default))!.Answers.Single();
        Assert.Equal((ComparisonOutcome.Ranked, shown[2], 2), (answer.Outcome, answer.Tiers[0].Single(), answer.Tiers[1].Count));
        Assert.Equal(PromptOrigin.OperatorBank, (await web.Store.FindExchangeAsync(shown[0], default))!.Origin);
    }

    [Fact]
    public async Task A_snapshot_holds_only_what_was_agreed_to()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient willing = web.NewVisitor(), silent = web.NewVisitor();
        await willing.PutAsJsonAsync("/api/consent", new { training = true });
        foreach (HttpClient visitor in (HttpClient[])[willing, silent])
        {
            (_, Guid reply) = await WebChatTests.SayAsync(visitor, new { message = visitor == willing ? "Take this" : "Leave this" });
            await visitor.PostAsJsonAsync("/api/rate", new { reply, value = 1 });
        }

        JsonElement report = await (await web.NewVisitor().PostAsync("/api/operator/export", null)).Content.ReadFromJsonAsync<JsonElement>();

        string folder = report.GetProperty("folder").GetString()!;
        string all = string.Concat(Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.Contains("Take this", all, StringComparison.Ordinal);
        Assert.DoesNotContain("Leave this", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_grows_is_read_again_with_spikes_and_broken_values()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient keeper = web.NewVisitor();
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(web.Runs, "first")).FullName, "metrics.jsonl");
        File.WriteAllLines(file, Enumerable.Range(1, 1_000).Select(Line));
        JsonElement before = await WebHarness.GetAsync(keeper, "/api/operator/runs/first");

        File.AppendAllText(file, """{"step":1001,"tokens":1,"time":"2026-11-21T12:00:00+00:00","loss":0.25}""" + "\n" + """{"step":10""");
        JsonElement after = await WebHarness.GetAsync(keeper, "/api/operator/runs/first");
        JsonElement list = await WebHarness.GetAsync(keeper, "/api/operator/runs");

        JsonElement loss = before.GetProperty("curves").GetProperty("loss");
        Assert.InRange(loss.GetProperty("step").GetArrayLength(), 200, 300);
        Assert.Equal(99, loss.GetProperty("high").EnumerateArray().Max(v => v.GetDouble()));
        Assert.Equal(1, loss.GetProperty("notFinite").GetInt32());
        Assert.Equal((1_000, 1_001), (before.GetProperty("run").GetProperty("step").GetInt32(), after.GetProperty("run").GetProperty("step").GetInt32()));
        Assert.Equal("first", list.GetProperty("runs").EnumerateArray().Single().GetProperty("name").GetString());

        static string Line(int step) =>
            $$"""{"step":{{step}},"tokens":{{step}},"time":"2026-11-21T12:00:00+00:00","loss":{{(step == 500 ? "99" : step == 600 ? "\"NaN\"" : "1")}}}""";
    }

    [Fact]
    public async Task A_damaged_run_says_which_line_is_wrong()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(web.Runs, "first")).FullName, "metrics.jsonl");
        File.WriteAllLines(file, ["this is no json", "nor this"]);

        HttpResponseMessage response = await web.NewVisitor().GetAsync("/api/operator/runs/first");

        Assert.Contains("line 1", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_only_model_is_listed_with_its_card_and_cannot_be_replaced()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient keeper = web.NewVisitor();

        JsonElement list = await WebHarness.GetAsync(keeper, "/api/operator/models");
        HttpResponseMessage promoted = await keeper.PostAsJsonAsync("/api/operator/models/promote", new { model = "other@1" });

        JsonElement model = list.GetProperty("models").EnumerateArray().Single();
        Assert.Equal(("scripted@3", true, "A model for **tests**"),
            (model.GetProperty("generation").GetString(), model.GetProperty("live").GetBoolean(), model.GetProperty("card").GetString()));
        Assert.Equal(HttpStatusCode.Conflict, promoted.StatusCode);
    }

    private static Task<WebHarness> StartWithKeyAsync() =>
        WebHarness.StartAsync(o => o with { Server = new ServerOptions { Port = 0, OperatorKey = Key } });

    [Fact]
    public async Task The_loop_is_seen_and_held_and_what_is_held_does_not_begin()
    {
        await using WebHarness web = await WebHarness.StartAsync();
        HttpClient keeper = web.NewVisitor();
        (_, Guid reply) = await WebChatTests.SayAsync(keeper, new { message = "Hi" });
        await keeper.PostAsJsonAsync("/api/rate", new { reply, value = 1 });
        string folder = Path.Combine(web.Runs, "cycles", "20260102-030405");
        CycleFile.Write(folder, new CycleState
        {
            Schema = 1, Id = "20260102-030405", Created = DateTimeOffset.UnixEpoch, Written = DateTimeOffset.UnixEpoch, Command = "microchat train cycle", BaseGeneration = 0, Seed = 1,
            Settings = new Dictionary<string, string>(), Stages = [new CycleStage("policy", CycleStageState.Running)],
            Gates = [new GateResult { Name = GateNames.WinRate, Value = 0.6, Threshold = 0.5, Passed = true, Words = "It wins." }], Verdict = new CycleVerdict(CycleVerdictState.NoCandidate, "So it was.", null),
        });

        JsonElement seen = await WebHarness.GetAsync(keeper, "/api/operator/cycles");
        JsonElement curves = await WebHarness.GetAsync(keeper, "/api/operator/cycles/20260102-030405/curves/policy");
        HttpStatusCode nowhere = (await keeper.GetAsync("/api/operator/cycles/20260102-030405/curves/..%2F..")).StatusCode, notWritten = (await keeper.GetAsync("/api/operator/cycles/20260102-030405/report")).StatusCode;
        HttpResponseMessage held = await keeper.PostAsJsonAsync("/api/operator/cycles/hold", new { held = true });
        HttpStatusCode start = (await keeper.PostAsJsonAsync("/api/operator/cycles/start", new { })).StatusCode, stop = (await keeper.PostAsJsonAsync("/api/operator/cycles/stop", new { })).StatusCode;

        JsonElement cycle = seen.GetProperty("cycles")[0];
        Assert.Equal("no-candidate", cycle.GetProperty("verdict").GetProperty("state").GetString());
        Assert.Equal(0.6, cycle.GetProperty("gates")[0].GetProperty("value").GetDouble());
        Assert.Equal(1, seen.GetProperty("new_votes").GetInt64());
        Assert.Contains("on demand only", seen.GetProperty("words").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Object, curves.ValueKind);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (nowhere, notWritten));
        Assert.True((await WebHarness.GetAsync(keeper, "/api/operator/cycles")).GetProperty("hold").GetBoolean());
        Assert.True(File.Exists(Path.Combine(web.Runs, "cycles", CycleHold.FileName)));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.Conflict), (held.StatusCode, start, stop));
    }

    [Fact]
    public void A_cycle_of_the_host_learns_with_the_hosts_own_options()
    {
        using var program = new Harness();
        var options = new AppOptions { Training = new TrainingOptions { Cycle = new CycleOptions { PpoSteps = 7, Threads = 9, Schedule = new CycleScheduleOptions { Threads = 3 } } } };
        string line = string.Join(' ', CycleService.Arguments(options, program.Context));
        Assert.StartsWith("train cycle --database ", line, StringComparison.Ordinal);
        Assert.Contains("--threads 3 --set Training:Cycle:PpoSteps=7", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Training:Cycle:Threads", line, StringComparison.Ordinal);
    }
}
