using MicroChat.Chat;
using MicroChat.Chat.Serving;

namespace MicroChat.Tests.Chat.Serving;

public sealed class EngineQueueTests
{
    [Fact]
    public async Task Who_waits_is_told_its_place_and_who_finds_no_room_when_to_come_back()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { MaxRunning = 1, MaxQueued = 3 }, out HookedDecoder decoder);
        using var hold = new ManualResetEventSlim();
        decoder.BeforeStep = () => hold.Wait();
        Task<List<ReplyPiece>> running = TinyModel.Collect(engine, TinyModel.Endless("first", 3, user: "a"));
        await EngineTests.Eventually(() => engine.Running == 1);
        var waiting = new List<Task<List<ReplyPiece>>>();
        foreach (string user in (string[])["b", "c", "d"])
        {
            int position = waiting.Count + 1;
            waiting.Add(TinyModel.Collect(engine, TinyModel.Endless("next", 3, user: user)));
            await EngineTests.Eventually(() => engine.Queued == position);
        }
        var full = await Assert.ThrowsAsync<QueueFullException>(() => TinyModel.Collect(engine, TinyModel.Endless("last", 3, user: "e")));
        Assert.True(full.RetryAfter >= TimeSpan.FromSeconds(1));
        Assert.Contains("3 requests wait already", full.Message, StringComparison.Ordinal);
        hold.Set();
        await running;
        List<ReplyPiece>[] done = await Task.WhenAll(waiting);
        Assert.Equal(1, done[0].First(p => p.Queue is not null).Queue!.Position);
        Assert.Equal(3, done[2].First(p => p.Queue is not null).Queue!.Position);
        Assert.All(done, pieces => Assert.True(pieces.FindLastIndex(p => p.Queue is not null) < pieces.FindIndex(p => p.Start is not null)));
    }

    [Fact]
    public async Task A_user_with_many_requests_does_not_starve_another()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { MaxRunning = 2, MaxQueued = 64 }, out HookedDecoder decoder);
        using var hold = new ManualResetEventSlim();
        decoder.BeforeStep = () => hold.Wait();
        ReplyRequest modest = TinyModel.Endless("modest", 20, user: "modest");
        int[] modestPrompt = TinyModel.Prompt(modest);
        int tokensOfGreedy = 0, tokensOfModest = 0, tokensOfGreedyAtTheEndOfModest = 0;
        decoder.BeforeSample = prompt =>                              // on the engine's thread, so no consumer's delay is counted
        {
            if (!prompt.AsSpan().SequenceEqual(modestPrompt))
            {
                tokensOfGreedy++;
            }
            else if (++tokensOfModest == 20)
            {
                tokensOfGreedyAtTheEndOfModest = tokensOfGreedy;
            }
        };
        Task[] many = [.. Enumerable.Range(0, 20).Select(i => TinyModel.Collect(engine, TinyModel.Endless("greedy", 20, seed: i, user: "greedy")))];
        await EngineTests.Eventually(() => engine.Queued + engine.Running == 20);
        Task one = TinyModel.Collect(engine, modest);
        await EngineTests.Eventually(() => engine.Queued + engine.Running == 21);
        hold.Set();
        await Task.WhenAll([one, .. many]);
        Assert.Equal(20 * 20, tokensOfGreedy);
        Assert.InRange(tokensOfGreedyAtTheEndOfModest, 20, 4 * 20);   // of the 400 asked for before it
    }

    [Fact]
    public void The_least_served_user_is_next_and_idle_time_saves_up_nothing()
    {
        var options = new EngineOptions { MaxRunning = 4 };
        var queue = new FairQueue(options);
        ServingModel model = TinyModel.Create(out _);
        using (model)
        {
            ReplySequence a1 = Add("a", 1), a2 = Add("a", 2), b1 = Add("b", 3);
            Assert.Same(a1, queue.Peek());                            // all level: the oldest first
            queue.Start(a1);
            a1.Share!.Served += 100;
            Assert.Same(b1, queue.Peek());
            queue.Start(b1);
            b1.Share!.Served += 40;
            ReplySequence late = Add("late", 4);
            Assert.Equal(40, late.Share!.Served);                     // level with the least served, not at zero
            Assert.Same(late, queue.Peek());
            queue.Start(late);
            queue.Start(a2);
            Assert.Equal(0, queue.Count);
            ReplySequence a3 = Add("a", 5), a4 = Add("a", 6);
            queue.Start(a3);
            Assert.Null(queue.Peek());                                // a has 3 of 4 places
            Assert.False(ReferenceEquals(a4, queue.Peek()));
        }

        ReplySequence Add(string user, long at)
        {
            ReplyRequest request = TinyModel.Endless("x", 5, user: user);
            var sequence = new ReplySequence(request, model.Encode(request), 1, model, options) { QueuedAt = at };
            queue.Add(sequence);
            return sequence;
        }
    }

    [Fact]
    public async Task Cancelling_frees_the_place_within_a_step()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { MaxRunning = 1 }, out HookedDecoder decoder);
        decoder.BeforeStep = () => Thread.Sleep(2);
        using var stop = new CancellationTokenSource();
        Task<List<ReplyPiece>> endless = TinyModel.Collect(engine, TinyModel.Endless("first", 400), stop.Token);
        await EngineTests.Eventually(() => decoder.Steps > 3);
        using var never = new CancellationTokenSource();
        Task<List<ReplyPiece>> abandoned = TinyModel.Collect(engine, TinyModel.Endless("queued", 400), never.Token);
        await EngineTests.Eventually(() => engine.Queued == 1);
        await never.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        await EngineTests.Eventually(() => engine.Queued == 0);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
        int steps = decoder.Steps;
        Assert.Equal(4, (await TinyModel.Collect(engine, TinyModel.Endless("second", 4))).Count(p => p.TokenId is not null));
        Assert.InRange(decoder.Steps - steps, 4, 8);
        Task<List<ReplyPiece>> running = TinyModel.Collect(engine, TinyModel.Endless("fourth", 200));
        await EngineTests.Eventually(() => engine.Running == 1);
        using var told = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ReplyPiece piece in engine.GenerateAsync(TinyModel.Endless("told its place", 4), told.Token))
            {
                Assert.NotNull(piece.Queue);
                await told.CancelAsync();                             // before it waits for the next piece
            }
        });
        await running;
        using var early = new CancellationTokenSource();
        await early.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TinyModel.Collect(engine, TinyModel.Endless("third", 4), early.Token));
    }

    [Fact]
    public async Task A_reader_that_stands_still_pauses_its_own_reply_only_and_ends_it_at_the_limit()
    {
        var options = new EngineOptions { MaxRunning = 1, BufferedTokens = 4, StallLimit = TimeSpan.FromSeconds(1) };
        var clock = new ManualClock();
        using var engine = new Engine(TinyModel.Create(out _), options, clock);
        await using IAsyncEnumerator<ReplyPiece> slow = engine.GenerateAsync(TinyModel.Endless("slow", 200), default).GetAsyncEnumerator();
        while (await slow.MoveNextAsync() && slow.Current.TokenId is null)
        {
        }
        Assert.Equal(100, (await TinyModel.Collect(engine, TinyModel.Endless("quick", 100))).Count(p => p.TokenId is not null));
        Assert.Equal(1, engine.Running);
        clock.Advance(TimeSpan.FromSeconds(2));
        await EngineTests.Eventually(() => engine.Running == 0);
        int tokens = 1;
        while (await slow.MoveNextAsync() && slow.Current.FinishReason is null)
        {
            tokens++;
        }
        Assert.Equal((5, ReplyFinish.Interrupted), (tokens, slow.Current.FinishReason));
    }

    [Fact]
    public async Task A_slow_reader_gets_the_same_reply()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { BufferedTokens = 2 }, out _);
        var pieces = new List<ReplyPiece>();
        await foreach (ReplyPiece piece in engine.GenerateAsync(TinyModel.Endless("slow", 30), default))
        {
            await Task.Delay(3);
            pieces.Add(piece);
        }
        Assert.Equal(await TinyModel.Alone(TinyModel.Endless("slow", 30)), TinyModel.Essence(pieces));
    }

    [Fact]
    public async Task Without_room_for_two_caches_replies_follow_each_other()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { CacheBytes = 1 }, out HookedDecoder decoder);
        int most = 0;
        decoder.BeforeStep = () => most = Math.Max(most, decoder.LastRows);
        List<ReplyPiece>[] replies = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => TinyModel.Collect(engine, TinyModel.Endless($"one {i}", 9, user: $"{i}"))));
        Assert.Equal(1, most);
        Assert.All(replies, pieces => Assert.Equal(9, pieces[^1].Usage!.ReplyTokens));
    }
}
