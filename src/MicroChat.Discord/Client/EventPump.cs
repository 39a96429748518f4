using System.Threading.Channels;
using MicroChat.Discord.Port;
using Microsoft.Extensions.Logging;

namespace MicroChat.Discord.Client;

/// <summary>Hands the events of all connections to the handler, one at a time and in order.</summary>
internal sealed partial class EventPump(IDiscordHandler handler, ILogger log)
{
    /// <summary>Events that wait for the handler; when there are more the connections are not read on.</summary>
    private const int MostWaiting = 100_000;

    private readonly Channel<DiscordEvent> _queue = Channel.CreateBounded<DiscordEvent>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    /// <summary>Takes an event from a connection's reader; one that finds no room makes it wait.</summary>
    public void Put(DiscordEvent happened)
    {
        while (!_queue.Writer.TryWrite(happened))
        {
            if (!_queue.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            {
                return;
            }
        }
    }

    /// <summary>No event comes any more.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Runs until <see cref="Complete"/>. Events that are waiting when the bot stops are not handled any more.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (DiscordEvent happened in _queue.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (stop.IsCancellationRequested)
            {
                continue;
            }
            try
            {
                await handler.HandleAsync(happened, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                LogHandler(e, happened.GetType().Name);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Handling a {Event} failed; the next event follows.")]
    private partial void LogHandler(Exception e, string @event);
}
