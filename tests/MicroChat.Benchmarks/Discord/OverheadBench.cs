using System.Diagnostics;
using MicroChat.Discord.Simulator;

namespace MicroChat.Benchmarks.Discord;

/// <summary>What 50 messages a second that are not meant for the bot cost: processor time of the whole host, less that of a host without traffic.</summary>
internal static class OverheadBench
{
    private const int Channels = 10, MessagesPerSecond = 50;
    private const double Most = 0.05;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);

    public static async Task<bool> RunAsync(string model, TimeSpan duration)
    {
        await using Rehearsal rehearsal = await Rehearsal.StartAsync(new SimulatorOptions(), Channels, 1, model);
        await rehearsal.AskAsync(0, 0, "are you there?");
        double idle = await ShareAsync(rehearsal.Host, WarmUp);
        using var over = new CancellationTokenSource();
        Task traffic = Task.WhenAll(rehearsal.Channels.Select(channel => rehearsal.Discord.Failures.TrafficAsync(channel, (double)MessagesPerSecond / Channels, over.Token)));
        await Task.Delay(WarmUp);                           // methods are compiled for good once they have run often enough
        double busy = await ShareAsync(rehearsal.Host, duration);
        await over.CancelAsync();
        await traffic;
        int seen = rehearsal.Discord.World.Read(_ => rehearsal.Channels.Sum(channel => channel.Messages.Count));
        Console.WriteLine($"{MessagesPerSecond} messages/s for {duration.TotalSeconds:0} s ({seen} in all): {busy:P2} of one core, {idle:P2} without them; {rehearsal.Manners}");
        return busy < Most;
    }

    /// <summary>Processor time by time, over all cores.</summary>
    private static async Task<double> ShareAsync(HostProcess host, TimeSpan duration)
    {
        TimeSpan cpu = host.Cpu;
        long started = Stopwatch.GetTimestamp();
        await Task.Delay(duration);
        return (host.Cpu - cpu) / Stopwatch.GetElapsedTime(started);
    }
}
