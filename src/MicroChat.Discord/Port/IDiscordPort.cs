namespace MicroChat.Discord.Port;

/// <summary>The only way in which the bot knows Discord: events come in, actions go out. Implementations: the built-in client, Discord.Net.</summary>
public interface IDiscordPort : IAsyncDisposable
{
    /// <summary>What can be done. Usable from any thread, also before <see cref="RunAsync"/> and while the connection is down.</summary>
    public IDiscordActions Actions { get; }

    /// <summary>Connects, and stays connected until it is told to stop; lost connections are taken up again without a gap where Discord allows it.</summary>
    /// <param name="handler">Gets every event, one at a time, in order. It should return quickly: what takes longer belongs on a task of its own.</param>
    /// <param name="stop">Ends the session in good order; the method then returns.</param>
    /// <remarks>
    /// Events may come twice or be missed (after a <see cref="Ready"/> that is not the first one). An exception of the handler is logged and the next event follows.
    /// </remarks>
    /// <exception cref="DiscordSetupException">Discord refuses for a reason that trying again does not mend: token, intents, shards.</exception>
    public Task RunAsync(IDiscordHandler handler, CancellationToken stop);
}

/// <summary>Takes the events of an <see cref="IDiscordPort"/>.</summary>
public interface IDiscordHandler
{
    /// <summary>One event; the next one comes when this has ended.</summary>
    public ValueTask HandleAsync(DiscordEvent happened, CancellationToken stop);
}
