using MicroChat.Chat;
using MicroChat.Chat.Serving;
using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Benchmarks;

/// <summary>The engine under many chats: aggregate rate, fairness, time to first token, and what the prefix cache saves. Random float32 weights.</summary>
internal static class ServeBench
{
    private const int Chats = 16;
    private const int ReplyTokens = 96;
    private const int HistoryTokens = 400;
    private const int Rounds = 5;

    /// <summary>Prints all rows.</summary>
    public static async Task RunAsync(string shape)
    {
        DecoderConfig config = ModelShapes.Get(shape);
        Tokenizer tokenizer = LettersOnly();
        using var engine = new Engine(Model(config, tokenizer), new EngineOptions { MaxRunning = Chats, CacheBytes = 1L << 30 }, TimeProvider.System);
        await ChatAsync(engine, 0, "warm up");
        double one = 0;
        for (int round = 0; round < Rounds; round++)
        {
            one = Math.Max(one, (await ChatAsync(engine, 0, $"alone {round}")).TokensPerSecond);
        }
        Console.WriteLine($"{shape} F32, {Environment.ProcessorCount} threads: one chat {one:F0} tokens/s");
        for (int round = 0; round < Rounds; round++)
        {
            await ManyAsync(engine, round, one);
        }
        await HistoryAsync(engine);
    }

    private static async Task ManyAsync(Engine engine, int round, double one)
    {
        long started = TimeProvider.System.GetTimestamp();
        Chat[] chats = await Task.WhenAll(Enumerable.Range(0, Chats).Select(i => ChatAsync(engine, i, $"chat {i} in round {round}, about a dog")));
        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds, all = Chats * ReplyTokens / seconds;
        double[] first = [.. chats.Select(c => c.FirstToken.TotalMilliseconds).Order()];
        double[] totals = [.. chats.Select(c => c.Total.TotalSeconds).Order()];
        Console.WriteLine(
            $"{Chats} chats: {all:F0} tokens/s = {all / one:F1} x one; slowest/fastest {totals[^1] / totals[0]:F2}; first token p50 {first[Chats / 2]:F0} ms, p95 {first[Chats - 1]:F0} ms");
    }

    private static async Task HistoryAsync(Engine engine)
    {
        var with = new List<double>();
        var without = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            string history = $"{round}" + new string('h', HistoryTokens - 20);
            Chat cold = await ChatAsync(engine, 0, history, replyTokens: 8);
            Chat warm = await ChatAsync(engine, 0, history + " and a question", replyTokens: 8);
            without.Add(cold.FirstToken.TotalMilliseconds);
            with.Add(warm.FirstToken.TotalMilliseconds);
        }
        double cost = without.Min(), saved = with.Min();
        Console.WriteLine($"first token after {HistoryTokens} tokens: {cost:F1} ms computed, {saved:F1} ms from the cache = {cost / saved:F1} x sooner");
    }

    private static async Task<Chat> ChatAsync(Engine engine, int chat, string text, int replyTokens = ReplyTokens)
    {
        var sampling = new SamplingOptions { Temperature = 0.8, TopP = 0.95, MaxReplyTokens = replyTokens, Seed = chat };
        long started = TimeProvider.System.GetTimestamp();
        TimeSpan first = default;
        await foreach (ReplyPiece piece in engine.GenerateAsync(ReplyRequest.Continuation(text, sampling) with { User = $"user {chat}" }, default))
        {
            first = first == default && piece.TokenId is not null ? TimeProvider.System.GetElapsedTime(started) : first;
        }
        TimeSpan total = TimeProvider.System.GetElapsedTime(started);
        return new Chat(first, total, (replyTokens - 1) / (total - first).TotalSeconds);
    }

    private static ServingModel Model(DecoderConfig config, Tokenizer tokenizer)
    {
        var weights = new ParameterBlock(config);
        WeightInitializer.Initialize(weights, seed: 1);
        var crew = new Crew(Environment.ProcessorCount);
        var card = new ModelCard { Name = "bench", ContextTokens = config.ContextTokens, Parameters = weights.Count, Sampling = new SamplingOptions() };
        ChatTemplate template = ChatTemplate.Parse(OwnTemplate.Source, new Dictionary<string, string>());
        return new ServingModel(card, new Decoder(weights, crew), tokenizer, template, TimeProvider.System, [weights, crew]);
    }

    /// <summary>One token per byte, so that a text's length is its cost.</summary>
    private static Tokenizer LettersOnly()
    {
        var options = new BpeTrainerOptions();
        var trainer = new BpeTrainer(options with { VocabularySize = options.SpecialTokens.Count + 256 });
        trainer.Add("a");
        return trainer.Train();
    }

    private sealed record Chat(TimeSpan FirstToken, TimeSpan Total, double TokensPerSecond);
}
