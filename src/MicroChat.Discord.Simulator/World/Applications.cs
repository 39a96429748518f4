using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>The bot's application.</summary>
internal static class Applications
{
    private const int PresenceLimited = 1 << 13;
    private const int MembersLimited = 1 << 15;
    private const int ContentLimited = 1 << 19;

    /// <summary>Flags that tell which privileged intents were switched on for the application.</summary>
    public static int Flags(SimulatorOptions options) =>
        (options.GuildPresencesIntent ? PresenceLimited : 0) | (options.GuildMembersIntent ? MembersLimited : 0) | (options.MessageContentIntent ? ContentLimited : 0);

    public static JsonObject Json(DiscordWorld world) => new()
    {
        ["id"] = Text.Of(world.Bot.Id),
        ["name"] = world.Bot.Name,
        ["icon"] = null,
        ["description"] = "",
        ["bot_public"] = true,
        ["bot_require_code_grant"] = false,
        ["bot"] = UserJson.Of(world.Bot),
        ["verify_key"] = new string('0', 64),
        ["flags"] = Flags(world.Options),
        ["team"] = null,
        ["approximate_guild_count"] = world.Guilds.Count,
        ["integration_types_config"] = new JsonObject { ["0"] = new JsonObject() },
    };
}
