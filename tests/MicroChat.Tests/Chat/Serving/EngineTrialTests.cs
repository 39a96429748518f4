using MicroChat.Chat;
using MicroChat.Chat.Serving;

namespace MicroChat.Tests.Chat.Serving;

public sealed class EngineTrialTests
{
    [Fact]
    public async Task A_route_sends_its_conversations_to_the_generation_on_trial_and_all_others_to_the_live_one()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out _);
        engine.Add(TinyModel.Create(out _, seed: 5, version: "1"));
        Assert.True(engine.Route("1", new Only("tried")));
        Assert.False(engine.Route("7", new Only("tried")));
        Assert.Equal(["0", "1"], engine.Versions);
        Assert.Equal(["1", "0", "0"], new[] { await Version("tried"), await Version("other"), await Version(null) });
        Assert.True(engine.Route("1", null));
        Assert.Equal("0", await Version("tried"));

        Task<string> Version(string? conversation) => VersionOf(engine, Request() with { Conversation = conversation });
    }

    [Fact]
    public async Task A_request_may_name_its_generation_and_gets_the_live_one_where_that_is_gone()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out _);
        engine.Add(TinyModel.Create(out _, seed: 5, version: "1"));
        engine.Route("1", new Only("tried"));
        Assert.Equal("1", await VersionOf(engine, Request() with { Generation = "1" }));
        Assert.Equal("0", await VersionOf(engine, Request() with { Generation = "0", Conversation = "tried" }));
        await engine.RemoveAsync("1").WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("0", await VersionOf(engine, Request() with { Generation = "1", Conversation = "tried" }));
        Assert.True(engine.RemoveAsync("1").IsCompleted);
    }

    [Fact]
    public async Task Exchanging_two_generations_keeps_running_replies_where_they_are_and_both_loaded()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out HookedDecoder old);
        engine.Add(TinyModel.Create(out HookedDecoder next, seed: 5, version: "1"));
        Task<List<ReplyPiece>> running = TinyModel.Collect(engine, TinyModel.Endless("dog", 300));
        await EngineTests.Eventually(() => old.Steps > 3);
        Assert.True(engine.Exchange("1"));
        Assert.False(engine.Exchange("1"));
        Assert.Equal("1", engine.Info.Version);
        Assert.Equal(await TinyModel.Alone(TinyModel.Endless("dog", 30), seed: 5), TinyModel.Essence(await TinyModel.Collect(engine, TinyModel.Endless("dog", 30))));
        Assert.Equal(await TinyModel.Alone(TinyModel.Endless("dog", 300)), TinyModel.Essence(await running));
        Assert.True(engine.Exchange("0"));
        Assert.False(old.Disposed || next.Disposed);
        Assert.Equal("0", await VersionOf(engine, Request()));
    }

    [Fact]
    public async Task Replies_of_both_generations_are_those_that_they_get_alone_and_advance_in_turns()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { PrefillTokens = 9 }, out HookedDecoder live);
        engine.Add(TinyModel.Create(out HookedDecoder canary, seed: 5, version: "1"));
        using var hold = new ManualResetEventSlim();
        live.BeforeStep = () => hold.Wait();
        Task<List<ReplyPiece>>[] replies = [.. Enumerable.Range(0, 8).Select(i => TinyModel.Collect(engine, TinyModel.Endless($"dog {i}", 60, seed: i, user: $"{i}") with { Generation = $"{i % 2}" }))];
        await EngineTests.Eventually(() => engine.Queued + engine.Running == 8);
        hold.Set();
        List<ReplyPiece>[] done = await Task.WhenAll(replies);
        for (int i = 0; i < done.Length; i++)
        {
            Assert.Equal(await TinyModel.Alone(TinyModel.Endless($"dog {i}", 60, seed: i), seed: i % 2 == 0 ? 2 : 5), TinyModel.Essence(done[i]));
        }
        Assert.InRange(canary.Steps, 60, 80);
        Assert.InRange(live.Steps, 60, 80);
    }

    [Fact]
    public async Task A_generation_on_trial_without_room_holds_up_its_own_requests_only()
    {
        long reply = 2L * TinyModel.Config.Layers * TinyModel.Config.KeyValueHeads * TinyModel.Config.HeadSize * sizeof(float) * 256;
        using Engine engine = TinyModel.Engine(new EngineOptions { CacheBytes = 4 * reply }, out _);     // a quarter: one reply of the canary
        engine.Add(TinyModel.Create(out HookedDecoder canary, seed: 5, version: "1"));
        using var hold = new ManualResetEventSlim();
        canary.BeforeStep = () => hold.Wait();
        Task<List<ReplyPiece>>[] tried = [.. Enumerable.Range(0, 3).Select(i => TinyModel.Collect(engine, TinyModel.Endless($"fox {i}", 5, user: "a") with { Generation = "1" }))];
        await EngineTests.Eventually(() => canary.Steps > 0);
        Task<string> live = VersionOf(engine, Request() with { User = "b" });
        await EngineTests.Eventually(() => engine.Queued == 3);
        hold.Set();
        Assert.Equal("0", await live);
        Assert.All(await Task.WhenAll(tried), pieces => Assert.Equal(5, pieces[^1].Usage!.ReplyTokens));
    }

    private static ReplyRequest Request() => TinyModel.Endless("dog", 3);

    private static async Task<string> VersionOf(Engine engine, ReplyRequest request) =>
        (await TinyModel.Collect(engine, request)).Single(piece => piece.Start is not null).Start!.Model.Version;

    private sealed class Only(string taken) : ITrialRoute
    {
        public bool Takes(string conversation, string? server) => conversation == taken;
    }
}
