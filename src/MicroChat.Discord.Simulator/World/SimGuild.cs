namespace MicroChat.Discord.Simulator.World;

/// <summary>A server with its roles, members and channels.</summary>
public sealed class SimGuild
{
    private readonly SortedDictionary<ulong, SimRole> roles = [];
    private readonly SortedDictionary<ulong, SimMember> members = [];
    private readonly SortedDictionary<ulong, SimChannel> channels = [];

    internal SimGuild(ulong id, string name, SimUser owner)
    {
        (Id, Name, Owner) = (id, name, owner);
        Add(new SimRole(id, "@everyone", SimPermissions.Usual));
    }

    public ulong Id { get; }

    public string Name { get; internal set; }

    public SimUser Owner { get; }

    /// <summary>The role that everybody has.</summary>
    public SimRole Everyone => roles[Id];

    public IReadOnlyCollection<SimRole> Roles => roles.Values;

    public IReadOnlyCollection<SimMember> Members => members.Values;

    /// <summary>Channels and threads.</summary>
    public IReadOnlyCollection<SimChannel> Channels => channels.Values;

    /// <summary>Custom emoji: id and name.</summary>
    public IDictionary<ulong, string> Emojis { get; } = new SortedDictionary<ulong, string>();

    public SimMember? Member(ulong userId) => members.GetValueOrDefault(userId);

    public SimRole? Role(ulong roleId) => roles.GetValueOrDefault(roleId);

    internal void Add(SimRole role) => roles.Add(role.Id, role);

    internal void Add(SimMember member) => members.Add(member.User.Id, member);

    internal void Add(SimChannel channel) => channels.Add(channel.Id, channel);

    internal bool Remove(SimMember member) => members.Remove(member.User.Id);

    internal bool Remove(SimChannel channel) => channels.Remove(channel.Id);
}
