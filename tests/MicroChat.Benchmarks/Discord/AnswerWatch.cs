using System.Collections.Concurrent;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Benchmarks.Discord;

/// <summary>Looks through the channels for answers, and counts them at the end.</summary>
internal sealed class AnswerWatch(DiscordWorld world, IReadOnlyList<SimChannel> channels)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<SimMessage>> waiting = new();
    private readonly ConcurrentQueue<SimMessage> asked = new();

    /// <summary>Questions whose finished answer has not been seen.</summary>
    public int Waiting => waiting.Count;

    /// <summary>Completes when the question has a finished answer.</summary>
    public Task<SimMessage> FinishedAsync(SimMessage question)
    {
        asked.Enqueue(question);
        return waiting.GetOrAdd(question.Id, _ => new TaskCompletionSource<SimMessage>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (SimMessage answer in world.Read(_ => channels.SelectMany(Answers).Where(IsFinished).ToArray()))
            {
                if (waiting.TryRemove(answer.ReplyTo!.Value, out TaskCompletionSource<SimMessage>? source))
                {
                    source.TrySetResult(answer);
                }
            }
            await Task.Delay(Step, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Waits until every question that was asked has an answer; false when some have none in time.</summary>
    public async Task<bool> AllFinishedAsync(TimeSpan patience)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (Waiting > 0 && TimeProvider.System.GetElapsedTime(started) < patience)
        {
            await Task.Delay(Step);
        }
        return Waiting == 0;
    }

    /// <summary>How often each question was answered.</summary>
    public AnswerTally Tally() => world.Read(_ =>
    {
        ILookup<ulong, SimMessage> answers = channels.SelectMany(channel => channel.Messages.Where(m => m.Author == world.Bot && m.ReplyTo is not null)).ToLookup(m => m.ReplyTo!.Value);
        SimMessage[] questions = [.. asked];
        return new AnswerTally(
            questions.Length,
            questions.Count(q => answers[q.Id].Count() == 1 && IsGood(answers[q.Id].Single())),
            questions.Count(q => !answers[q.Id].Any()),
            questions.Count(q => answers[q.Id].Count() > 1),
            [.. questions.Where(q => answers[q.Id].Count() == 1 && !IsGood(answers[q.Id].Single())).Select(q => answers[q.Id].Single().Content).Take(10)]);
    });

    private IEnumerable<SimMessage> Answers(SimChannel channel) => channel.Messages.Where(m => m.Author == world.Bot && m.ReplyTo is { } question && waiting.ContainsKey(question));

    private static bool IsFinished(SimMessage message) =>
        message.ComponentsJson is var json && !json.Contains("mc1:stop:", StringComparison.Ordinal) && json.Contains("mc1:", StringComparison.Ordinal);

    /// <summary>Thumbs are below answers only; an excuse has a retry button at most.</summary>
    private static bool IsGood(SimMessage message) => message.ComponentsJson.Contains("mc1:up:", StringComparison.Ordinal);
}

/// <summary>How often questions were answered.</summary>
/// <param name="Asked">All questions.</param>
/// <param name="Once">Those with one answer.</param>
/// <param name="Never">Those with none.</param>
/// <param name="Repeatedly">Those with more.</param>
/// <param name="Excuses">What stands where an answer should be; the first ten.</param>
internal sealed record AnswerTally(int Asked, int Once, int Never, int Repeatedly, IReadOnlyList<string> Excuses)
{
    public bool IsRight => Once == Asked;

    public override string ToString() =>
        $"{Asked} questions: {Once} answered once, {Never} never, {Repeatedly} more than once, {Asked - Once - Never - Repeatedly} with an excuse"
        + (Excuses.Count == 0 ? "" : $" ({string.Join(" | ", Excuses)})");
}
