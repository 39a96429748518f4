using System.Diagnostics;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Benchmarks.Discord;

/// <summary>Connections cut, closed, taken over and turned into zombies, events doubled, and the process killed or stopped in the middle of answers: every message gets one answer.</summary>
internal static class DisruptionBench
{
    private const int Channels = 10, People = 40, KillEvery = 3, StopEvery = 7;
    private const int Seed = 20261121;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8), Interval = TimeSpan.FromSeconds(3);

    public static async Task<bool> RunAsync(string model, int rounds)
    {
        await using Rehearsal rehearsal = await Rehearsal.StartAsync(
            new SimulatorOptions { HeartbeatInterval = Interval }, Channels, People, model, "DiscordBot:UserTurnsPerHour=0", "DiscordBot:MostTurnsPerUser=100", "Engine:MaxQueued=200", "DiscordBot:DrainSeconds=1");
        await rehearsal.AskAsync(0, 0, "are you there?");           // from here on nothing may be lost
        var random = new Random(Seed);
        long started = Stopwatch.GetTimestamp();
        int asked = 0, kills = 0, stops = 0;
        for (int round = 0; round < rounds; round++)
        {
            Ask();
            Ask();
            await Task.Delay(random.Next(2_000));
            Disconnect(rehearsal.Discord, round);
            Ask();
            await rehearsal.Discord.WaitForShardsAsync(1, Patience);
            if (round % KillEvery != 0 && round % StopEvery != 0)
            {
                continue;
            }
            Ask();
            await Task.Delay(1_000 + random.Next(1_500));           // the debounce is over: the question is taken on, or its answer half written
            await (round % StopEvery == 0 ? rehearsal.Host.StopAsync() : rehearsal.Host.KillAsync());
            _ = round % StopEvery == 0 ? stops++ : kills++;
            Ask();
            await rehearsal.StartHostAsync();
        }
        await rehearsal.Answers.AllFinishedAsync(Patience);
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        await Task.Delay(TimeSpan.FromSeconds(5));                  // what comes twice comes late
        AnswerTally tally = rehearsal.Answers.Tally();
        Console.WriteLine($"{rounds} disconnects, {kills} kills and {stops} stops of the process in {took.TotalSeconds:0} s; {tally}; {rehearsal.Manners}");
        Console.WriteLine(string.Join('\n', rehearsal.Refusals.Take(20).Append(tally.IsRight ? "" : rehearsal.Host.Log)).Trim());
        return tally.IsRight && rehearsal.Discord.Journal.SimulatorFaults == 0;     // a killed process takes what it knew of the limits along

        void Ask()
        {
            _ = rehearsal.AskAsync(asked, asked, $"Question {asked}: why is the sky blue?");
            asked++;
        }
    }

    private static void Disconnect(DiscordSimulator discord, int round)
    {
        switch (round % 8)
        {
            case 0:
                discord.Failures.Cut();
                break;
            case 1:
                discord.Failures.Reconnect();
                break;
            case 2:
                discord.Failures.Close(4000);
                break;
            case 3:
                discord.Failures.InvalidSession(resumable: true);
                break;
            case 4:
                discord.Failures.DuplicateEvents(4);
                discord.Failures.Cut();
                break;
            case 5:
                discord.Failures.Zombies();
                break;
            case 6:
                discord.Failures.Close(4009);
                break;
            default:
                discord.Failures.InvalidSession(resumable: false);
                break;
        }
    }
}
