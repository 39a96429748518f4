using MicroChat.Discord.Port;

namespace MicroChat.Discord.Routing;

/// <summary>Gathers what one person writes in several messages into one question: it is complete when they pause, or have gone on for long enough.</summary>
internal sealed class Debouncer(TimeSpan quiet, TimeSpan longest, TimeProvider time, Action<IReadOnlyList<DiscordMessage>> complete) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(Snowflake Channel, Snowflake Author), Burst> bursts = [];
    private bool disposed;

    /// <summary>Takes a message.</summary>
    /// <param name="message">What was written.</param>
    /// <param name="addressed">It is for the bot; one that is not counts only when it goes on with one that is.</param>
    /// <returns>False: it belongs to no question.</returns>
    public bool Add(DiscordMessage message, bool addressed)
    {
        (Snowflake, Snowflake) key = (message.ChannelId, message.Author.Id);
        lock (gate)
        {
            if (disposed || (!bursts.TryGetValue(key, out Burst? burst) && !addressed))
            {
                return false;
            }
            if (burst is null)
            {
                burst = new Burst(time.GetTimestamp());
                burst.Timer = time.CreateTimer(_ => Complete(key), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                bursts.Add(key, burst);
            }
            if (burst.Messages.All(known => known.Id != message.Id))
            {
                burst.Messages.Add(message);
            }
            TimeSpan left = longest - time.GetElapsedTime(burst.Started);
            burst.Timer!.Change(left < quiet ? left < TimeSpan.Zero ? TimeSpan.Zero : left : quiet, Timeout.InfiniteTimeSpan);
        }
        return true;
    }

    /// <summary>Puts an edited message in the place of the earlier one.</summary>
    /// <returns>False: it is in no question that is being gathered.</returns>
    public bool Replace(DiscordMessage message)
    {
        lock (gate)
        {
            if (!bursts.TryGetValue((message.ChannelId, message.Author.Id), out Burst? burst))
            {
                return false;
            }
            int at = burst.Messages.FindIndex(known => known.Id == message.Id);
            if (at >= 0)
            {
                burst.Messages[at] = message;
            }
            return at >= 0;
        }
    }

    /// <summary>Takes deleted messages out.</summary>
    public void Remove(Snowflake channel, IReadOnlyList<Snowflake> messages)
    {
        lock (gate)
        {
            foreach (((Snowflake Channel, Snowflake) key, Burst burst) in bursts)
            {
                if (key.Channel == channel)
                {
                    burst.Messages.RemoveAll(message => messages.Contains(message.Id));
                }
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            foreach (Burst burst in bursts.Values)
            {
                burst.Timer?.Dispose();
            }
            bursts.Clear();
        }
    }

    private void Complete((Snowflake, Snowflake) key)
    {
        Burst? burst;
        lock (gate)
        {
            if (!bursts.Remove(key, out burst))
            {
                return;
            }
            burst.Timer?.Dispose();
        }
        if (burst.Messages.Count > 0)
        {
            complete(burst.Messages);
        }
    }

    private sealed class Burst(long started)
    {
        public long Started { get; } = started;

        public List<DiscordMessage> Messages { get; } = [];

        public ITimer? Timer { get; set; }
    }
}
