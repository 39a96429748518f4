namespace MicroChat.Chat.Serving;

/// <summary>How a drain went.</summary>
/// <param name="Finished">Replies that came to their own end.</param>
/// <param name="Interrupted">Replies that were ended at the limit; they are marked so.</param>
public sealed record DrainReport(int Finished, int Interrupted);

/// <summary>A drain in progress.</summary>
internal sealed class Draining(long since, TimeSpan limit, int running)
{
    private readonly TaskCompletionSource<DrainReport> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Timestamp of its beginning.</summary>
    public long Since => since;

    public TimeSpan Limit => limit;

    public Task<DrainReport> Report => _report.Task;

    public bool IsOver => _report.Task.IsCompleted;

    /// <summary>Ends the drain, if a number of interrupted replies is given.</summary>
    public void End(int? interrupted)
    {
        if (interrupted is { } count)
        {
            _report.TrySetResult(new DrainReport(Math.Max(running - count, 0), count));
        }
    }
}
