namespace MicroChat.Discord.Simulator.World;

/// <summary>A user in a guild.</summary>
public sealed class SimMember
{
    private readonly TimeProvider time;

    internal SimMember(SimUser user, TimeProvider time) => (User, this.time, JoinedAt) = (user, time, time.GetUtcNow());

    public SimUser User { get; }

    public DateTimeOffset JoinedAt { get; }

    public string? Nickname { get; set; }

    /// <summary>Until when a moderator's time-out lasts; null: there is none, or it is over.</summary>
    public DateTimeOffset? TimedOutUntil { get => field > time.GetUtcNow() ? field : null; internal set; }

    /// <summary>Ids of the roles beside @everyone.</summary>
    public ISet<ulong> Roles { get; } = new SortedSet<ulong>();
}
