using MicroChat.Chat;
using MicroChat.Chat.Serving;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Chat.Serving;

public sealed class EngineTests
{
    [Fact]
    public async Task A_reply_begins_with_what_it_was_made_from_and_ends_with_its_cost()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out _);
        List<ReplyPiece> pieces = await TinyModel.Collect(engine, TinyModel.Endless("hello fox", tokens: 5, seed: 77));
        ReplyStart start = pieces.Single(p => p.Start is not null).Start!;
        Assert.Equal((77, "tiny", "0"), (start.Seed, start.Model.Name, start.Model.Version));
        Assert.Equal(engine.CountTokens([new ChatTurn("user", "hello fox")]), start.PromptIds.Count);
        Assert.Equal(5, pieces.Count(p => p.TokenId is not null));
        Assert.All(pieces.Where(p => p.TokenId is not null), p => Assert.True(p.LogProbability < 0 && p.Choice is null));
        ReplyPiece last = Assert.Single(pieces, p => p.FinishReason is not null);
        Assert.Same(pieces[^1], last);
        Assert.Equal((ReplyFinish.Length, new ReplyUsage(start.PromptIds.Count, 0, 5)), (last.FinishReason, last.Usage));
        Assert.Equal(
            TinyModel.Tokenizer.Decode([.. pieces.Where(p => p.TokenId is not null).Select(p => p.TokenId!.Value)], skipSpecial: true),
            string.Concat(pieces.Select(p => p.Text)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    public async Task A_reply_is_the_same_to_the_bit_alone_and_in_a_crowd(int crowd)
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { PrefillTokens = 7 }, out HookedDecoder decoder);
        ReplyRequest[] requests = [.. Enumerable.Range(0, crowd).Select(i => TinyModel.Endless(new string('a', 1 + (i * 13)) + " dog", 30 + i, seed: i, user: $"user {i % 3}"))];
        int most = 0;
        using var hold = new ManualResetEventSlim();
        decoder.BeforeStep = () =>
        {
            hold.Wait();
            most = Math.Max(most, decoder.LastRows);
        };
        Task<List<ReplyPiece>>[] replies = [.. requests.Select(r => TinyModel.Collect(engine, r))];
        await Eventually(() => engine.Queued + engine.Running == crowd);
        hold.Set();
        string[] together = [.. (await Task.WhenAll(replies)).Select(TinyModel.Essence)];
        Assert.True(most >= Math.Min(crowd, 4), $"at most {most} rows ran together");
        for (int i = 0; i < crowd; i++)
        {
            Assert.Equal(await TinyModel.Alone(requests[i]), together[i]);
        }
    }

    [Fact]
    public async Task A_second_turn_costs_only_its_new_tokens_and_says_the_same()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out HookedDecoder decoder);
        ChatTurn system = new("system", string.Join(' ', Enumerable.Repeat("the lazy dog", 20))), first = new("user", "why?");
        SamplingOptions sampling = TinyModel.Endless("", 12).Sampling;
        List<ReplyPiece> reply = await TinyModel.Collect(engine, new ReplyRequest([system, first], sampling));
        int before = decoder.Tokens, promptBefore = reply[^1].Usage!.PromptTokens;

        var second = new ReplyRequest([system, first, new ChatTurn("assistant", "brown fox"), new ChatTurn("user", "jump")], sampling);
        List<ReplyPiece> next = await TinyModel.Collect(engine, second);
        ReplyUsage usage = next[^1].Usage!;
        Assert.InRange(usage.CachedTokens, promptBefore - 1, promptBefore + 12);
        Assert.Equal(usage.PromptTokens - usage.CachedTokens + 11, decoder.Tokens - before);
        Assert.Equal(await TinyModel.Alone(second), TinyModel.Essence(next));

        var other = new ReplyRequest([system, new ChatTurn("user", "another one's question")], sampling);   // shares the system prompt only
        List<ReplyPiece> shared = await TinyModel.Collect(engine, other);
        Assert.InRange(shared[^1].Usage!.CachedTokens, 40, promptBefore);
        Assert.Equal(await TinyModel.Alone(other), TinyModel.Essence(shared));
        Assert.Equal(await TinyModel.Alone(second), TinyModel.Essence(await TinyModel.Collect(engine, second)));
    }

    [Fact]
    public async Task Replies_to_one_prompt_compute_it_once()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out HookedDecoder decoder);
        string text = string.Join(' ', Enumerable.Repeat("the quick fox jumps", 15));
        using var hold = new ManualResetEventSlim();
        decoder.BeforeStep = () => hold.Wait();
        Task<List<ReplyPiece>>[] replies = [.. Enumerable.Range(0, 4).Select(i => TinyModel.Collect(engine, TinyModel.Endless(text, 6, seed: i)))];
        await Eventually(() => engine.Queued + engine.Running == 4);
        hold.Set();
        List<ReplyPiece>[] done = await Task.WhenAll(replies);
        int prompt = done[0][^1].Usage!.PromptTokens;
        Assert.Equal(prompt + 3 + (4 * 5), decoder.Tokens);               // the others feed their last prompt token only
        Assert.Equal(4, done.Select(TinyModel.Essence).Distinct().Count());
        Assert.Equal(await TinyModel.Alone(TinyModel.Endless(text, 6, seed: 3)), TinyModel.Essence(done[3]));
    }

    [Fact]
    public async Task A_long_prompt_does_not_hold_up_running_replies()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { PrefillTokens = 8 }, out HookedDecoder decoder);
        int before = 0, most = 0;
        using ManualResetEventSlim reached = new(), hold = new();
        decoder.BeforeStep = () =>
        {
            if (decoder.Steps > 5)
            {
                reached.Set();
                hold.Wait();
                (most, before) = (Math.Max(most, before == 0 ? 0 : decoder.Tokens - before), decoder.Tokens);
            }
        };
        Task<List<ReplyPiece>> running = TinyModel.Collect(engine, TinyModel.Endless("hi", 300));
        await Eventually(() => reached.IsSet);
        Task<List<ReplyPiece>> longReply = TinyModel.Collect(engine, TinyModel.Endless(string.Join(' ', Enumerable.Repeat("fox", 100)), 1));
        await Eventually(() => engine.Queued + engine.Running == 2);
        int started = decoder.Steps;
        hold.Set();
        await longReply;
        int longSteps = decoder.Steps - started;
        Assert.InRange(most, 2, 9);
        Assert.True(longSteps > 100 / 8, $"{longSteps} steps");
        Assert.Equal(300, (await running).Count(p => p.TokenId is not null));
    }

    [Fact]
    public async Task Probabilities_are_the_models_own()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out _);
        ReplyRequest plain = TinyModel.Endless("dog", 8);
        ReplyRequest asked = plain with { TopLogProbabilities = 5, Sampling = plain.Sampling with { Temperature = 0.7, TopK = 3 } };
        List<ReplyPiece> pieces = await TinyModel.Collect(engine, asked);
        foreach (ReplyPiece piece in pieces.Where(p => p.TokenId is not null))
        {
            TokenChoice choice = piece.Choice!;
            Assert.Equal(piece.TokenId, choice.Chosen.Id);
            Assert.Equal(5, choice.Top.Count);
            Assert.True(choice.Top.Zip(choice.Top.Skip(1)).All(pair => pair.First.LogProbability >= pair.Second.LogProbability));
            Assert.True(choice.Top.Sum(t => Math.Exp(t.LogProbability)) < 1);
            Assert.Contains(choice.Top, t => t.Id == choice.Chosen.Id && Math.Abs(t.LogProbability - choice.Chosen.LogProbability) < 1e-5);
            Assert.Equal(TinyModel.Tokenizer.Decode([choice.Chosen.Id], skipSpecial: false), choice.Chosen.Text);
        }
        ReplyRequest none = plain with { TopLogProbabilities = 0 };
        Assert.All((await TinyModel.Collect(engine, none)).Where(p => p.TokenId is not null), p => Assert.Empty(p.Choice!.Top));
    }

    [Fact]
    public async Task A_text_is_continued_as_it_stands()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out _);
        List<ReplyPiece> pieces = await TinyModel.Collect(engine, ReplyRequest.Continuation("The quick <|end|>", TinyModel.Endless("", 4).Sampling));
        Assert.Equal(TinyModel.Tokenizer.Encode("The quick <|end|>"), pieces.Single(p => p.Start is not null).Start!.PromptIds);
        List<ReplyPiece> empty = await TinyModel.Collect(engine, ReplyRequest.Continuation("", TinyModel.Endless("", 4).Sampling));
        Assert.Equal(TinyModel.Config.EndTokenIds, empty.Single(p => p.Start is not null).Start!.PromptIds);
    }

    [Fact]
    public async Task A_stop_string_ends_the_reply_and_is_not_in_it()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out _);
        ReplyRequest request = TinyModel.Endless("dog", 60);
        string whole = string.Concat((await TinyModel.Collect(engine, request)).Select(p => p.Text));
        string stop = whole.Substring(20, 3);
        List<ReplyPiece> cut = await TinyModel.Collect(engine, request with { Sampling = request.Sampling with { Stop = [stop] } });
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], string.Concat(cut.Select(p => p.Text)));
        Assert.Equal(ReplyFinish.StopString, cut[^1].FinishReason);
        Assert.Equal(cut.Count(p => p.TokenId is not null), cut[^1].Usage!.ReplyTokens);
        await Eventually(() => engine.Running == 0);
    }

    [Fact]
    public async Task A_prompt_that_does_not_fit_and_faulty_options_are_refused()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out _);
        var e = await Assert.ThrowsAsync<MessageTooLongException>(() => TinyModel.Collect(engine, TinyModel.Endless(new string('z', 2_000), 1)));
        Assert.Equal(TinyModel.ContextTokens - 1, e.Limit);
        ReplyRequest faulty = TinyModel.Endless("a", 3);
        await Assert.ThrowsAsync<ArgumentException>(() => TinyModel.Collect(engine, faulty with { Sampling = faulty.Sampling with { Temperature = double.NaN } }));
        Assert.Equal((0, 0), (engine.Queued, engine.Running));
        var options = Assert.Throws<ArgumentException>(() => TinyModel.Engine(new EngineOptions { MaxRunning = 0, PrefillTokens = -1 }, out _));
        Assert.Contains("Engine:MaxRunning is 0", options.Message, StringComparison.Ordinal);
        Assert.Contains("Engine:PrefillTokens is -1", options.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_reply_ends_alone()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions(), out HookedDecoder decoder);
        int[] broken = TinyModel.Tokenizer.Encode("broken");
        decoder.BeforeSample = prompt =>
        {
            if (prompt.AsSpan().IndexOf(broken) >= 0)
            {
                throw new InvalidOperationException("the sampler is broken");
            }
        };
        Task<List<ReplyPiece>> good = TinyModel.Collect(engine, TinyModel.Endless("whole", 40));
        await Assert.ThrowsAsync<InvalidOperationException>(() => TinyModel.Collect(engine, TinyModel.Endless("broken", 40)));
        Assert.Equal(await TinyModel.Alone(TinyModel.Endless("whole", 40)), TinyModel.Essence(await good));
        decoder.BeforeStep = () => throw new InvalidOperationException("the step is broken");
        await Assert.ThrowsAsync<InvalidOperationException>(() => TinyModel.Collect(engine, TinyModel.Endless("whole", 40)));
        decoder.BeforeStep = () => { };
        Assert.Equal(await TinyModel.Alone(TinyModel.Endless("whole", 40)), TinyModel.Essence(await TinyModel.Collect(engine, TinyModel.Endless("whole", 40))));
    }

    [Fact]
    public async Task A_token_allocates_nothing_on_the_engines_thread()
    {
        using Engine engine = TinyModel.Engine(new EngineOptions { BufferedTokens = 400 }, out HookedDecoder decoder);
        await TinyModel.Collect(engine, TinyModel.Endless("dog", 400));   // tables and scratch grow once to the longest sequence
        long before = 0, after = -1;
        int step = 0;
        using var hold = new ManualResetEventSlim();
        decoder.BeforeStep = () =>
        {
            hold.Wait();
            step++;
            before = step == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
            after = step == 290 ? GC.GetAllocatedBytesForCurrentThread() : after;
        };
        Task[] replies = [.. Enumerable.Range(0, 6).Select(i => TinyModel.Collect(engine, TinyModel.Endless("dog", 330, seed: i, user: $"{i}")))];
        await Eventually(() => engine.Queued + engine.Running == 6);
        hold.Set();
        await Task.WhenAll(replies);
        Assert.Equal(0, after - before);
    }

    internal static async Task Eventually(Func<bool> holds)
    {
        long end = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(end) < TimeSpan.FromSeconds(20), "it did not happen within 20 seconds");
            await Task.Delay(1);
        }
    }
}
