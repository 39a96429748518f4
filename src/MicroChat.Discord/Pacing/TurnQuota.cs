namespace MicroChat.Discord.Pacing;

/// <summary>Counts turns per person and per guild over the last hour.</summary>
internal sealed class TurnQuota(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Queue<DateTimeOffset>> accounts = new(StringComparer.Ordinal);

    /// <summary>Takes one turn from every account, or none at all.</summary>
    /// <param name="limits">Accounts and how many turns each has in an hour; 0: no limit.</param>
    /// <returns>Null: admitted. Else how long until the fullest account has room again.</returns>
    public TimeSpan? TryTake(params IReadOnlyList<(string Account, int PerHour)> limits)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (gate)
        {
            TimeSpan? wait = null;
            foreach ((string account, int perHour) in limits.Where(limit => limit.PerHour > 0))
            {
                Queue<DateTimeOffset> taken = Current(account, now);
                if (taken.Count >= perHour)
                {
                    TimeSpan left = taken.ElementAt(taken.Count - perHour) + Window - now;
                    wait = wait > left ? wait : left;
                }
            }
            if (wait is not null)
            {
                return wait;
            }
            foreach ((string account, _) in limits.Where(limit => limit.PerHour > 0))
            {
                Current(account, now).Enqueue(now);
            }
            return null;
        }
    }

    private Queue<DateTimeOffset> Current(string account, DateTimeOffset now)
    {
        const int ManyAccounts = 10_000;
        if (accounts.Count > ManyAccounts)
        {
            foreach ((string idle, Queue<DateTimeOffset> old) in accounts)
            {
                if (old.Count == 0 || now - old.Last() >= Window)
                {
                    accounts.Remove(idle);
                }
            }
        }
        if (!accounts.TryGetValue(account, out Queue<DateTimeOffset>? taken))
        {
            accounts.Add(account, taken = []);
        }
        while (taken.TryPeek(out DateTimeOffset oldest) && now - oldest >= Window)
        {
            taken.Dequeue();
        }
        return taken;
    }
}
