namespace MicroChat.Discord.Simulator.Journals;

/// <summary>Everything that the bot did, in order, and counters that go on when old entries are dropped.</summary>
public sealed class Journal
{
    private readonly Lock gate = new();
    private readonly Queue<JournalEntry> entries = new();
    private readonly Pulse pulse = new();
    private readonly int capacity;

    internal Journal(int capacity) => this.capacity = capacity;

    /// <summary>Called with every new entry, one at a time.</summary>
    public event Action<JournalEntry>? Added;

    /// <summary>A copy of the entries, oldest first.</summary>
    public IReadOnlyList<JournalEntry> Entries => Locked(() => entries.ToArray());

    /// <summary>Requests over HTTP.</summary>
    public long Requests { get; private set; }

    /// <summary>429s that no failure script asked for: the bot ignored what the headers told it.</summary>
    public long UnexpectedRateLimits { get; private set; }

    /// <summary>429s of failure scripts.</summary>
    public long ScriptedRateLimits { get; private set; }

    /// <summary>Requests answered 401, 403 or 429, those of the shared scope and of scripts apart.</summary>
    public long InvalidRequests { get; private set; }

    /// <summary>Requests and frames on which the simulator itself failed; anything but 0 is a bug in it.</summary>
    public long SimulatorFaults { get; private set; }

    public long Heartbeats { get; private set; }

    /// <summary>The largest lateness of a heartbeat.</summary>
    public TimeSpan WorstHeartbeatLateness { get; private set; }

    /// <summary>Connections that ended because no heartbeat came (4009).</summary>
    public long MissedHeartbeats { get; private set; }

    public long Identifies { get; private set; }

    public long Resumes { get; private set; }

    /// <summary>Requests on a route, such as <c>POST /channels/{channel}/messages</c>, oldest first.</summary>
    public IReadOnlyList<JournalEntry> On(string route) => Locked(() => entries.Where(e => e.Route == route).ToArray());

    /// <summary>Waits until a condition holds, looked at after every entry; false when it did not in time.</summary>
    public Task<bool> WaitForAsync(Func<Journal, bool> condition, TimeSpan patience, CancellationToken cancellationToken = default) =>
        pulse.UntilAsync(() => condition(this), patience, cancellationToken);

    /// <summary>Forgets the entries and sets the counters to 0.</summary>
    public void Clear() => Locked(() =>
    {
        entries.Clear();
        Requests = UnexpectedRateLimits = ScriptedRateLimits = InvalidRequests = SimulatorFaults = Heartbeats = MissedHeartbeats = Identifies = Resumes = 0;
        WorstHeartbeatLateness = default;
        return true;
    });

    internal void Add(JournalEntry entry)
    {
        lock (gate)
        {
            Count(entry);
            entries.Enqueue(entry);
            if (entries.Count > capacity)
            {
                entries.Dequeue();
            }
            Added?.Invoke(entry);
        }
        pulse.Beat();
    }

    private void Count(JournalEntry entry)
    {
        SimulatorFaults += entry.Detail.StartsWith(JournalEntry.SimulatorFault, StringComparison.Ordinal) ? 1 : 0;
        switch (entry.Kind)
        {
            case JournalKind.Rest:
                Requests++;
                ScriptedRateLimits += entry is { Status: 429, IsScripted: true } ? 1 : 0;
                UnexpectedRateLimits += entry is { Status: 429, IsScripted: false } ? 1 : 0;
                InvalidRequests += entry is { Status: 401 or 403 or 429, IsScripted: false } ? 1 : 0;
                break;
            case JournalKind.Heartbeat:
                Heartbeats++;
                WorstHeartbeatLateness = entry.Lateness > WorstHeartbeatLateness ? entry.Lateness : WorstHeartbeatLateness;
                break;
            case JournalKind.Frame:
                Identifies += entry.Route == "IDENTIFY" ? 1 : 0;
                Resumes += entry.Route == "RESUME" ? 1 : 0;
                break;
            case JournalKind.Closed:
                MissedHeartbeats += entry is { Status: Gateway.CloseCode.SessionTimedOut, IsScripted: false } ? 1 : 0;
                break;
            default:
                break;
        }
    }

    private T Locked<T>(Func<T> look)
    {
        lock (gate)
        {
            return look();
        }
    }
}
