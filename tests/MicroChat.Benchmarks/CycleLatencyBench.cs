using System.Globalization;
using MicroChat.Chat;
using MicroChat.Chat.Serving;
using MicroChat.Cycles;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;

namespace MicroChat.Benchmarks;

/// <summary>What a chat feels of a cycle: time to the first token and tokens per second, without and with training in a process of low priority, by turns.</summary>
internal static class CycleLatencyBench
{
    private const int Rounds = 5, Chats = 12, ReplyTokens = 48;
    private static readonly TimeSpan UntilItTrains = TimeSpan.FromSeconds(20);

    /// <summary>Prints a line without and a line with training for every round, and the medians.</summary>
    /// <param name="model">Folder of the model that chats and is trained.</param>
    /// <param name="preferences">File of judged replies that training reads.</param>
    /// <param name="threads">Threads of the training.</param>
    public static async Task RunAsync(string model, string preferences, int threads)
    {
        using var engine = new Engine(ServingModel.Load(model, Environment.ProcessorCount, TimeProvider.System, "bench", "0"), new EngineOptions(), TimeProvider.System);
        await ChatAsync(engine, 0);
        var alone = new List<(double First, double Rate)>();
        var beside = new List<(double First, double Rate)>();
        for (int round = 0; round < Rounds; round++)
        {
            alone.AddRange(await MeasureAsync(engine, round, "alone"));
            string run = Directory.CreateTempSubdirectory("microchat-latency-").FullName;
            using CycleProcess training = CycleProcess.Start(
                ["train", "dpo", "--model", model, "--preferences", preferences, "--out", run, "--epochs", "100", "--threads", threads.ToString(CultureInfo.InvariantCulture), "--row-tokens", "512"], _ => { });
            await Task.Delay(UntilItTrains);
            beside.AddRange(await MeasureAsync(engine, round, "beside training"));
            await training.StopAsync();
            Directory.Delete(run, recursive: true);
        }
        Console.WriteLine($"median alone: {Median(alone)}; beside training on {threads} threads: {Median(beside)}; {Environment.ProcessorCount} processors");
    }

    private static async Task<List<(double First, double Rate)>> MeasureAsync(Engine engine, int round, string name)
    {
        var found = new List<(double First, double Rate)>();
        for (int chat = 0; chat < Chats; chat++)
        {
            found.Add(await ChatAsync(engine, (round * Chats) + chat + 1));
        }
        Console.WriteLine($"round {round}, {name}: {Median(found)}");
        return found;
    }

    private static string Median(List<(double First, double Rate)> of) => string.Create(
        CultureInfo.InvariantCulture,
        $"first token p50 {Place(of.Select(one => one.First), 0.5):F0} ms, p95 {Place(of.Select(one => one.First), 0.95):F0} ms; {Place(of.Select(one => one.Rate), 0.5):F0} tokens/s");

    private static double Place(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)((sorted.Length - 1) * share)];
    }

    private static async Task<(double First, double Rate)> ChatAsync(Engine engine, int number)
    {
        var sampling = new SamplingOptions { Temperature = 0.8, MaxReplyTokens = ReplyTokens, Seed = number };
        long started = TimeProvider.System.GetTimestamp();
        TimeSpan first = default;
        int tokens = 0;
        await foreach (ReplyPiece piece in engine.GenerateAsync(new ReplyRequest([new ChatTurn("user", $"Tell me story number {number}, please.")], sampling), default))
        {
            tokens += piece.TokenId is null ? 0 : 1;
            first = first == default && tokens > 0 ? TimeProvider.System.GetElapsedTime(started) : first;
        }
        TimeSpan all = TimeProvider.System.GetElapsedTime(started);
        return (first.TotalMilliseconds, Math.Max(0, tokens - 1) / Math.Max(1e-6, (all - first).TotalSeconds));
    }
}
