using System.Diagnostics;
using System.Text.RegularExpressions;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Benchmarks.Soak;

/// <summary>A soak of the whole program: resident memory before and after, what was answered, and every accepted rating on disk after a kill.</summary>
internal static partial class SoakBench
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
        using Process host = Start(model, database);
        try
        {
            Uri address = await AddressAsync(host);
            _ = host.StandardOutput.ReadToEndAsync();
            await new SoakClient(address, Seed).RunAsync(requests / 2, Clients, report);
            long before = Resident(host);
            long started = Stopwatch.GetTimestamp();
            await new SoakClient(address, Seed + Clients).RunAsync(requests, Clients, report);
            TimeSpan took = Stopwatch.GetElapsedTime(started);
            await Task.Delay(TimeSpan.FromSeconds(2));
            long after = Resident(host);
            Console.WriteLine($"{requests} requests in {took.TotalSeconds:0} s; resident {before >> 20} MB before, {after >> 20} MB after ({(double)(after - before) / before:+0.0%;-0.0%})");
            bool flat = after - before <= before * MostGrowth;
            host.Kill(entireProcessTree: true);         // without any chance to write something down
            await host.WaitForExitAsync();
            int wrong = await WrongRatingsAsync(database, report);
            Print(report, wrong);
            return flat && wrong == 0 && report.Surprising == 0 ? 0 : 1;
        }
        finally
        {
            if (!host.HasExited)
            {
                host.Kill(entireProcessTree: true);
            }
        }
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

    private static Process Start(string model, string database)
    {
        var start = new ProcessStartInfo("dotnet",
            [typeof(CommandLine).Assembly.Location, "serve", "--port", "0", "--model", model, "--set", $"Feedback:Database={database}", "--set", "Logging:Level=Warning", "--set", $"Engine:CacheBytes={CacheBytes}"])
        {
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private static async Task<Uri> AddressAsync(Process host)
    {
        while (await host.StandardOutput.ReadLineAsync() is { } line)
        {
            if (AddressIn().Match(line) is { Success: true } match)
            {
                return new Uri(match.Value);
            }
        }
        throw new InvalidOperationException("The host ended before it listened; its own message is above.");
    }

    private static long Resident(Process host)
    {
        host.Refresh();
        return host.WorkingSet64;
    }

    [GeneratedRegex(@"http://[0-9.]+:[0-9]+")]
    private static partial Regex AddressIn();
}
