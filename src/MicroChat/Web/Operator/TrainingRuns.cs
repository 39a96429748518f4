using System.Collections.Concurrent;
using System.Text.Json;
using MicroChat.Options;
using MicroChat.Training.Reports;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web.Operator;

/// <summary>The folders of training runs, read while they grow: curves, newest values, samples before and after.</summary>
internal sealed class TrainingRuns(AppOptions options, TimeProvider time)
{
    private const string MetricsFile = "metrics.jsonl";
    private const string SamplesFile = "samples.jsonl";
    private const int LongestSamplesFile = 64 << 20;
    private static readonly TimeSpan ActiveFor = TimeSpan.FromMinutes(5);

    private readonly string folder = Path.GetFullPath(options.Page.RunsFolder);
    private readonly ConcurrentDictionary<string, Cached> cache = new(StringComparer.Ordinal);

    public async Task ListAsync(HttpContext context)
    {
        RunItem[] runs = [.. Names().Select(name => Item(name, Read(name))).OrderByDescending(run => run.Updated)];
        await context.Response.WriteAsJsonAsync(new RunListBody(folder, runs), OperatorJson.Default.RunListBody);
    }

    public async Task ReadAsync(HttpContext context)
    {
        string asked = context.Request.RouteValues["name"] as string ?? "";
        string name = Names().FirstOrDefault(n => n == asked) ?? throw PageException.NotFound($"run in {folder}");
        Cached run = Read(name);
        (long from, long to, RunSample[] samples) = Samples(Path.Combine(folder, name, SamplesFile));
        await context.Response.WriteAsJsonAsync(new RunBody(Item(name, run), run.Curves, from, to, samples), OperatorJson.Default.RunBody);
    }

    /// <summary>Whether a folder below that of the runs is one.</summary>
    public bool Has(string name) => File.Exists(Path.Combine(folder, name, MetricsFile));

    /// <summary>The curves of a run that is there.</summary>
    /// <param name="name">Not a caller's own: it is taken as it is.</param>
    public IReadOnlyDictionary<string, RunCurve> CurvesOf(string name) => Read(name).Curves;

    /// <summary>Only what the listing names can be read, so that no address leads out of the folder.</summary>
    private IEnumerable<string> Names() => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder).Where(run => File.Exists(Path.Combine(run, MetricsFile))).Select(run => Path.GetFileName(run))
        : [];

    private Cached Read(string name)
    {
        var file = new FileInfo(Path.Combine(folder, name, MetricsFile));
        if (cache.TryGetValue(name, out Cached? known) && known.Length == file.Length && known.Updated == file.LastWriteTimeUtc)
        {
            return known;
        }
        try
        {
            MetricsRow[] rows = [.. MetricsLog.Read(file.FullName)];
            return cache[name] = new Cached(file.Length, file.LastWriteTimeUtc, rows.LastOrDefault()?.Step ?? 0, rows.LastOrDefault()?.Tokens ?? 0, RunCurves.Of(rows));
        }
        catch (InvalidDataException e)
        {
            throw new PageException(500, "damaged_run", e.Message);
        }
    }

    private RunItem Item(string name, Cached run) => new(name, run.Updated, time.GetUtcNow() - run.Updated < ActiveFor, run.Step, run.Tokens,
        run.Curves.Where(c => c.Value.Mean.Count > 0).ToDictionary(c => c.Key, c => c.Value.Mean[^1]));

    /// <summary>The first and the newest line of the samples, matched by prompt. A torn last line is left out.</summary>
    private static (long From, long To, RunSample[] Samples) Samples(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length > LongestSamplesFile)
        {
            return (0, 0, []);
        }
        (long Step, Dictionary<string, string> Replies)[] all =
            [.. File.ReadLines(path).Select(Sampling).Where(s => s is not null).Select(s => s!.Value)];
        if (all.Length == 0)
        {
            return (0, 0, []);
        }
        var (first, last) = (all[0], all[^1]);
        IEnumerable<string> prompts = first.Replies.Keys.Union(last.Replies.Keys);
        return (first.Step, last.Step, [.. prompts.Select(p => new RunSample(p, first.Replies.GetValueOrDefault(p), last.Replies.GetValueOrDefault(p)))]);
    }

    private static (long, Dictionary<string, string>)? Sampling(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            var replies = new Dictionary<string, string>();
            foreach (JsonElement sample in json.RootElement.GetProperty("samples").EnumerateArray())
            {
                replies[sample.GetProperty("Prompt").GetString() ?? ""] = sample.GetProperty("Reply").GetString() ?? "";
            }
            return (json.RootElement.GetProperty("step").GetInt64(), replies);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private sealed record Cached(long Length, DateTime Updated, long Step, long Tokens, IReadOnlyDictionary<string, RunCurve> Curves);
}
