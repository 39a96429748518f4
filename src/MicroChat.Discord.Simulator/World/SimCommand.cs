using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.World;

/// <summary>An application command that the bot has registered.</summary>
public sealed class SimCommand
{
    internal SimCommand(ulong id, int type, string name, SimGuild? guild, JsonObject json) => (Id, Type, Name, Guild, Json) = (id, type, name, guild, json);

    public ulong Id { get; }

    /// <summary>1 slash, 2 context menu of a user, 3 context menu of a message.</summary>
    public int Type { get; }

    public string Name { get; }

    /// <summary>Null: it is there in every guild.</summary>
    public SimGuild? Guild { get; }

    /// <summary>Its definition as Discord's JSON.</summary>
    public string DefinitionJson => Json.ToJsonString();

    internal JsonObject Json { get; set; }
}
