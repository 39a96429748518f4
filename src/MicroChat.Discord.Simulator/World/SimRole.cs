namespace MicroChat.Discord.Simulator.World;

/// <summary>A role of a guild. The one that has the guild's id is @everyone.</summary>
public sealed class SimRole
{
    internal SimRole(ulong id, string name, SimPermissions permissions) => (Id, Name, Permissions) = (id, name, permissions);

    public ulong Id { get; }

    public string Name { get; }

    public SimPermissions Permissions { get; set; }

    /// <summary>Whether everybody may mention it.</summary>
    public bool Mentionable { get; set; }

    internal int Position { get; init; }
}
