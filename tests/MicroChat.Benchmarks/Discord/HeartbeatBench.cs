using System.Diagnostics;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.Journals;

namespace MicroChat.Benchmarks.Discord;

/// <summary>Whether heartbeats come in time while the engine computes on every core: a flood of questions, and two shards that are asked for a heartbeat every five seconds.</summary>
internal static class HeartbeatBench
{
    private const int Channels = 32, People = 64, Shards = 2;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public static async Task<bool> RunAsync(string model, TimeSpan duration)
    {
        await using Rehearsal rehearsal = await Rehearsal.StartAsync(
            new SimulatorOptions { HeartbeatInterval = Interval, Shards = Shards, JournalEntries = 1_000_000 }, Channels, People, model,
            "DiscordBot:UserTurnsPerHour=0", "DiscordBot:MostMessages=1", $"Engine:MaxQueued={People}");
        using var over = new CancellationTokenSource(duration);
        TimeSpan cpu = rehearsal.Host.Cpu;
        long started = Stopwatch.GetTimestamp();
        int[] answers = await Task.WhenAll(Enumerable.Range(0, People).Select(person => TalkAsync(rehearsal, person, over.Token)));
        TimeSpan wall = Stopwatch.GetElapsedTime(started);
        double busy = (rehearsal.Host.Cpu - cpu) / wall / Environment.ProcessorCount;
        double[] late = [.. rehearsal.Discord.Journal.Entries.Where(e => e.Kind == JournalKind.Heartbeat).Select(e => e.Lateness.TotalMilliseconds).Order()];
        Console.WriteLine($"{wall.TotalSeconds:0} s, {answers.Sum()} answers, the host's share of all cores {busy:P0}; {rehearsal.Manners}");
        Console.WriteLine($"heartbeats every {Interval.TotalSeconds:0} s, lateness: p50 {late[late.Length / 2]:0.0} ms, p99 {late[late.Length * 99 / 100]:0.0} ms, worst {late[^1]:0.0} ms");
        long expected = (long)(Shards * wall / Interval) - Shards;
        return rehearsal.Discord.Journal is { MissedHeartbeats: 0, SimulatorFaults: 0, UnexpectedRateLimits: 0 } && late.Length >= expected && late[^1] < Interval.TotalMilliseconds / 2;
    }

    /// <summary>One person asks again as soon as the answer is there.</summary>
    private static async Task<int> TalkAsync(Rehearsal rehearsal, int person, CancellationToken over)
    {
        int answers = 0;
        while (!over.IsCancellationRequested)
        {
            Task asked = rehearsal.AskAsync(person, person, $"Tell me a long story about a dog, number {answers}.");
            await asked.WaitAsync(over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            answers += asked.IsCompletedSuccessfully ? 1 : 0;
        }
        return answers;
    }
}
