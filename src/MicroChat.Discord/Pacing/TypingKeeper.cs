using MicroChat.Discord.Port;

namespace MicroChat.Discord.Pacing;

/// <summary>Shows "… is typing" in a place for as long as something is being written there, and not longer; several writers share one indicator.</summary>
internal sealed class TypingKeeper(IMessageActions actions, TimeProvider time)
{
    /// <summary>Discord shows it for 10 seconds.</summary>
    public static readonly TimeSpan Refresh = TimeSpan.FromSeconds(8);

    /// <summary>Whatever happens, it ends after this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private readonly Dictionary<Snowflake, Shared> places = [];

    /// <summary>Places where it is shown now.</summary>
    public int Active
    {
        get
        {
            lock (gate)
            {
                return places.Count;
            }
        }
    }

    /// <summary>Begins to show it; dispose what is returned to end it.</summary>
    public IDisposable Begin(Snowflake channel)
    {
        lock (gate)
        {
            if (!places.TryGetValue(channel, out Shared? shared))
            {
                shared = new Shared();
                places.Add(channel, shared);
                _ = KeepAsync(channel, shared);
            }
            shared.Writers++;
            return new Writer(this, channel, shared);
        }
    }

    private async Task KeepAsync(Snowflake channel, Shared shared)
    {
        long started = time.GetTimestamp();
        CancellationToken stop = shared.Stop.Token;
        try
        {
            while (!stop.IsCancellationRequested && time.GetElapsedTime(started) < Longest)
            {
                await actions.TypeAsync(channel, stop);
                await Task.Delay(Refresh, time, stop);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or DiscordException)
        {
            // an indicator that cannot be shown is no reason to stop writing
        }
    }

    private void End(Snowflake channel, Shared shared)
    {
        lock (gate)
        {
            if (--shared.Writers > 0)
            {
                return;
            }
            places.Remove(channel);
        }
        shared.Stop.Cancel();
        shared.Stop.Dispose();
    }

    private sealed class Shared
    {
        public int Writers { get; set; }

        public CancellationTokenSource Stop { get; } = new();
    }

    private sealed class Writer(TypingKeeper keeper, Snowflake channel, Shared shared) : IDisposable
    {
        private int ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref ended, 1) == 0)
            {
                keeper.End(channel, shared);
            }
        }
    }
}
