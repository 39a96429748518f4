namespace MicroChat.Chat.Serving;

/// <summary>How long replies have taken lately, and so how long a place in the queue will.</summary>
internal sealed class ReplyPace(EngineOptions options)
{
    /// <summary>Weight of the newest reply in the mean.</summary>
    private const double Newest = 0.2;

    private double _meanSeconds = double.NaN;

    public void Note(TimeSpan reply)
    {
        double mean = Volatile.Read(ref _meanSeconds);
        Volatile.Write(ref _meanSeconds, double.IsNaN(mean) ? reply.TotalSeconds : mean + (Newest * (reply.TotalSeconds - mean)));
    }

    /// <summary>Until the request at a position starts, when all places are taken; null: no reply has ended yet.</summary>
    public TimeSpan? Estimate(int position)
    {
        double mean = Volatile.Read(ref _meanSeconds);
        return double.IsNaN(mean) ? null : TimeSpan.FromSeconds(mean * position / options.MaxRunning);
    }

    /// <summary>What a request is told that finds no room.</summary>
    public QueueFullException Full(int queued)
    {
        TimeSpan wait = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(Estimate(queued + 1)?.TotalSeconds ?? 1)));
        return new QueueFullException(
            $"{queued} requests wait already; at most {options.MaxQueued} may, and {options.MaxQueuedPerUser} of one user. "
            + $"Try again in about {wait.TotalSeconds:0} seconds.", wait);
    }
}
