namespace MicroChat.Tests.Training;

/// <summary>Asks the run to stop when a line for update n was written: progress goes out at once in redirected output.</summary>
internal sealed class StopAfter(int step) : StringWriter
{
    private readonly CancellationTokenSource _stop = new();

    public CancellationToken Token => _stop.Token;

    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value?.StartsWith($"step {step}", StringComparison.Ordinal) == true)
        {
            _stop.Cancel();
        }
    }
}
