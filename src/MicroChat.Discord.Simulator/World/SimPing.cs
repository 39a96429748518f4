namespace MicroChat.Discord.Simulator.World;

/// <summary>Somebody was, or would have been, notified by a message of the bot.</summary>
/// <param name="OnEdit">Whether an edit put the mention there; Discord marks it, without a sound.</param>
public sealed record SimPing(SimMessage Message, SimUser User, bool OnEdit);
