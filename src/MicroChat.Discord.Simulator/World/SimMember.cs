namespace MicroChat.Discord.Simulator.World;

/// <summary>A user in a guild.</summary>
public sealed class SimMember
{
    internal SimMember(SimUser user, DateTimeOffset joinedAt) => (User, JoinedAt) = (user, joinedAt);

    public SimUser User { get; }

    public DateTimeOffset JoinedAt { get; }

    public string? Nickname { get; set; }

    /// <summary>Ids of the roles beside @everyone.</summary>
    public ISet<ulong> Roles { get; } = new SortedSet<ulong>();
}
