using System.Collections.Concurrent;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Discord.State;
using MicroChat.Feedback;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Answers;

/// <summary>A turn that is to be run.</summary>
/// <param name="Turn">As it was taken on.</param>
/// <param name="Read">Makes the question of it, when its time has come.</param>
/// <param name="Target">Where the answer is shown.</param>
internal sealed record TurnRequest(TurnRecord Turn, Func<CancellationToken, Task<Question>> Read, IAnswerTarget Target);

/// <summary>Runs turns: those of one person in one place one after another, all others side by side; each can be stopped, and broken off.</summary>
internal sealed partial class TurnRunner(BotContext bot)
{
    private readonly ConcurrentDictionary<Snowflake, Running> running = new();
    private readonly Lock gate = new();
    private readonly Dictionary<(Snowflake, Pseudonym), Task> last = [];
    private volatile bool stopping;

    /// <summary>Turns under way or waiting.</summary>
    public int Count => running.Count;

    public int CountOf(Pseudonym person) => running.Values.Count(turn => turn.Request.Turn.Person == person);

    public bool IsRunning(Snowflake turn) => running.ContainsKey(turn);

    /// <summary>Begins a turn; it runs on a task of its own.</summary>
    public void Start(TurnRequest request)
    {
        var turn = new Running(request);
        if (stopping || !running.TryAdd(request.Turn.Id, turn))
        {
            return;                         // while the program stops, the turn stays open for the next start
        }
        (Snowflake, Pseudonym) key = (request.Turn.Channel, request.Turn.Person);
        lock (gate)
        {
            Task before = last.GetValueOrDefault(key, Task.CompletedTask);
            turn.Task = Task.Run(() => RunAsync(turn, before));
            last[key] = turn.Task;
        }
        turn.Task.ContinueWith(_ => Forget(key, turn), TaskScheduler.Default);
    }

    /// <summary>Ends an answer early, as a person wants it; what there is stays.</summary>
    /// <returns>False: it has ended already.</returns>
    public bool Stop(Snowflake turn)
    {
        bool found = running.TryGetValue(turn, out Running? it);
        it?.Stop.Cancel();
        return found;
    }

    /// <summary>Breaks an answer off and waits until nothing more is done for it.</summary>
    /// <returns>False: it was not under way.</returns>
    public async Task<bool> BreakOffAsync(Snowflake turn)
    {
        if (!running.TryGetValue(turn, out Running? it))
        {
            return false;
        }
        await it.BreakOff.CancelAsync();
        await it.Task;
        return true;
    }

    /// <summary>Lets what is under way come to its end, and breaks off what does not; those turns stay open.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        stopping = true;
        Task all = Task.WhenAll(running.Values.Select(turn => turn.Task));
        await Task.WhenAny(all, Task.Delay(patience, bot.Time));
        foreach (Running turn in running.Values)
        {
            await turn.BreakOff.CancelAsync();
        }
        await all;
    }

    private async Task RunAsync(Running turn, Task before)
    {
        await before;
        TurnRequest request = turn.Request;
        try
        {
            Question question = await request.Read(turn.BreakOff.Token);
            RunEnd end = await new AnswerRun(bot, question, request.Target).RunAsync(turn.Stop.Token, turn.BreakOff.Token);
            if (end == RunEnd.Done)
            {
                await bot.State.SetStateAsync(request.Turn.Id, TurnState.Closed, CancellationToken.None);
                await bot.AnswerFinished(request.Turn.Id);
            }
        }
        catch (OperationCanceledException) when (turn.BreakOff.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)                 // one bad turn must not end the bot
        {
            await ExplainAsync(request, e);
        }
        finally
        {
            running.TryRemove(request.Turn.Id, out _);
        }
    }

    private async Task ExplainAsync(TurnRequest request, Exception failure)
    {
        string id = bot.NewErrorId();
        LogFailed(bot.Log, failure, id);
        try
        {
            await request.Target.ShowAsync(new AnswerView([Outcome.Of(failure, id).Text], AnswerButtons.Failed(request.Turn.Id), null), CancellationToken.None);
            await bot.State.SetStateAsync(request.Turn.Id, TurnState.Closed, CancellationToken.None);
        }
        catch (Exception e) when (e is DiscordException or FeedbackException)
        {
            LogFailed(bot.Log, e, id);
        }
    }

    private void Forget((Snowflake, Pseudonym) key, Running turn)
    {
        lock (gate)
        {
            if (last.TryGetValue(key, out Task? task) && task == turn.Task)
            {
                last.Remove(key);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A question could not be answered (error {Id}).")]
    private static partial void LogFailed(ILogger log, Exception e, string id);

    private sealed class Running(TurnRequest request)
    {
        public TurnRequest Request => request;

        public CancellationTokenSource Stop { get; } = new();

        public CancellationTokenSource BreakOff { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
