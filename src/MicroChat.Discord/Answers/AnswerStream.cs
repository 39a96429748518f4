using System.Text;
using MicroChat.Chat;
using MicroChat.Discord.Text;
using MicroChat.Feedback;
using Microsoft.Extensions.AI;

namespace MicroChat.Discord.Answers;

/// <summary>One reply while it is being made: what of it may be shown so far, and everything that the store wants to know about it. Read from any thread.</summary>
/// <param name="id">The exchange that it will be.</param>
/// <param name="seed">Of its draws.</param>
/// <param name="speakers">Names whose lines are not the model's to write.</param>
internal sealed class AnswerStream(Guid id, long seed, IEnumerable<string> speakers)
{
    private readonly Lock gate = new();
    private readonly HiddenSpanFilter hidden = new();
    private readonly TurnGuard guard = new(speakers);
    private readonly StringBuilder visible = new();
    private readonly List<int> tokens = [];
    private readonly List<float> logProbabilities = [];
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously), ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid Id => id;

    public long Seed => seed;

    /// <summary>Set once work on it has begun.</summary>
    public ReplyStart? Start { get; private set; }

    /// <summary>Where it stands while it waits for its turn; null: it does not wait (any more).</summary>
    public QueueStatus? Queue { get; private set; }

    /// <summary>Set at a proper end.</summary>
    public ReplyFinish? Finish { get; private set; }

    /// <summary>Set when it ended otherwise: cancelled, or broken.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Completes when work has begun, or ended before it could.</summary>
    /// <summary>Whether the model ended it by itself, or at its longest.</summary>
    public bool IsWhole => Failure is null && Finish is not ReplyFinish.Interrupted;

    public Task Begun => begun.Task;

    /// <summary>Completes at the end, whatever it is.</summary>
    public Task Ended => ended.Task;

    /// <summary>What may be shown.</summary>
    public string Text
    {
        get
        {
            lock (gate)
            {
                return visible.ToString().TrimStart();
            }
        }
    }

    /// <summary>Completes at the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (gate)
            {
                return changed.Task;
            }
        }
    }

    /// <summary>Reads the whole stream; never throws.</summary>
    public async Task PumpAsync(IAsyncEnumerable<ChatResponseUpdate> updates)
    {
        try
        {
            await foreach (ChatResponseUpdate update in updates)
            {
                Take(update.RawRepresentation as ReplyPiece ?? new ReplyPiece(update.Text, null, null));
                if (guard.HasEnded)
                {
                    Finish = ReplyFinish.StopString;
                    break;
                }
            }
        }
        catch (Exception e)
        {
            Failure = e;                // judged by whoever shows the outcome
        }
        lock (gate)
        {
            visible.Append(guard.Push(hidden.Finish())).Append(guard.Finish());
        }
        begun.TrySetResult();
        ended.TrySetResult();
        Signal();
    }

    /// <summary>The reply as it is at its end.</summary>
    public ExchangeReply ToReply(DateTimeOffset time) => new()
    {
        Status = (Finish, Failure) switch
        {
            (ReplyFinish.Interrupted, _) or (null, OperationCanceledException) => ReplyStatus.Stopped,
            (_, not null) => ReplyStatus.Failed,
            _ => ReplyStatus.Complete,
        },
        Text = Text.TrimEnd(),
        Tokens = guard.HasEnded ? [] : tokens,              // they would say more than the text does
        LogProbabilities = guard.HasEnded ? [] : logProbabilities,
        Time = time,
    };

    private void Take(ReplyPiece piece)
    {
        lock (gate)
        {
            Start ??= piece.Start;
            Queue = piece.Queue;
            Finish ??= piece.FinishReason;
            visible.Append(guard.Push(hidden.Push(piece.Text)));
            if (piece is { TokenId: { } token, LogProbability: { } logProbability })
            {
                tokens.Add(token);
                logProbabilities.Add(logProbability);
            }
        }
        if (piece.Queue is null)
        {
            begun.TrySetResult();
        }
        Signal();
    }

    private void Signal()
    {
        TaskCompletionSource now;
        lock (gate)
        {
            now = changed;
            changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        now.TrySetResult();
    }
}
