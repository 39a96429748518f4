using System.Diagnostics;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;
using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Benchmarks.Discord;

/// <summary>Thousands of people react to one answer within ten seconds, some of them take it back: the store holds exactly what is to be seen on the message.</summary>
internal static class ReactionBench
{
    private const int TakenBackEvery = 10;

    private static readonly TimeSpan Storm = TimeSpan.FromSeconds(10), Patience = TimeSpan.FromMinutes(5), Step = TimeSpan.FromSeconds(2);
    private static readonly string[] Emoji = ["👍", "👎", "👍🏽", "🎉"];

    public static async Task<bool> RunAsync(string model, int reactions)
    {
        await using Rehearsal rehearsal = await Rehearsal.StartAsync(new SimulatorOptions { ReplayEvents = 100_000 }, 1, 1, model);
        SimMessage answer = await rehearsal.AskAsync(0, 0, "What is a tide?");
        await Task.Delay(TimeSpan.FromSeconds(2));
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<SimUser> people = await rehearsal.Discord.Failures.ReactionStormAsync(answer, reactions, Storm, Emoji);
        TimeSpan storm = Stopwatch.GetElapsedTime(started);
        for (int i = 0; i < people.Count; i += TakenBackEvery)
        {
            rehearsal.Discord.World.Unreact(people[i], answer, Emoji[i % Emoji.Length]);
        }
        await using SqliteFeedbackStore store = SqliteFeedbackStore.Open(
            new SqliteFeedbackOptions { Path = rehearsal.Database }, StoreKey.Find(null, rehearsal.Database), TimeProvider.System);
        Dictionary<Pseudonym, int> wanted = Wanted(people, store);
        int wrong = int.MaxValue;
        while (wrong > 0 && Stopwatch.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(Step);
            wrong = await WrongAsync(store, answer, wanted);
        }
        TimeSpan recorded = Stopwatch.GetElapsedTime(started);
        await rehearsal.Host.KillAsync();
        wrong = await WrongAsync(store, answer, wanted);
        Console.WriteLine($"{reactions} reactions in {storm.TotalSeconds:0.0} s and {(reactions + TakenBackEvery - 1) / TakenBackEvery} taken back: "
            + $"{wanted.Count} ratings to be found, recorded {recorded.TotalSeconds:0.0} s after the first reaction; after a kill {wrong} are missing, too many or wrong; {rehearsal.Manners}");
        return wrong == 0;
    }

    /// <summary>The vote that each person's reaction is, where it still stands and is a vote.</summary>
    private static Dictionary<Pseudonym, int> Wanted(IReadOnlyList<SimUser> people, SqliteFeedbackStore store) => people.Index()
        .Where(p => p.Index % TakenBackEvery != 0 && p.Index % Emoji.Length != 3)
        .ToDictionary(p => store.PseudonymOf(Platforms.Discord, $"{p.Item.Id}"), p => p.Index % Emoji.Length == 1 ? -1 : 1);

    private static async Task<int> WrongAsync(SqliteFeedbackStore store, SimMessage answer, Dictionary<Pseudonym, int> wanted)
    {
        if (await store.FindByMessageAsync(Platforms.Discord, $"{answer.Id}", CancellationToken.None) is not { } exchange)
        {
            return wanted.Count;
        }
        IReadOnlyList<Rating> found = await store.RatingsOfAsync(exchange.Id, CancellationToken.None);
        int right = found.Count(rating => wanted.TryGetValue(rating.Person, out int value) && value == rating.Value);
        return wanted.Count - right + found.Count - right;
    }
}
