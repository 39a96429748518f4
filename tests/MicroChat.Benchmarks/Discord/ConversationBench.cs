using System.Diagnostics;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Benchmarks.Discord;

/// <summary>200 conversations of three questions each in 50 channels at once: no limit is hit, and every message gets one answer.</summary>
internal static class ConversationBench
{
    private const int Conversations = 200, Channels = 50, Turns = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(9);

    public static async Task<bool> RunAsync(string model)
    {
        await using Rehearsal rehearsal = await Rehearsal.StartAsync(
            new SimulatorOptions(), Channels, Conversations, model, "DiscordBot:UserTurnsPerHour=0", $"Engine:MaxQueued={Conversations}");
        long started = Stopwatch.GetTimestamp();
        Task all = Task.WhenAll(Enumerable.Range(0, Conversations).Select(i => ConverseAsync(rehearsal, i)));
        await Task.WhenAny(all, Task.Delay(Patience));
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        await Task.Delay(TimeSpan.FromSeconds(3));          // what comes twice comes late
        AnswerTally tally = rehearsal.Answers.Tally();
        Console.WriteLine($"{Conversations} conversations over {Channels} channels in {took.TotalSeconds:0} s; {tally}; {rehearsal.Manners}");
        foreach (string refusal in rehearsal.Refusals.Take(20))
        {
            Console.WriteLine(refusal);
        }
        return tally.IsRight && tally.Asked == Conversations * Turns && rehearsal.Discord.Journal is { UnexpectedRateLimits: 0, InvalidRequests: 0, SimulatorFaults: 0 };
    }

    private static async Task ConverseAsync(Rehearsal rehearsal, int number)
    {
        SimMessage answer = await rehearsal.AskAsync(number, number, $"What do you think of the number {number}?");
        for (int turn = 1; turn < Turns; turn++)
        {
            answer = await rehearsal.AskAsync(number, number, $"And why is that, for the {turn}. time?", answer);
        }
    }
}
