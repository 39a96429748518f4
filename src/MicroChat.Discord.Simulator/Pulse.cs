namespace MicroChat.Discord.Simulator;

/// <summary>Lets tests wait until something they look at has changed.</summary>
internal sealed class Pulse
{
    private volatile TaskCompletionSource next = New();

    /// <summary>Something changed.</summary>
    public void Beat() => Interlocked.Exchange(ref next, New()).TrySetResult();

    /// <summary>Waits until a condition holds; false when <paramref name="patience"/> ran out first.</summary>
    /// <param name="patience">Real time, whatever clock the simulation runs on.</param>
    public async Task<bool> UntilAsync(Func<bool> condition, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(patience);
        while (true)
        {
            Task change = next.Task;
            if (condition())
            {
                return true;
            }
            try
            {
                await change.WaitAsync(end.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return condition();
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
