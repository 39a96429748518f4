using System.Net;
using System.Text;
using System.Text.Json;
using MicroChat.Chat;

namespace MicroChat.Tests.Program;

public sealed class ApiTests
{
    private const string Hello = """{"model":"fake-1","messages":[{"role":"user","content":"a b c"}]""";

    [Fact]
    public async Task Chat_replies_with_text_usage_and_ids()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        using HttpResponseMessage response = await host.PostAsync("chat/completions", Hello + ""","seed":3,"user":"ann"}""");
        JsonElement body = await HostHarness.ReadAsync(response);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("req_", response.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
        Assert.Equal("chat.completion", body.GetProperty("object").GetString());
        JsonElement choice = body.GetProperty("choices")[0];
        Assert.Equal("echo3: a b c", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(7, body.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Equal(1, body.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        Assert.Equal("local/ann", Assert.Single(host.Model.Requests).User);
    }

    [Fact]
    public async Task A_stream_ends_with_usage_and_done()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        using HttpResponseMessage response = await host.PostAsync("chat/completions", Hello + ""","stream":true,"n":2,"seed":1,"max_tokens":2,"stream_options":{"include_usage":true}}""");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        List<string> events = await HostHarness.EventsAsync(response);
        Assert.Equal("[DONE]", events[^1]);
        JsonElement[] chunks = [.. events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement)];
        Assert.Equal(["echo1: a", "echo2: a"], [TextOf(chunks, 0), TextOf(chunks, 1)]);
        Assert.Equal(2, chunks.Count(c => c.GetProperty("choices").EnumerateArray().Any(x => x.GetProperty("finish_reason").GetString() == "length")));
        Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
        Assert.Equal((3, 4), (chunks[^1].GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
    }

    [Fact]
    public async Task Settings_reach_the_model()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        var (status, _) = await host.ChatAsync(Hello + """
            ,"temperature":0.25,"top_p":0.5,"presence_penalty":1.5,"frequency_penalty":-1,"logit_bias":{"7":-100,"9":2.5},
            "stop":["x","y"],"max_completion_tokens":4,"max_tokens":9,"logprobs":true,"top_logprobs":2,"store":true,"tools":[],"response_format":{"type":"text"}}
            """);
        Assert.Equal(HttpStatusCode.OK, status);
        ReplyRequest request = Assert.Single(host.Model.Requests);
        Assert.Equal((0.25, 0.5, 1.5, -1.0, 4), (request.Sampling.Temperature, request.Sampling.TopP, request.Sampling.PresencePenalty, request.Sampling.FrequencyPenalty, request.Sampling.MaxReplyTokens));
        Assert.Equal(["x", "y"], request.Sampling.Stop);
        Assert.Equal(-100, request.Sampling.LogitBias[7]);
        Assert.Equal(2, request.TopLogProbabilities);
    }

    [Fact]
    public async Task Probabilities_have_bytes_only_for_whole_characters()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        var (_, body) = await host.ChatAsync(Hello + ""","logprobs":true,"top_logprobs":2}""");
        JsonElement first = body.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content")[1];
        Assert.Equal(" a", first.GetProperty("token").GetString());
        Assert.Equal([32, 97], first.GetProperty("bytes").EnumerateArray().Select(b => b.GetInt32()));
        Assert.Equal(-0.5, first.GetProperty("logprob").GetDouble());
        Assert.Equal(JsonValueKind.Null, first.GetProperty("top_logprobs")[1].GetProperty("bytes").ValueKind);
    }

    [Fact]
    public async Task A_text_is_continued_echoed_and_counted()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        using HttpResponseMessage response = await host.PostAsync("completions", """{"model":"microchat","prompt":["a b","c"],"echo":true,"seed":1,"n":2}""");
        JsonElement body = await HostHarness.ReadAsync(response);
        Assert.Equal(["a becho1: a b", "a becho2: a b", "cecho1: c", "cecho2: c"], body.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
        Assert.Equal(3, body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.All(host.Model.Requests, r => Assert.Equal(16, r.Sampling.MaxReplyTokens));
        using HttpResponseMessage likely = await host.PostAsync("completions", """{"model":"microchat","prompt":"a b","logprobs":1,"seed":1}""");
        JsonElement logprobs = (await HostHarness.ReadAsync(likely)).GetProperty("choices")[0].GetProperty("logprobs");
        Assert.Equal([0, 6, 8], logprobs.GetProperty("text_offset").EnumerateArray().Select(o => o.GetInt32()));
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", "model")]
    [InlineData("""{"model":"fake-1"}""", "messages")]
    [InlineData("""{"model":"fake-1","messages":"x"}""", "messages")]
    [InlineData("""{"model":"fake-1","messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"model":"fake-1","messages":[{"role":"tool","content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"model":"fake-1","messages":[{"role":"assistant","content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"model":"fake-1","messages":[{"role":"user","content":"x","tool_calls":[1]}]}""", "messages[0].tool_calls")]
    [InlineData("""{"model":"fake-1","messages":[{"role":"user","content":"\ud800"}]}""", "messages[0].content")]
    [InlineData("""$,"temperature":-1}""", "temperature")]
    [InlineData("""$,"temperature":"1"}""", "temperature")]
    [InlineData("""$,"temperature":1e999}""", "temperature")]
    [InlineData("""$,"max_tokens":0}""", "max_tokens")]
    [InlineData("""$,"max_tokens":1.5}""", "max_tokens")]
    [InlineData("""$,"n":99}""", "n")]
    [InlineData("""$,"stop":[1]}""", "stop[0]")]
    [InlineData("""$,"stop":""}""", "stop")]
    [InlineData("""$,"logit_bias":{"x":1}}""", "logit_bias")]
    [InlineData("""$,"top_logprobs":2}""", "top_logprobs")]
    [InlineData("""$,"tools":[{"type":"function"}]}""", "tools")]
    [InlineData("""$,"response_format":{"type":"json_object"}}""", "response_format")]
    [InlineData("""$,"stream_options":{"include_usge":true}}""", "stream_options.include_usge")]
    [InlineData("""$,"temprature":1}""", "temprature")]
    [InlineData("""$,"temperature":NaN}""", null)]
    [InlineData("""$,"seed":1,"seed":2}""", null)]
    [InlineData("""[]""", null)]
    [InlineData("""{"model":""", null)]
    public async Task A_wrong_body_is_refused_by_the_field_that_is_wrong(string json, string? param)
    {
        await using HostHarness host = await HostHarness.StartAsync();
        var (status, body) = await host.ChatAsync(json.Replace("$", Hello, StringComparison.Ordinal));
        JsonElement error = body.GetProperty("error");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Empty(host.Model.Requests);
    }

    [Theory]
    [InlineData("GET", "/v1/models/gpt-9", 404, "model_not_found")]
    [InlineData("GET", "/v1/chat/completions", 404, "unknown_url")]
    [InlineData("GET", "/v1/nothing", 404, "unknown_url")]
    [InlineData("GET", "/v1/models/..%2f..%2fetc%2fpasswd", 404, "model_not_found")]
    [InlineData("GET", "/v1/../../etc/passwd", 404, null)]
    public async Task Paths_that_are_not_there_are_errors_of_the_api(string method, string path, int status, string? code)
    {
        await using HostHarness host = await HostHarness.StartAsync();
        string answer = await RawHttp.SendAsync(host.Address, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
        Assert.Contains(code ?? "404", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_other_media_types_are_refused()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        using var broken = new ByteArrayContent([.. Encoding.UTF8.GetBytes(Hello + ",\"user\":\""), 0xff, 0xfe, .. "\"}"u8]);
        broken.Headers.ContentType = new("application/json");
        using HttpResponseMessage response = await host.Client.PostAsync("/v1/chat/completions", broken);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_encoding"), (response.StatusCode, Code(await HostHarness.ReadAsync(response))));
        using var form = new StringContent("x", Encoding.UTF8, "text/plain");
        using HttpResponseMessage other = await host.Client.PostAsync("/v1/chat/completions", form);
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported_media_type"), (other.StatusCode, Code(await HostHarness.ReadAsync(other))));
    }

    [Fact]
    public async Task Ten_megabytes_are_refused_and_ten_thousand_messages_overflow_the_context()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        string head = $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {10 << 20}\r\nConnection: close\r\n\r\n{{";
        string answer = await RawHttp.SendAsync(host.Address, head);
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("request_too_large", answer, StringComparison.Ordinal);
        string many = string.Join(',', Enumerable.Repeat("""{"role":"user","content":"hi"}""", 10_000));
        var (status, body) = await host.ChatAsync($$"""{"model":"fake-1","messages":[{{many}}]}""");
        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded"), (status, Code(body)));
    }

    [Fact]
    public async Task Failures_of_the_model_have_their_status_and_reveal_nothing()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        host.Model.Failure = new QueueFullException("64 requests wait already.", TimeSpan.FromSeconds(2.5));
        using (HttpResponseMessage full = await host.PostAsync("chat/completions", Hello + ""","stream":true}"""))
        {
            Assert.Equal((HttpStatusCode.TooManyRequests, "3"), (full.StatusCode, full.Headers.GetValues("Retry-After").Single()));
            Assert.Equal("rate_limit_exceeded", Code(await HostHarness.ReadAsync(full)));
        }
        host.Model.Failure = new InvalidOperationException("secret path /etc");
        var (status, body) = await host.ChatAsync(Hello + "}");
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.DoesNotContain("secret", body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_in_the_middle_of_a_stream_is_its_last_event()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        host.Model.BeforeWord = (i, _) => i == 2 ? throw new InvalidOperationException("broken") : Task.CompletedTask;
        using HttpResponseMessage response = await host.PostAsync("chat/completions", Hello + ""","stream":true}""");
        List<string> events = await HostHarness.EventsAsync(response);
        Assert.Equal("internal_error", Code(JsonDocument.Parse(events[^1]).RootElement));
        Assert.Equal(0, host.Model.Running);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_its_reply()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        var cancelled = new TaskCompletionSource();
        host.Model.BeforeWord = async (i, stop) =>
        {
            if (i > 0)
            {
                using CancellationTokenRegistration note = stop.Register(() => cancelled.TrySetResult());
                await Task.Delay(Timeout.Infinite, stop);
            }
        };
        foreach (string stream in (string[])["true", "false"])
        {
            cancelled = new TaskCompletionSource();
            using var leave = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                using HttpResponseMessage response = await host.PostAsync("chat/completions", Hello + $$""","n":3,"stream":{{stream}}}""", leave.Token);
                await response.Content.ReadAsStringAsync(leave.Token);
            });
            await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
            await Until(() => host.Model.Running == 0);
        }
    }

    internal static async Task Until(Func<bool> holds)
    {
        for (int i = 0; i < 1_000 && !holds(); i++)
        {
            await Task.Delay(20);
        }
        Assert.True(holds());
    }

    private static string? Code(JsonElement body) => body.GetProperty("error").GetProperty("code").GetString();

    private static string TextOf(IEnumerable<JsonElement> chunks, int index) => string.Concat(
        from chunk in chunks
        from choice in chunk.GetProperty("choices").EnumerateArray()
        where choice.GetProperty("index").GetInt32() == index && choice.GetProperty("delta").TryGetProperty("content", out _)
        select choice.GetProperty("delta").GetProperty("content").GetString());
}
