namespace MicroChat.Discord.Simulator.World;

/// <summary>What a channel allows or denies a role or a member.</summary>
/// <param name="Id">The role's or the user's id.</param>
/// <param name="IsMember">Whether it is about a member.</param>
public sealed record SimOverwrite(ulong Id, bool IsMember, SimPermissions Allow, SimPermissions Deny);
