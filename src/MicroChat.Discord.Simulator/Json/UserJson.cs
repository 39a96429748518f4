using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Json;

/// <summary>Users and members.</summary>
internal static class UserJson
{
    public static JsonObject Of(SimUser user)
    {
        var json = new JsonObject
        {
            ["id"] = Text.Of(user.Id),
            ["username"] = user.Name,
            ["discriminator"] = "0",
            ["global_name"] = user.GlobalName,
            ["avatar"] = null,
            ["public_flags"] = 0,
        };
        if (user.IsBot)
        {
            json["bot"] = true;
        }
        return json;
    }

    /// <summary>The bot about itself.</summary>
    public static JsonObject Self(SimUser user)
    {
        JsonObject json = Of(user);
        json["verified"] = true;
        json["mfa_enabled"] = false;
        json["email"] = null;
        json["flags"] = 0;
        return json;
    }

    /// <summary>A member; without the user where the user stands beside it.</summary>
    public static JsonObject Of(SimMember member, bool withUser)
    {
        var json = new JsonObject
        {
            ["roles"] = Text.Ids(member.Roles),
            ["nick"] = member.Nickname,
            ["avatar"] = null,
            ["joined_at"] = Text.Of(member.JoinedAt),
            ["premium_since"] = null,
            ["deaf"] = false,
            ["mute"] = false,
            ["pending"] = false,
            ["flags"] = 0,
            ["communication_disabled_until"] = Text.OrNull(member.TimedOutUntil),
        };
        if (withUser)
        {
            json["user"] = Of(member.User);
        }
        return json;
    }
}
