using MicroChat.Chat;
using MicroChat.Chat.Serving;

namespace MicroChat.Tests.Chat.Serving;

public sealed class EngineLifeTests
{
    [Fact]
    public async Task A_swap_lets_running_replies_finish_on_the_old_model()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out HookedDecoder old);
        Task<List<ReplyPiece>> running = TinyModel.Collect(engine, TinyModel.Endless("dog", 300));
        await EngineTests.Eventually(() => old.Steps > 3);
        using var hold = new ManualResetEventSlim();
        old.BeforeStep = () => hold.Wait();
        Task gone = engine.SwapAsync(TinyModel.Create(out HookedDecoder next, seed: 5, version: "1"));
        Assert.Equal("1", engine.Info.Version);
        Task<List<ReplyPiece>> fresh = TinyModel.Collect(engine, TinyModel.Endless("dog", 30));
        Assert.False(old.Disposed);
        hold.Set();
        List<ReplyPiece> first = await running, second = await fresh;
        await gone;
        Assert.True(old.Disposed);
        Assert.False(next.Disposed);
        Assert.Equal(("0", "1"), (Version(first), Version(second)));
        Assert.Equal(await TinyModel.Alone(TinyModel.Endless("dog", 300)), TinyModel.Essence(first));
        Assert.Equal(await TinyModel.Alone(TinyModel.Endless("dog", 30), seed: 5), TinyModel.Essence(second));
        engine.Dispose();
        Assert.True(next.Disposed);

        static string Version(List<ReplyPiece> pieces) => pieces.Single(p => p.Start is not null).Start!.Model.Version;
    }

    [Fact]
    public async Task An_idle_model_is_gone_at_once()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out HookedDecoder old);
        await TinyModel.Collect(engine, TinyModel.Endless("dog", 3));
        await engine.SwapAsync(TinyModel.Create(out _)).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(old.Disposed);
    }

    [Fact]
    public async Task A_drain_lets_replies_finish_and_refuses_new_ones()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { MaxRunning = 1 }, out HookedDecoder decoder);
        decoder.BeforeStep = () => Thread.Sleep(5);
        Task<List<ReplyPiece>> running = TinyModel.Collect(engine, TinyModel.Endless("dog", 200));
        await EngineTests.Eventually(() => decoder.Steps > 3);
        Task<List<ReplyPiece>> waiting = TinyModel.Collect(engine, TinyModel.Endless("cat", 5));
        await EngineTests.Eventually(() => engine.Queued == 1);
        Task<DrainReport> drain = engine.DrainAsync(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<EngineStoppingException>(() => waiting);
        await Assert.ThrowsAsync<EngineStoppingException>(() => TinyModel.Collect(engine, TinyModel.Endless("late", 5)));
        Assert.Equal(new DrainReport(1, 0), await drain);
        Assert.Equal(ReplyFinish.Length, (await running)[^1].FinishReason);
    }

    [Fact]
    public async Task A_drain_ends_what_still_runs_at_its_limit_and_marks_it()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out HookedDecoder decoder);
        decoder.BeforeStep = () => Thread.Sleep(2);
        Task<List<ReplyPiece>> running = TinyModel.Collect(engine, TinyModel.Endless("dog", 400));
        await EngineTests.Eventually(() => decoder.Steps > 3);
        Assert.Equal(new DrainReport(0, 1), await engine.DrainAsync(TimeSpan.FromMilliseconds(20)));
        List<ReplyPiece> cut = await running;
        Assert.Equal(ReplyFinish.Interrupted, cut[^1].FinishReason);
        Assert.InRange(cut[^1].Usage!.ReplyTokens, 1, 399);
        Assert.Equal(cut[^1].Usage!.ReplyTokens, cut.Count(p => p.TokenId is not null));
    }

    [Fact]
    public async Task Disposing_ends_everything()
    {
        Engine engine = TinyModel.Engine(new EngineOptions { MaxRunning = 1 }, out HookedDecoder decoder);
        decoder.BeforeStep = () => Thread.Sleep(5);
        Task<List<ReplyPiece>> running = TinyModel.Collect(engine, TinyModel.Endless("dog", 400));
        await EngineTests.Eventually(() => decoder.Steps > 3);
        Task<List<ReplyPiece>> waiting = TinyModel.Collect(engine, TinyModel.Endless("cat", 5));
        await EngineTests.Eventually(() => engine.Queued == 1);
        engine.Dispose();
        engine.Dispose();
        Assert.True(decoder.Disposed);
        Assert.Equal(ReplyFinish.Interrupted, (await running)[^1].FinishReason);
        await Assert.ThrowsAsync<EngineStoppingException>(() => waiting);
        await Assert.ThrowsAsync<EngineStoppingException>(() => TinyModel.Collect(engine, TinyModel.Endless("late", 5)));
    }

    [Fact]
    public async Task Whatever_arrives_cancels_reads_slowly_or_swaps_every_reply_is_the_one_it_gets_alone()
    {
        var random = new Random(20261121);
        var options = new EngineOptions { MaxRunning = 6, MaxQueued = 200, PrefillTokens = 9, BufferedTokens = 8, CacheBytes = 700_000 };
        using Engine engine = TinyModel.Engine(options, out _);
        var work = new List<Task<(ReplyRequest Request, List<ReplyPiece> Pieces, bool Cancelled)>>();
        for (int i = 0; i < 80; i++)
        {
            string text = string.Join(' ', Enumerable.Repeat("the lazy dog", random.Next(1, 12))) + (random.Next(3) == 0 ? $" {i % 5}" : "");
            ReplyRequest request = TinyModel.Endless(text, random.Next(1, 60), seed: random.Next(4), user: $"user {random.Next(4)}");
            work.Add(Read(engine, request, cancelAfter: random.Next(4) == 0 ? random.Next(20) : int.MaxValue, slow: random.Next(6) == 0));
            if (i % 30 == 29)
            {
                _ = engine.SwapAsync(TinyModel.Create(out _, version: $"{i}"));
            }
            await Task.Delay(random.Next(3));
        }
        (ReplyRequest Request, List<ReplyPiece> Pieces, bool Cancelled)[] done = await Task.WhenAll(work);
        Assert.InRange(done.Count(d => d.Cancelled), 5, 40);
        var alone = new Dictionary<(string, int, long), string>();
        foreach ((ReplyRequest request, List<ReplyPiece> pieces, bool cancelled) in done)
        {
            var key = (request.Turns[0].Content, request.Sampling.MaxReplyTokens, request.Sampling.Seed!.Value);
            string whole = alone.TryGetValue(key, out string? known) ? known : alone[key] = await TinyModel.Alone(request);
            string found = TinyModel.Essence(pieces);
            Assert.Equal(cancelled ? whole[..found.Length] : whole, found);
        }
        await EngineTests.Eventually(() => engine is { Running: 0, Queued: 0 });
    }

    private static async Task<(ReplyRequest Request, List<ReplyPiece> Pieces, bool Cancelled)> Read(
        Engine engine, ReplyRequest request, int cancelAfter, bool slow)
    {
        using var stop = new CancellationTokenSource();
        var pieces = new List<ReplyPiece>();
        try
        {
            await foreach (ReplyPiece piece in engine.GenerateAsync(request, stop.Token))
            {
                pieces.Add(piece);
                if (pieces.Count >= cancelAfter && piece.FinishReason is null)
                {
                    await stop.CancelAsync();
                }
                await (slow ? Task.Delay(2) : Task.CompletedTask);
            }
        }
        catch (OperationCanceledException)
        {
            return (request, pieces, true);
        }
        return (request, pieces, false);
    }
}
