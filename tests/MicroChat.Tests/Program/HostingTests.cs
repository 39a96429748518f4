using System.Net;
using System.Text.Json;
using MicroChat.Api;
using MicroChat.Chat.Decorators;
using MicroChat.Feedback;
using MicroChat.Hosting;
using MicroChat.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace MicroChat.Tests.Program;

public sealed class HostingTests
{
    private const string Hello = """{"model":"microchat","messages":[{"role":"user","content":"a b c"}]}""";
    private const string Key = "key-0123456789abcdef";

    [Fact]
    public async Task Health_tells_the_model_and_the_store()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        Assert.Contains("\"live\"", await host.Client.GetStringAsync("/health/live"), StringComparison.Ordinal);
        JsonElement ready = JsonDocument.Parse(await host.Client.GetStringAsync("/health/ready")).RootElement;
        Assert.Equal("ready", ready.GetProperty("status").GetString());
        Assert.Equal(["accepting", "model", "store"], ready.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        foreach (string file in Directory.GetFiles(host.DataFolder, "feedback.db*"))
        {
            File.Move(file, file + ".gone");
        }
        using HttpResponseMessage broken = await host.Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, broken.StatusCode);
    }

    [Fact]
    public async Task A_user_who_asks_too_often_is_told_when_to_come_back()
    {
        await using HostHarness host = await HostHarness.StartAsync(limits: new UsageLimits { RequestsPerMinute = 1 });
        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync(Hello)).Status);
        using HttpResponseMessage refused = await host.PostAsync("chat/completions", Hello);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
    }

    [Fact]
    public async Task What_is_older_than_the_operator_keeps_is_deleted_at_the_start()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        IFeedbackStore store = host.App.Services.GetRequiredService<IFeedbackStore>();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        Guid[] ids = [await Add(10), await Add(2)];
        var options = new AppOptions { Feedback = new FeedbackOptions { ExchangeDays = 5 } };
        using var job = new RetentionJob(store, options, TimeProvider.System, NullLogger<RetentionJob>.Instance);
        await job.StartAsync(CancellationToken.None);
        await ApiTests.Until(() => store.FindExchangeAsync(ids[0], CancellationToken.None).GetAwaiter().GetResult() is null);
        Assert.NotNull(await store.FindExchangeAsync(ids[1], CancellationToken.None));
        await job.StopAsync(CancellationToken.None);

        async Task<Guid> Add(int days)
        {
            Guid id = Guid.CreateVersion7(now.AddDays(-days));
            await store.AddExchangeAsync(new ExchangeRecord
            {
                Id = id, Conversation = id, Place = Place.Of(Platforms.Web), Person = store.PseudonymOf(Platforms.Web, "a"), Prompt = "hello", ModelVersion = "m@0", Time = now.AddDays(-days),
            }, CancellationToken.None);
            return id;
        }
    }

    [Fact]
    public async Task Draining_refuses_new_requests_and_lets_running_ones_finish()
    {
        HostHarness host = await HostHarness.StartAsync(o => o with { DrainSeconds = 30 });
        var go = new TaskCompletionSource();
        host.Model.BeforeWord = (i, _) => i == 1 ? go.Task : Task.CompletedTask;
        Task<(HttpStatusCode Status, JsonElement Body)> running = host.ChatAsync(Hello);
        await ApiTests.Until(() => host.Model.Running == 1);
        Task stop = host.App.StopAsync();
        await ApiTests.Until(() => host.App.Lifetime.ApplicationStopping.IsCancellationRequested);
        using (HttpResponseMessage refused = await host.PostAsync("chat/completions", Hello))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.True(refused.Headers.Contains("Retry-After"));
        }
        using (HttpResponseMessage ready = await host.Client.GetAsync("/health/ready"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        }
        Assert.False(stop.IsCompleted);
        go.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await running).Status);
        await stop.WaitAsync(TimeSpan.FromSeconds(20));
        await host.DisposeAsync();
        Assert.True(host.Model.Disposed);
    }

    [Fact]
    public async Task What_does_not_finish_in_time_is_ended_and_marked()
    {
        HostHarness host = await HostHarness.StartAsync(o => o with { DrainSeconds = 0 });
        host.Model.BeforeWord = (i, stop) => i == 1 ? Task.Delay(Timeout.Infinite, stop) : Task.CompletedTask;
        Task<(HttpStatusCode Status, JsonElement Body)> whole = host.ChatAsync(Hello);
        using HttpResponseMessage stream = await host.PostAsync("chat/completions", Hello.Replace("}]}", "}],\"stream\":true}", StringComparison.Ordinal));
        await ApiTests.Until(() => host.Model.Running == 2);
        await host.App.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await whole).Status);
        Assert.Contains("reply_interrupted", (await HostHarness.EventsAsync(stream))[^1], StringComparison.Ordinal);
        await host.DisposeAsync();
    }

    [Theory]
    [InlineData("Host: localhost", 200)]
    [InlineData("Host: 127.0.0.1:1", 200)]
    [InlineData("Host: chat.example.org", 200)]
    [InlineData("Host: evil.example", 403)]
    [InlineData("Host: 10.0.0.1", 403)]
    [InlineData("Host: localhost\r\nOrigin: http://evil.example", 403)]
    [InlineData("Host: localhost\r\nOrigin: null", 403)]
    [InlineData("Host: localhost\r\nOrigin: http://localhost", 200)]
    [InlineData("Host: localhost\r\nOrigin: https://chat.example.org", 200)]
    [InlineData("Host: localhost\r\nSec-Fetch-Site: cross-site", 403)]
    [InlineData("Host: localhost\r\nSec-Fetch-Site: same-origin", 200)]
    public async Task Other_sites_pages_and_foreign_names_are_refused(string headers, int status)
    {
        await using HostHarness host = await HostHarness.StartAsync(o => o with { AllowedHosts = ["chat.example.org"] });
        string answer = await RawHttp.SendAsync(host.Address,
            $"POST /v1/chat/completions HTTP/1.1\r\n{headers}\r\nContent-Type: application/json\r\nContent-Length: {Hello.Length}\r\nConnection: close\r\n\r\n{Hello}");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == 200 ? 1 : 0, host.Model.Requests.Count);
    }

    [Fact]
    public async Task Slow_senders_are_cut_off()
    {
        await using HostHarness host = await HostHarness.StartAsync(o => o with { HeaderTimeoutSeconds = 1 });
        string headers = await RawHttp.SendAsync(host.Address, "POST /v1/chat/completions HTTP/1.1\r\nHost: loc").WaitAsync(TimeSpan.FromSeconds(20));
        Assert.StartsWith("HTTP/1.1 408 ", headers, StringComparison.Ordinal);
        string body = await RawHttp.SendAsync(host.Address,
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{").WaitAsync(TimeSpan.FromSeconds(25));
        Assert.StartsWith("HTTP/1.1 408 ", body, StringComparison.Ordinal);
        Assert.Contains("\"error\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_options_and_of_the_file_open_the_api_and_nothing_else_does()
    {
        await using HostHarness host = await HostHarness.StartAsync(o => o with { ApiKeys = [Key], OperatorKey = "operator-0123456789" });
        string filed = ApiKeyFile.Of(new ServerOptions(), host.DataFolder).Add("laptop", DateTimeOffset.UnixEpoch);
        await Task.Delay(1_100);
        foreach ((string? key, HttpStatusCode wanted) in ((string?, HttpStatusCode)[])
            [(null, HttpStatusCode.Unauthorized), ("wrong", HttpStatusCode.Unauthorized), (Key, HttpStatusCode.OK), (filed, HttpStatusCode.OK), ("operator-0123456789", HttpStatusCode.OK)])
        {
            using HttpRequestMessage request = HostHarness.Request("chat/completions", Hello);
            request.Headers.Authorization = key is null ? null : new("Bearer", key);
            using HttpResponseMessage response = await host.Client.SendAsync(request);
            Assert.Equal(wanted, response.StatusCode);
        }
        Assert.Equal(["options-0/", "laptop/", "operator/"], host.Model.Requests.Select(r => r.User));
        Assert.DoesNotContain(filed, await File.ReadAllTextAsync(Path.Combine(host.DataFolder, "api-keys.json")), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(host.DataFolder, "api-keys.json")));
        }
    }

    [Fact]
    public async Task Metrics_count_replies_and_are_the_operators()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        await host.ChatAsync(Hello);
        string page = await host.Client.GetStringAsync("/metrics");
        Assert.Contains("microchat_replies_total{outcome=\"stop\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains("# TYPE microchat_reply_duration_seconds histogram\n", page, StringComparison.Ordinal);
        Assert.Contains("microchat_reply_duration_seconds_bucket{le=\"+Inf\"} 1\n", page, StringComparison.Ordinal);
        await using HostHarness locked = await HostHarness.StartAsync(o => o with { OperatorKey = Key });
        using HttpResponseMessage refused = await locked.Client.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_with_a_remedy()
    {
        await using HostHarness first = await HostHarness.StartAsync();
        CommandException e = await Assert.ThrowsAsync<CommandException>(() => HostHarness.StartAsync(o => o with { Port = first.Address.Port }));
        Assert.Contains($"port {first.Address.Port}", e.Message, StringComparison.Ordinal);
        Assert.Contains("--port", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_key_file_or_database_keeps_the_host_from_starting()
    {
        await using var harness = new HostHarness();
        string models = Directory.CreateDirectory(Path.Combine(harness.Program.BaseFolder, "models")).FullName;
        await File.WriteAllTextAsync(Path.Combine(models, "config.json"), "{}");
        Directory.CreateDirectory(harness.DataFolder);
        await File.WriteAllTextAsync(Path.Combine(harness.DataFolder, "api-keys.json"), "{");
        CommandException e = Assert.Throws<CommandException>(() => WebHost.Build(harness.Program, new AppOptions()));
        Assert.Contains("api-keys.json cannot be read", e.Message, StringComparison.Ordinal);
    }
}
