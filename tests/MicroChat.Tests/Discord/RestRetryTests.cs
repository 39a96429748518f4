using System.Net;
using MicroChat.Discord.Client.Rest;
using MicroChat.Discord.Port;

namespace MicroChat.Tests.Discord;

/// <summary>When a request is sent again, and what callers hear when it is not.</summary>
public sealed class RestRetryTests
{
    private static readonly Func<HttpResponseMessage> Lost = () => throw new HttpRequestException(HttpRequestError.ResponseEnded);
    private static readonly Func<HttpResponseMessage> NotConnected = () => throw new HttpRequestException(HttpRequestError.ConnectionError);
    private static readonly Func<HttpResponseMessage> BadGateway = () => new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("<html>") };
    private static readonly Func<HttpResponseMessage> Fine = () => ScriptedApi.Message();

    [Fact]
    public async Task A_retry_has_the_nonce_of_the_first_attempt()
    {
        using var harness = new RestHarness(ScriptedApi.Of(Lost, BadGateway, Fine, Fine));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        string[] nonces = [.. harness.Api.Calls.Select(c => c.Json.GetProperty("nonce").GetString()!)];
        Assert.Equal([nonces[0], nonces[0], nonces[0], nonces[3]], nonces);
        Assert.NotEqual(nonces[0], nonces[3]);
        Assert.InRange(nonces[0].Length, 1, OutgoingMessage.LongestNonce);
        Assert.All(harness.Api.Calls, c => Assert.True(c.Json.GetProperty("enforce_nonce").GetBoolean()));
    }

    [Fact]
    public async Task Attempts_are_few_and_farther_and_farther_apart()
    {
        var times = new List<TimeSpan>();
        VirtualTime? time = null;
        using var harness = new RestHarness(new ScriptedApi((_, _) =>
        {
            times.Add(time!.Passed);
            return BadGateway();
        }));
        time = harness.Time;
        DiscordException failure = await harness.FailsAsync(harness.SendAsync(RestHarness.Channel));
        Assert.Equal((HttpStatusCode.BadGateway, true, true), (failure.Status, failure.MayRetry, failure.OutcomeUnknown));
        Assert.Equal(RestClient.MostAttempts, times.Count);
        TimeSpan[] pauses = [.. times.Zip(times.Skip(1), (a, b) => b - a)];
        for (int i = 0; i < pauses.Length; i++)
        {
            Assert.InRange(pauses[i].TotalSeconds, 0.25 * Math.Pow(2, i), 0.51 * Math.Pow(2, i));
        }
    }

    [Fact]
    public async Task A_follow_up_is_sent_again_only_where_it_surely_was_not_sent()
    {
        using var refused = new RestHarness(ScriptedApi.Of(NotConnected, Fine));
        await refused.Time.RunAsync(refused.Actions.FollowUpAsync(RestHarness.Interaction, RestHarness.Hello, CancellationToken.None));
        Assert.Equal(2, refused.Api.Calls.Count);
        using var lost = new RestHarness(ScriptedApi.Of(Lost, Fine));
        DiscordException failure = await lost.FailsAsync(lost.Actions.FollowUpAsync(RestHarness.Interaction, RestHarness.Hello, CancellationToken.None));
        Assert.True(failure is { OutcomeUnknown: true, MayRetry: false });
        Assert.Single(lost.Api.Calls);
    }

    [Fact]
    public async Task An_answer_to_an_interaction_that_was_lost_and_then_is_there_already_was_done()
    {
        Func<HttpResponseMessage> acknowledged = () => ScriptedApi.Json(HttpStatusCode.BadRequest, """{"message":"Interaction has already been acknowledged.","code":40060}""");
        using var lost = new RestHarness(ScriptedApi.Of(Lost, acknowledged));
        await lost.Time.RunAsync(lost.Actions.DeferAsync(RestHarness.Interaction, false, CancellationToken.None));
        using var twice = new RestHarness(ScriptedApi.Of(acknowledged));
        Assert.Equal(40060, (await twice.FailsAsync(twice.Actions.DeferAsync(RestHarness.Interaction, false, CancellationToken.None))).Code);
    }

    [Fact]
    public async Task A_refusal_has_status_code_and_field_but_neither_token_nor_text()
    {
        string body = """{"message":"Invalid Form Body for HERE","code":50035,"errors":{"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"secret text"}]}}}""".Replace("HERE", RestHarness.Token, StringComparison.Ordinal);
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Json(HttpStatusCode.BadRequest, body)));
        DiscordException failure = await harness.FailsAsync(harness.SendAsync(RestHarness.Channel));
        Assert.Equal((HttpStatusCode.BadRequest, DiscordErrorCode.InvalidForm, false, false), (failure.Status, failure.Code, failure.MayRetry, failure.OutcomeUnknown));
        Assert.Contains("content: BASE_TYPE_MAX_LENGTH", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(RestHarness.Token, failure + harness.Log.All, StringComparison.Ordinal);
        Assert.DoesNotContain("secret text", failure + harness.Log.All, StringComparison.Ordinal);
        Assert.DoesNotContain("everyone", failure + harness.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_refused_token_nothing_more_is_sent_with_it()
    {
        using var harness = new RestHarness(new ScriptedApi((call, _) => call.Authorization is null ? ScriptedApi.NoContent() : ScriptedApi.Json(HttpStatusCode.Unauthorized, """{"message":"401: Unauthorized","code":0}""")));
        Assert.Contains("Reset Token", (await harness.FailsAsync(harness.SendAsync(RestHarness.Channel))).Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await harness.FailsAsync(harness.SendAsync(RestHarness.OtherChannel))).Status);
        await harness.Time.RunAsync(harness.Actions.DeferAsync(RestHarness.Interaction, false, CancellationToken.None));
        Assert.Equal(2, harness.Api.Calls.Count);
    }

    [Fact]
    public async Task A_request_without_an_answer_is_given_up_and_tried_again()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => null, Fine));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        Assert.InRange(harness.Time.Passed.TotalSeconds, 15, 17);
    }

    [Fact]
    public async Task The_caller_can_cancel_while_a_request_waits_its_turn()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Message(ScriptedApi.Bucket("b", 1, 0, 100))));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        using var cancel = new CancellationTokenSource();
        Task waiting = harness.Actions.SendAsync(RestHarness.Channel, RestHarness.Hello, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        Assert.Equal(2, harness.Api.Calls.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"id\":")]
    [InlineData("{\"id\":{},\"channel_id\":[],\"author\":\"x\"}")]
    [InlineData("{\"id\":\"1\",\"channel_id\":\"2\",\"author\":null}")]
    [InlineData("<html>not json</html>")]
    public async Task A_success_that_is_no_message_says_that_it_was_done(string body)
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Json(HttpStatusCode.OK, body)));
        Assert.True((await harness.FailsAsync(harness.SendAsync(RestHarness.Channel))).OutcomeUnknown);
        Assert.Single(harness.Api.Calls);
    }

    [Fact]
    public async Task Bodies_of_any_kind_end_in_a_message_or_a_clear_error()
    {
        var random = new Random(20261121);
        string whole = Wire.Message(""","referenced_message":null,"message_reference":{"message_id":"7"},"reactions":[{"count":1,"emoji":{"name":"👍"}}]""");
        for (int round = 0; round < 300; round++)
        {
            string body = JsonFuzz.Damage(whole, random);
            HttpStatusCode status = round % 3 == 0 ? HttpStatusCode.Forbidden : HttpStatusCode.OK;
            using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Json(status, body)));
            try
            {
                await harness.SendAsync(RestHarness.Channel);
            }
            catch (DiscordException)
            {
            }
        }
    }

    [Fact]
    public async Task A_body_without_end_is_cut_off()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new EndlessStream()) }));
        Assert.Contains("not JSON", (await harness.FailsAsync(harness.SendAsync(RestHarness.Channel))).Message, StringComparison.Ordinal);
    }

    private sealed class EndlessStream : MemoryStream
    {
        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)' ');
            return buffer.Length;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));
    }
}
