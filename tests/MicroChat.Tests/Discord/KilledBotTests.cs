using MicroChat.Benchmarks.Discord;
using MicroChat.Discord.Simulator;

namespace MicroChat.Tests.Discord;

/// <summary>The short form of <c>MicroChat.Benchmarks discord disruptions</c>: the real program with the embedded model, killed in the middle of an answer.</summary>
public sealed class KilledBotTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_killed_program_answers_everything_once_when_it_is_started_again()
    {
        await using Rehearsal rehearsal = await Rehearsal.StartAsync(new SimulatorOptions(), channels: 2, people: 3, Path.Combine(Repository.Root, "models"), "DiscordBot:MostTurnsPerUser=10");
        await rehearsal.AskAsync(0, 0, "are you there?").WaitAsync(Patience);
        _ = rehearsal.AskAsync(0, 0, "tell me a long story about the sea");
        _ = rehearsal.AskAsync(1, 1, "tell me a long story about the land");
        bool begun = await rehearsal.Discord.World.WaitForAsync(_ => rehearsal.Channels[1].Messages.Any(m => m.Author.IsBot), Patience);
        await rehearsal.Host.KillAsync();
        _ = rehearsal.AskAsync(2, 0, "what happened while you were away?");
        await rehearsal.StartHostAsync();
        _ = rehearsal.AskAsync(2, 1, "are you back?");
        bool all = await rehearsal.Answers.AllFinishedAsync(Patience);
        AnswerTally tally = rehearsal.Answers.Tally();
        Assert.True(begun && all && tally.IsRight, $"{tally}\n{rehearsal.Manners}\n{rehearsal.Host.Log}");
        Assert.Equal((0, 2), (rehearsal.Discord.Journal.UnexpectedRateLimits, rehearsal.Discord.Journal.Identifies));     // none came too soon after the one before the kill
    }
}
