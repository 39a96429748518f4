using MicroChat.Chat;
using MicroChat.Chat.Decorators;

namespace MicroChat.Hosting;

/// <summary>One reply under the clock, from asking to its end.</summary>
internal sealed class Measurement
{
    public const string FailedOutcome = "failed";

    private readonly ChatMetrics metrics;
    private readonly TimeProvider time;
    private readonly long started;
    private ReplyFinish? finish;
    private string? failure;

    public Measurement(ChatMetrics metrics, TimeProvider time)
    {
        (this.metrics, this.time) = (metrics, time);
        started = time.GetTimestamp();
    }

    public ReplyUsage? Usage { get; private set; }

    /// <summary>The model that replies; null: work has not begun.</summary>
    public ModelCard? Model { get; private set; }

    /// <summary>Null: there was no token.</summary>
    public TimeSpan? FirstToken { get; private set; }

    public TimeSpan Total { get; private set; }

    /// <summary>How it ended, in one word.</summary>
    public string Outcome { get; private set; } = FailedOutcome;

    public void See(ReplyPiece? piece)
    {
        if (piece is null)
        {
            return;
        }
        if (piece.TokenId is not null && FirstToken is null)
        {
            FirstToken = time.GetElapsedTime(started);
        }
        Model ??= piece.Start?.Model;
        finish ??= piece.FinishReason;
        Usage ??= piece.Usage;
    }

    public void Failed(Exception e) => failure = e switch
    {
        OperationCanceledException => "cancelled",
        QueueFullException or LimitReachedException or MessageTooLongException or ArgumentException => "refused",
        _ => FailedOutcome,
    };

    /// <param name="cancelled">Whether the caller wanted no more.</param>
    public void End(bool cancelled)
    {
        Total = time.GetElapsedTime(started);
        Outcome = finish switch
        {
            ReplyFinish.EndOfText or ReplyFinish.StopString => "stop",
            ReplyFinish.Length => "length",
            ReplyFinish.Interrupted => "interrupted",
            _ => failure ?? (cancelled ? "cancelled" : "left"),
        };
        metrics.Ended(Outcome, Total);
    }
}
