using System.Net.WebSockets;
using MicroChat.Discord.Simulator.Journals;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>All connections and sessions of the gateway: takes what happens in the world to those who may hear of it.</summary>
internal sealed class GatewayHub
{
    private const int MostConnections = 1_000;
    private const int MostSessions = 1_000;

    private readonly DiscordWorld world;
    private readonly Journal journal;
    private readonly GatewayProtocol protocol;
    private readonly List<GatewayConnection> connections = [];
    private readonly Dictionary<string, GatewaySession> sessions = new(StringComparer.Ordinal);

    public GatewayHub(DiscordWorld world, Journal journal)
    {
        (this.world, this.journal) = (world, journal);
        Budget = new IdentifyBudget(world.Options);
        protocol = new GatewayProtocol(world, this, journal);
        world.Publish = Publish;
    }

    public EventFaults Faults { get; } = new();

    public IdentifyBudget Budget { get; }

    /// <summary>Where clients are told to connect.</summary>
    public string Url { get; set; } = "";

    /// <summary>A pause before every frame of new and present connections.</summary>
    public TimeSpan Delay
    {
        get;
        set
        {
            field = value;
            connections.ForEach(c => c.Delay = value);
        }
    }

    /// <summary>Open connections. The caller holds the world's lock.</summary>
    public IReadOnlyList<GatewayConnection> Connections => connections;

    public IReadOnlyCollection<GatewaySession> Sessions => sessions.Values;

    /// <summary>Serves one client until it is gone.</summary>
    public async Task ServeAsync(WebSocket socket, string version, bool compressed, CancellationToken stop)
    {
        using var connection = new GatewayConnection(socket, compressed, world.Options.Time) { LastHeartbeat = world.Now, WindowStart = world.Now };
        lock (world.Gate)
        {
            if (connections.Count == MostConnections)
            {
                connection.Close(CloseCode.UnknownError);
            }
            connection.Delay = Delay;
            connections.Add(connection);
        }
        journal.Add(new JournalEntry { Time = world.Now, Kind = JournalKind.Connected, Detail = compressed ? "zlib-stream" : "" });
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task watch = WatchHeartbeatsAsync(connection, watching.Token);
        protocol.Greet(connection, version);
        int? code = await connection.RunAsync(frame => protocol.Receive(connection, frame), stop);
        await watching.CancelAsync();
        await watch;
        Leave(connection, code);
    }

    /// <summary>Takes an event to every session. The caller holds the world's lock.</summary>
    public void Publish(WorldEvent happened)
    {
        foreach (WorldEvent outgoing in Faults.Pass(happened))
        {
            foreach (GatewaySession session in sessions.Values)
            {
                session.Dispatch(outgoing);
            }
        }
    }

    /// <summary>A new session; the oldest that nobody listens to gives way where there are too many.</summary>
    public GatewaySession Begin(GatewayConnection connection, int shard, int shards, Intents intents)
    {
        foreach (GatewaySession old in sessions.Values.Where(IsOver).ToArray())
        {
            sessions.Remove(old.Id);
        }
        if (sessions.Count >= MostSessions && sessions.Values.Where(s => s.Connection is null).MinBy(s => s.AwaySince) is { } oldest)
        {
            sessions.Remove(oldest.Id);
        }
        var session = new GatewaySession(world.Random64(32), shard, shards, intents, world.Options.ReplayEvents) { Connection = connection };
        sessions.Add(session.Id, session);
        connection.Session = session;
        return session;
    }

    /// <summary>A session that can still be resumed, or null.</summary>
    public GatewaySession? Find(string id) => sessions.TryGetValue(id, out GatewaySession? session) && !IsOver(session) ? session : null;

    /// <summary>Ends a session: it cannot be resumed any more.</summary>
    public void End(GatewaySession session) => sessions.Remove(session.Id);

    /// <summary>Ends all sessions and closes all connections, as when the token was reset.</summary>
    public void EndAll(int code)
    {
        sessions.Clear();
        connections.ForEach(c => c.Close(code));
    }

    private bool IsOver(GatewaySession session) => session.Connection is null && world.Now - session.AwaySince > world.Options.ResumeWindow;

    private void Leave(GatewayConnection connection, int? code)
    {
        bool bySimulator = connection.ClosedWith is not null;
        int said = connection.ClosedWith ?? code ?? 1006;
        lock (world.Gate)
        {
            connections.Remove(connection);
            if (connection.Session is { } session && session.Connection == connection)
            {
                session.Connection = null;
                session.AwaySince = world.Now;
                if (bySimulator ? !CloseCode.KeepsSession(said) : said is CloseCode.Normal or CloseCode.GoingAway)
                {
                    End(session);
                }
            }
        }
        world.Narrate($"gateway: the connection of shard {connection.Session?.Shard.ToString() ?? "?"} ends with {said}{(bySimulator ? "" : " from the bot")}");
        journal.Add(new JournalEntry
        {
            Time = world.Now,
            Kind = JournalKind.Closed,
            Status = said,
            Shard = connection.Session?.Shard,
            IsScripted = connection.EndedByScript,
            Detail = bySimulator ? "closed by Discord" : code is null ? "lost" : "closed by the bot",
        });
        world.Pulse.Beat();
    }

    private async Task WatchHeartbeatsAsync(GatewayConnection connection, CancellationToken stop)
    {
        SimulatorOptions options = world.Options;
        TimeSpan patience = options.HeartbeatInterval + options.HeartbeatGrace;
        try
        {
            while (!connection.IsClosing)
            {
                TimeSpan left;
                lock (world.Gate)
                {
                    left = connection.LastHeartbeat + patience - world.Now;
                    if (left <= TimeSpan.Zero)
                    {
                        connection.Close(CloseCode.SessionTimedOut);
                        return;
                    }
                }
                await Task.Delay(left, options.Time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;                             // the connection has ended
        }
    }
}
