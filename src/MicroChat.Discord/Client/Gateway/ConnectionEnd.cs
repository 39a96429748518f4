namespace MicroChat.Discord.Client.Gateway;

/// <summary>How a connection ended.</summary>
/// <param name="After">What to do next.</param>
/// <param name="Reason">For people.</param>
/// <param name="CloseCode">The server's code; null: none.</param>
internal sealed record ConnectionEnd(AfterClose After, string Reason, int? CloseCode)
{
    /// <summary>The session was begun or resumed on this connection: waits start from the shortest again.</summary>
    public bool WasHealthy { get; init; }

    /// <summary>How long to wait at least, where the protocol says so.</summary>
    public TimeSpan Wait { get; init; }
}
