using System.Collections.Concurrent;
using System.Net;
using MicroChat.Discord.Client.Rest;
using MicroChat.Discord.Port;

namespace MicroChat.Tests.Discord;

/// <summary>Limits learned from headers, and every kind of 429.</summary>
public sealed class RateLimitTests
{
    [Fact]
    public async Task An_empty_bucket_waits_for_its_window_and_others_do_not()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Message(ScriptedApi.Bucket("b", 5, 0, 2.5)), () => ScriptedApi.Message(ScriptedApi.Bucket("b", 5, 4, 2.5))));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.OtherChannel));
        Assert.Equal(TimeSpan.Zero, harness.Time.Passed);
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        Assert.InRange(harness.Time.Passed.TotalSeconds, 2.5, 2.6);
    }

    [Fact]
    public async Task Routes_that_name_the_same_bucket_share_it()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Message(ScriptedApi.Bucket("shared", 5, 3, 4)), () => ScriptedApi.Message(ScriptedApi.Bucket("shared", 5, 0, 4))));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        await harness.Time.RunAsync(harness.Actions.EditAsync(RestHarness.Channel, new Snowflake(1), new MessageEdit { Content = "x" }, CancellationToken.None));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        Assert.InRange(harness.Time.Passed.TotalSeconds, 4, 4.2);
    }

    [Fact]
    public async Task Requests_together_never_exceed_what_the_server_allows()
    {
        VirtualTime? time = null;
        var server = new WindowServer(limit: 5, window: TimeSpan.FromSeconds(5), () => time!.Passed);
        using var harness = new RestHarness(new ScriptedApi((call, _) => server.Answer(call.Path)));
        time = harness.Time;
        Task[] all = [.. Enumerable.Range(0, 40).Select(i => harness.SendAsync(new Snowflake(500 + (ulong)(i % 2))))];
        await harness.Time.RunAsync(Task.WhenAll(all));
        Assert.Equal(0, server.Refused);
        Assert.InRange(harness.Time.Passed.TotalSeconds, 15, 21);
    }

    [Theory]
    [InlineData(0.4, "1", 0.4)]                // the header is the body, rounded up
    [InlineData(0.4, "3", 3)]                  // the header asks for more
    [InlineData(7, "7", 7)]
    public async Task A_429_waits_as_long_as_it_says(double body, string header, double wanted)
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Limited(body, header, "user"), () => ScriptedApi.Message()));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel));
        Assert.InRange(harness.Time.Passed.TotalSeconds, wanted, wanted + 0.1);
    }

    [Fact]
    public async Task A_429_of_one_user_stops_one_channel_and_a_global_one_all_but_interactions()
    {
        foreach ((string scope, double other) in new[] { ("user", 0.0), ("shared", 0.0), ("global", 3.0) })
        {
            using var harness = new RestHarness(new ScriptedApi((call, n) => n == 0 ? ScriptedApi.Limited(3, "3", scope) : call.Path.Contains("callback", StringComparison.Ordinal) ? ScriptedApi.NoContent() : ScriptedApi.Message()));
            Task first = harness.SendAsync(RestHarness.Channel);
            await harness.Time.RunAsync(harness.Actions.DeferAsync(RestHarness.Interaction, false, CancellationToken.None));
            Assert.Equal(TimeSpan.Zero, harness.Time.Passed);
            await harness.Time.RunAsync(harness.SendAsync(RestHarness.OtherChannel));
            Assert.InRange(harness.Time.Passed.TotalSeconds, other, other + 0.1);
            await harness.Time.RunAsync(first);
            Assert.InRange(harness.Time.Passed.TotalSeconds, 3, 3.1);
        }
    }

    [Fact]
    public async Task A_429_without_JSON_comes_from_the_network_in_front_and_stops_everything()
    {
        using var harness = new RestHarness(new ScriptedApi((_, n) =>
        {
            if (n > 0)
            {
                return ScriptedApi.Message();
            }
            var ban = new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Content = new StringContent("<html>error 1015</html>") };
            ban.Headers.TryAddWithoutValidation("Retry-After", "20");
            return ban;
        }));
        Task first = harness.SendAsync(RestHarness.Channel);
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.OtherChannel));
        Assert.InRange(harness.Time.Passed.TotalSeconds, 20, 20.2);
        await harness.Time.RunAsync(first);
    }

    [Fact]
    public async Task A_limit_that_does_not_end_ends_the_action()
    {
        using var endless = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Limited(1, "1", "user")));
        Assert.True((await endless.FailsAsync(endless.SendAsync(RestHarness.Channel))).MayRetry);
        Assert.Equal(RestClient.MostRefusals + 1, endless.Api.Calls.Count);
        using var hours = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Limited(7200, "7200", "user")));
        Assert.Equal(TimeSpan.FromHours(2), (await hours.FailsAsync(hours.SendAsync(RestHarness.Channel))).RetryAfter);
        Assert.Equal(TimeSpan.Zero, hours.Time.Passed);
    }

    [Fact]
    public async Task The_global_limit_lets_fifty_go_in_a_second()
    {
        var time = new VirtualTime();
        using var limit = new GlobalLimit(50, time);
        var gone = new ConcurrentQueue<double>();
        async Task GoAsync()
        {
            await limit.EnterAsync(CancellationToken.None);
            gone.Enqueue(time.Passed.TotalSeconds);
            limit.Leave();
        }
        await time.RunAsync(Task.WhenAll(Enumerable.Range(0, 120).Select(_ => GoAsync())));
        double[] at = [.. gone.Order()];
        Assert.Equal(0, at[49]);
        Assert.All(Enumerable.Range(0, 70), i => Assert.True(at[i + 50] - at[i] >= 1));
        Assert.InRange(at[119], 2, 2.2);
    }

    [Fact]
    public async Task However_late_requests_arrive_the_server_counts_no_more_than_fifty_in_a_second()
    {
        var time = new VirtualTime();
        using var limit = new GlobalLimit(50, time);
        var random = new Random(5);
        var arrived = new ConcurrentQueue<double>();
        async Task GoAsync(TimeSpan there, TimeSpan back)
        {
            await limit.EnterAsync(CancellationToken.None);
            await Task.Delay(there, time);
            arrived.Enqueue(time.Passed.TotalSeconds);
            await Task.Delay(back, time);
            limit.Leave();
        }
        await time.RunAsync(Task.WhenAll(Enumerable.Range(0, 200).Select(_ => GoAsync(TimeSpan.FromMilliseconds(100 * random.Next(8)), TimeSpan.FromMilliseconds(100 * random.Next(3))))));
        double[] at = [.. arrived.Order()];
        Assert.All(Enumerable.Range(0, 150), i => Assert.True(at[i + 50] - at[i] >= 1, $"{at[i]} {at[i + 50]}"));
    }

    [Fact]
    public async Task Who_stops_waiting_for_the_global_limit_takes_nothing()
    {
        var time = new VirtualTime();
        using var limit = new GlobalLimit(1, time);
        await limit.EnterAsync(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        Task waiting = limit.EnterAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        limit.Leave();
        await time.RunAsync(limit.EnterAsync(CancellationToken.None));
        Assert.InRange(time.Passed.TotalSeconds, 1, 1.1);
    }

    [Fact]
    public void Refused_requests_slow_down_well_before_the_ban_and_then_stop()
    {
        var time = new VirtualTime();
        var budget = new InvalidRequestBudget(time);
        for (int i = 0; i < InvalidRequestBudget.SlowFrom; i++)
        {
            Assert.Equal(TimeSpan.Zero, budget.Reserve());
            budget.Add();
        }
        Assert.Equal(TimeSpan.Zero, budget.Reserve());
        Assert.InRange(budget.Reserve()!.Value.TotalMilliseconds, 99, 101);
        Assert.InRange(budget.Reserve()!.Value.TotalMilliseconds, 199, 201);
        while (budget.Count < InvalidRequestBudget.StopAt)
        {
            budget.Add();
        }
        Assert.Null(budget.Reserve());
        time.Advance(TimeSpan.FromMinutes(9.5));
        Assert.Null(budget.Reserve());
        time.Advance(TimeSpan.FromMinutes(0.6));
        Assert.Equal(TimeSpan.Zero, budget.Reserve());
        Assert.Equal(0, budget.Count);
    }

    [Theory]
    [InlineData(401, "", 1)]
    [InlineData(403, "", 1)]
    [InlineData(404, "", 0)]
    [InlineData(400, "", 0)]
    [InlineData(429, "user", 1)]
    [InlineData(429, "global", 1)]
    [InlineData(429, "shared", 0)]
    public async Task Refusals_are_counted_but_for_those_of_shared_limits(int status, string scope, int counted)
    {
        using var harness = new RestHarness(ScriptedApi.Of(
            () => status == 429 ? ScriptedApi.Limited(1, "1", scope) : ScriptedApi.Json((HttpStatusCode)status, """{"message":"no","code":1}"""), () => ScriptedApi.Message()));
        await harness.Time.RunAsync(harness.SendAsync(RestHarness.Channel).ContinueWith(_ => 0, TaskScheduler.Default));
        Assert.Equal(counted, harness.Rest.Refused);
    }

    [Fact]
    public async Task Many_refusals_space_requests_out()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Json(HttpStatusCode.Forbidden, """{"message":"Missing Permissions","code":50013}""")));
        for (int i = 0; i < InvalidRequestBudget.SlowFrom + 100; i++)
        {
            Task send = harness.SendAsync(RestHarness.Channel);
            while (!send.IsCompleted)
            {
                harness.Time.Advance(TimeSpan.FromMilliseconds(10));
                await Task.Yield();
            }
            Assert.Equal(50013, (await Assert.ThrowsAsync<DiscordException>(() => send)).Code);
        }
        Assert.InRange(harness.Time.Passed.TotalSeconds, 9.8, 200);
    }

    [Fact]
    public async Task The_pace_of_edits_is_learned_from_headers()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.Message(ScriptedApi.Bucket("edits", 5, 1, 5)), () => ScriptedApi.Message(ScriptedApi.Bucket("edits", 5, 0, 5))));
        Assert.Equal(default, harness.Actions.EditPaceIn(RestHarness.Channel));
        await EditAsync();
        EditPace free = harness.Actions.EditPaceIn(RestHarness.Channel);
        Assert.Equal(TimeSpan.Zero, free.Wait);
        Assert.InRange(free.Interval.TotalSeconds, 1, 1.01);
        await EditAsync();
        Assert.InRange(harness.Actions.EditPaceIn(RestHarness.Channel).Wait.TotalSeconds, 5, 5.1);
        Assert.Equal((TimeSpan.Zero, free.Interval), (harness.Actions.EditPaceIn(RestHarness.OtherChannel).Wait, harness.Actions.EditPaceIn(RestHarness.OtherChannel).Interval));
        harness.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.InRange(harness.Actions.EditPaceIn(RestHarness.Channel).Wait.TotalSeconds, 2, 2.1);

        Task EditAsync() => harness.Time.RunAsync(harness.Actions.EditAsync(RestHarness.Channel, new Snowflake(1), new MessageEdit { Content = "x" }, CancellationToken.None));
    }

    [Fact]
    public async Task Interactions_leave_nothing_behind()
    {
        using var harness = new RestHarness(ScriptedApi.Of(() => ScriptedApi.NoContent()));
        for (ulong id = 1; id <= 6_000; id++)
        {
            await harness.Actions.DeferAsync(new InteractionHandle(new Snowflake(id), new Snowflake(901), $"token{id}"), false, CancellationToken.None);
        }
        Assert.InRange(harness.Rest.Limiter.Buckets, 1, 4_097);
    }

    /// <summary>Windows as Discord has them: the first request begins one.</summary>
    private sealed class WindowServer(int limit, TimeSpan window, Func<TimeSpan> now)
    {
        private readonly Dictionary<string, (TimeSpan End, int Used)> _windows = [];

        public int Refused { get; private set; }

        public HttpResponseMessage Answer(string path)
        {
            lock (_windows)
            {
                (TimeSpan end, int used) = _windows.GetValueOrDefault(path, (TimeSpan.MinValue, 0));
                (end, used) = now() >= end ? (now() + window, 1) : (end, used + 1);
                _windows[path] = (end, used);
                if (used > limit)
                {
                    Refused++;
                    return ScriptedApi.Limited((end - now()).TotalSeconds, "1", "user");
                }
                return ScriptedApi.Message(ScriptedApi.Bucket("w", limit, limit - used, (end - now()).TotalSeconds));
            }
        }
    }
}
