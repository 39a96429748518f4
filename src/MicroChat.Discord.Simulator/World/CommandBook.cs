using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>The commands that the bot has registered, for all guilds or for one. The caller holds the world's lock.</summary>
internal sealed class CommandBook(DiscordWorld world)
{
    private readonly List<SimCommand> commands = [];

    /// <summary>Commands for all guilds (null) or those of one guild only.</summary>
    public IEnumerable<SimCommand> Of(SimGuild? guild) => commands.Where(c => c.Guild == guild);

    public SimCommand? Find(SimGuild? guild, ulong id) => Of(guild).FirstOrDefault(c => c.Id == id);

    /// <summary>The command that a member of a guild, or of a direct conversation (null), finds by its name.</summary>
    public SimCommand? Visible(SimGuild? guild, int type, string name) =>
        commands.Where(c => c.Type == type && c.Name == name && (c.Guild is null || c.Guild == guild)).OrderBy(c => c.Guild is null).FirstOrDefault();

    /// <summary>Registers a command, in place of one with the same name and type.</summary>
    /// <returns>The command and whether it is new.</returns>
    public (SimCommand Command, bool IsNew) Put(SimGuild? guild, JsonObject definition)
    {
        int type = (int?)definition["type"] ?? 1;
        string name = (string)definition["name"]!;
        SimCommand? known = Of(guild).FirstOrDefault(c => c.Type == type && c.Name == name);
        SimCommand command = known ?? new SimCommand(world.Ids.Next(), type, name, guild, []);
        command.Json = Complete(command, definition);
        if (known is null)
        {
            commands.Add(command);
        }
        return (command, known is null);
    }

    /// <summary>Makes these the only commands for all guilds, or of one guild.</summary>
    public IReadOnlyList<SimCommand> Replace(SimGuild? guild, IReadOnlyList<JsonObject> definitions)
    {
        SimCommand[] put = [.. definitions.Select(d => Put(guild, d).Command)];
        commands.RemoveAll(c => c.Guild == guild && !put.Contains(c));
        world.Narrate($"the bot registers {put.Length} commands: {string.Join(", ", put.Select(c => (c.Type == 1 ? "/" : "") + c.Name))}");
        return put;
    }

    public void Remove(SimCommand command) => commands.Remove(command);

    private JsonObject Complete(SimCommand command, JsonObject definition)
    {
        var json = (JsonObject)definition.DeepClone();
        json["id"] = Text.Of(command.Id);
        json["application_id"] = Text.Of(world.Bot.Id);
        json["version"] = Text.Of(world.Ids.Next());
        json["type"] = command.Type;
        json["description"] ??= "";
        json["default_member_permissions"] ??= null;
        json["nsfw"] ??= false;
        json["contexts"] ??= null;
        json["integration_types"] ??= new JsonArray(0);
        if (command.Guild is { } guild)
        {
            json["guild_id"] = Text.Of(guild.Id);
        }
        return json;
    }
}
