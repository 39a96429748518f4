using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Json;

/// <summary>Guilds and roles.</summary>
internal static class GuildJson
{
    /// <summary>A guild as REST gives it.</summary>
    public static JsonObject Of(SimGuild guild) => new()
    {
        ["id"] = Text.Of(guild.Id),
        ["name"] = guild.Name,
        ["icon"] = null,
        ["splash"] = null,
        ["discovery_splash"] = null,
        ["banner"] = null,
        ["description"] = null,
        ["owner_id"] = Text.Of(guild.Owner.Id),
        ["afk_channel_id"] = null,
        ["afk_timeout"] = 300,
        ["verification_level"] = 0,
        ["default_message_notifications"] = 0,
        ["explicit_content_filter"] = 0,
        ["roles"] = Text.Array(guild.Roles.Select(r => Role(r))),
        ["emojis"] = Text.Array(guild.Emojis.Select(e => Emoji(e.Key, e.Value))),
        ["stickers"] = new JsonArray(),
        ["features"] = new JsonArray(),
        ["mfa_level"] = 0,
        ["application_id"] = null,
        ["system_channel_id"] = null,
        ["system_channel_flags"] = 0,
        ["rules_channel_id"] = null,
        ["public_updates_channel_id"] = null,
        ["safety_alerts_channel_id"] = null,
        ["vanity_url_code"] = null,
        ["premium_tier"] = 0,
        ["premium_subscription_count"] = 0,
        ["premium_progress_bar_enabled"] = false,
        ["preferred_locale"] = "en-US",
        ["nsfw_level"] = 0,
    };

    /// <summary>A guild as GUILD_CREATE gives it to a bot: with the channels it sees, its own member and the active threads.</summary>
    public static JsonObject Created(SimGuild guild, SimUser bot)
    {
        JsonObject json = Of(guild);
        SimChannel[] visible = [.. guild.Channels.Where(c => PermissionRules.Of(c, bot).HasFlag(SimPermissions.ViewChannel))];
        SimMember self = guild.Member(bot.Id)!;
        json["joined_at"] = Text.Of(self.JoinedAt);
        json["large"] = false;
        json["unavailable"] = false;
        json["member_count"] = guild.Members.Count;
        json["members"] = new JsonArray(UserJson.Of(self, withUser: true));
        json["channels"] = Text.Array(visible.Where(c => !c.IsThread).Select(ChannelJson.Of));
        json["threads"] = Text.Array(visible.Where(c => c.IsThread && !c.IsArchived).Select(ChannelJson.Of));
        json["presences"] = new JsonArray();
        json["voice_states"] = new JsonArray();
        json["stage_instances"] = new JsonArray();
        json["guild_scheduled_events"] = new JsonArray();
        json["soundboard_sounds"] = new JsonArray();
        return json;
    }

    public static JsonObject Role(SimRole role) => new()
    {
        ["id"] = Text.Of(role.Id),
        ["name"] = role.Name,
        ["permissions"] = Text.Of(role.Permissions),
        ["position"] = role.Position,
        ["color"] = 0,
        ["colors"] = new JsonObject { ["primary_color"] = 0, ["secondary_color"] = null, ["tertiary_color"] = null },
        ["hoist"] = false,
        ["icon"] = null,
        ["unicode_emoji"] = null,
        ["managed"] = false,
        ["mentionable"] = role.Mentionable,
        ["flags"] = 0,
    };

    private static JsonObject Emoji(ulong id, string name) => new()
    {
        ["id"] = Text.Of(id),
        ["name"] = name,
        ["roles"] = new JsonArray(),
        ["require_colons"] = true,
        ["managed"] = false,
        ["animated"] = false,
        ["available"] = true,
    };
}
