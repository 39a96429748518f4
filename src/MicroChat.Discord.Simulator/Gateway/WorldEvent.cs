using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>Something that happened, for every session that may hear of it.</summary>
/// <param name="Name">Discord's event name.</param>
/// <param name="Guild">Null: direct messages and the like, which go to shard 0.</param>
/// <param name="AnyOf">A session needs one of these; none: everybody hears it.</param>
/// <param name="Payload">The <c>d</c> as JSON in UTF-8.</param>
/// <param name="Stripped">The same for sessions without MESSAGE_CONTENT; null where it makes no difference.</param>
internal sealed record WorldEvent(string Name, SimGuild? Guild, Intents AnyOf, byte[] Payload, byte[]? Stripped = null);
