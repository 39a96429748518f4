using System.Diagnostics;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Benchmarks.Soak;

/// <summary>A soak of the whole program: resident memory before and after, what was answered, and every accepted rating on disk after a kill.</summary>
internal static class SoakBench
{
    private const int Clients = 8;
    private const int Seed = 20261121;
    private const double MostGrowth = 0.05;
    private const int CacheBytes = 16 << 20;        // full after the warm-up, so that what grows later is a leak

    /// <param name="model">Folder of the model to serve.</param>
    /// <param name="requests">Requests that are counted; half as many come before, to warm the program up.</param>
    /// <returns>0: everything held.</returns>
    public static async Task<int> RunAsync(string model, int requests)
    {
        string folder = Directory.CreateTempSubdirectory("microchat-soak-").FullName;
        try
        {
            return await RunAsync(model, requests, Path.Combine(folder, "feedback.db"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> RunAsync(string model, int requests, string database)
    {
        var report = new SoakReport();
        using HostProcess host = await HostProcess.StartAsync(
            Path.GetDirectoryName(database)!, ["--model", model, "--set", $"Feedback:Database={database}", "--set", "Logging:Level=Warning", "--set", $"Engine:CacheBytes={CacheBytes}"]);
        await new SoakClient(host.Address, Seed).RunAsync(requests / 2, Clients, report);
        long before = host.Resident;
        long started = Stopwatch.GetTimestamp();
        await new SoakClient(host.Address, Seed + Clients).RunAsync(requests, Clients, report);
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        await Task.Delay(TimeSpan.FromSeconds(2));
        long after = host.Resident;
        Console.WriteLine($"{requests} requests in {took.TotalSeconds:0} s; resident {before >> 20} MB before, {after >> 20} MB after ({(double)(after - before) / before:+0.0%;-0.0%})");
        bool flat = after - before <= before * MostGrowth;
        await host.KillAsync();
        int wrong = await WrongRatingsAsync(database, report);
        Print(report, wrong);
        return flat && wrong == 0 && report.Surprising == 0 ? 0 : 1;
    }

    private static async Task<int> WrongRatingsAsync(string database, SoakReport report)
    {
        await using SqliteFeedbackStore store = SqliteFeedbackStore.Open(
            new SqliteFeedbackOptions { Path = database }, StoreKey.Find(null, database), TimeProvider.System);
        return await report.WrongRatingsAsync(store);
    }

    private static void Print(SoakReport report, int wrong)
    {
        foreach ((string outcome, int count) in report.Outcomes.OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            Console.WriteLine($"{count,6}  {outcome}");
        }
        Console.WriteLine($"{report.Ratings.Count} replies rated, {wrong} ratings lost, doubled or changed after the kill");
        foreach (string surprise in report.Surprises)
        {
            Console.WriteLine($"surprise: {surprise}");
        }
    }
}
