using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Failures;

/// <summary>Everything that can go wrong with Discord, at the push of a button.</summary>
public sealed class FailureScripts
{
    private readonly DiscordWorld world;
    private readonly GatewayHub hub;
    private readonly RestFaults requests;

    internal FailureScripts(DiscordWorld world, GatewayHub hub, RestFaults requests) => (this.world, this.hub, this.requests) = (world, hub, requests);

    /// <summary>Opcode 7: the bot shall reconnect and resume.</summary>
    /// <param name="shard">One shard's connection; null: every connection. The same everywhere below.</param>
    public void Reconnect(int? shard = null) => OnConnections(shard, c => c.Send($"{{\"op\":{Opcode.Reconnect},\"d\":null}}"));

    /// <summary>Opcode 9: the session is gone, or (<paramref name="resumable"/>) can be resumed.</summary>
    public void InvalidSession(bool resumable, int? shard = null) => OnConnections(shard, c =>
    {
        if (c.Session is { } session)
        {
            (session.Connection, session.AwaySince, c.Session) = (null, world.Now, null);
            if (!resumable)
            {
                hub.End(session);
            }
        }
        SessionStart.SendInvalid(c, resumable);
    });

    /// <summary>Opcode 1: the bot shall send a heartbeat now.</summary>
    public void AskForHeartbeat(int? shard = null) => OnConnections(shard, c => c.Send($"{{\"op\":{Opcode.Heartbeat},\"d\":null}}"));

    /// <summary>Present connections stay open, but nothing comes out of them any more. Events wait for RESUME.</summary>
    public void Zombies(int? shard = null) => OnConnections(shard, c => c.IsZombie = true);

    /// <summary>Closes connections with a code.</summary>
    public void Close(int code, int? shard = null) => OnConnections(shard, c => c.Close(code));

    /// <summary>Cuts connections without a close frame.</summary>
    public void Cut(int? shard = null) => OnConnections(shard, c => c.Cut());

    /// <summary>So many of the next events never come, and take no sequence number.</summary>
    public void LoseEvents(int count) => Locked(() => hub.Faults.Lose = count);

    /// <summary>So many of the next events come twice.</summary>
    public void DuplicateEvents(int count) => Locked(() => hub.Faults.Duplicate = count);

    /// <summary>So many of the next events are held back and then come in reverse.</summary>
    public void ReverseEvents(int count) => Locked(() => hub.Faults.Reverse = count);

    /// <summary>A pause before every gateway frame; zero ends it.</summary>
    public void SlowGateway(TimeSpan delay) => Locked(() => hub.Delay = delay);

    /// <summary>The next requests are answered 429.</summary>
    /// <param name="route">Part of a route's name, such as <c>POST /channels/{channel}/messages</c>; empty: every route. The same everywhere below.</param>
    public void RateLimit(RateLimitScope scope, TimeSpan retryAfter, int times = 1, string route = "") =>
        requests.Add(new RestFault { Route = route, Left = times, Status = 429, Scope = scope, RetryAfter = retryAfter });

    /// <summary>The next requests are answered with a status of 500 and above, without effect and without JSON.</summary>
    public void ServerErrors(int times, int status = 503, string route = "") => requests.Add(new RestFault { Route = route, Left = times, Status = status });

    /// <summary>The next requests are refused with an error of Discord's.</summary>
    public void Refuse(int times, int status, int code, string message, string route = "") =>
        requests.Add(new RestFault { Route = route, Left = times, Status = status, Code = code, Message = message });

    /// <summary>A pause before every answer, until <see cref="Clear"/>.</summary>
    public void SlowRequests(TimeSpan delay, string route = "") => requests.Add(new RestFault { Route = route, Left = null, Delay = delay });

    /// <summary>The connections of the next requests are cut.</summary>
    /// <param name="afterwards">Whether the requests take effect before that, so that only the answer is lost.</param>
    public void CutRequests(int times, bool afterwards, string route = "") =>
        requests.Add(new RestFault { Route = route, Left = times, Cuts = true, CutsAfterwards = afterwards });

    /// <summary>Many people react to a message, evenly over a time.</summary>
    /// <returns>The people, each of whom gave one reaction.</returns>
    public async Task<IReadOnlyList<SimUser>> ReactionStormAsync(
        SimMessage message, int reactions, TimeSpan over, IReadOnlyList<string> emoji, CancellationToken cancellationToken = default)
    {
        var people = new List<SimUser>(reactions);
        long start = world.Options.Time.GetTimestamp();
        for (int i = 0; i < reactions; i++)
        {
            SimUser user = world.AddUser("crowd-" + i);
            people.Add(user);
            world.React(user, message, emoji[i % emoji.Count]);
            TimeSpan ahead = (over * (i + 1) / reactions) - world.Options.Time.GetElapsedTime(start);
            if (ahead > TimeSpan.FromMilliseconds(5))
            {
                await Task.Delay(ahead, world.Options.Time, cancellationToken);
            }
        }
        return people;
    }

    /// <summary>People talk to each other, not to the bot, until it is cancelled.</summary>
    /// <param name="perSecond">Messages per second.</param>
    public async Task TrafficAsync(SimChannel channel, double perSecond, CancellationToken cancellationToken)
    {
        SimUser[] people = [.. Enumerable.Range(0, 5).Select(i => world.AddUser("talker-" + i))];
        long start = world.Options.Time.GetTimestamp();
        for (long sent = 1; !cancellationToken.IsCancellationRequested; sent++)
        {
            world.Say(people[sent % people.Length], channel, $"We talk about something else, part {sent}.");
            TimeSpan ahead = TimeSpan.FromSeconds(sent / perSecond) - world.Options.Time.GetElapsedTime(start);
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, world.Options.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Ends every script that still waits for requests or events. What was done to connections stays done.</summary>
    public void Clear()
    {
        requests.Clear();
        Locked(() => (hub.Faults.Lose, hub.Faults.Duplicate, hub.Faults.Reverse, hub.Delay) = (0, 0, 0, TimeSpan.Zero));
    }

    private void OnConnections(int? shard, Action<GatewayConnection> act) => Locked(() =>
    {
        foreach (GatewayConnection connection in hub.Connections.Where(c => shard is null || c.Session?.Shard == shard).ToArray())
        {
            connection.EndedByScript = true;
            act(connection);
        }
    });

    private void Locked(Action act)
    {
        lock (world.Gate)
        {
            act();
        }
    }
}
