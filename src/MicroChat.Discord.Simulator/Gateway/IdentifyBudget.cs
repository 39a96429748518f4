namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>How often a bot may IDENTIFY: so many in a day, and one per rate-limit key in five seconds. The caller holds the world's lock.</summary>
internal sealed class IdentifyBudget(SimulatorOptions options)
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24), Pace = TimeSpan.FromSeconds(5);

    private readonly Dictionary<int, DateTimeOffset> latest = [];
    private DateTimeOffset dayEnds = options.Time.GetUtcNow() + Day;
    private int used;

    /// <summary>IDENTIFYs left today.</summary>
    public int Remaining
    {
        get
        {
            Renew();
            return Math.Max(0, options.SessionStarts - used);
        }
    }

    public TimeSpan ResetAfter
    {
        get
        {
            Renew();
            return dayEnds - options.Time.GetUtcNow();
        }
    }

    /// <summary>Counts one; false where the day's are used up.</summary>
    public bool Take()
    {
        Renew();
        return ++used <= options.SessionStarts;
    }

    /// <summary>Whether a shard may identify now, as to concurrency; notes that it does.</summary>
    public bool IsPaced(int shard)
    {
        DateTimeOffset now = options.Time.GetUtcNow();
        int key = shard % options.MaxConcurrency;
        if (latest.TryGetValue(key, out DateTimeOffset before) && now - before < Pace)
        {
            return false;
        }
        latest[key] = now;
        return true;
    }

    private void Renew()
    {
        DateTimeOffset now = options.Time.GetUtcNow();
        if (now >= dayEnds)
        {
            (used, dayEnds) = (0, now + Day);
        }
    }
}
