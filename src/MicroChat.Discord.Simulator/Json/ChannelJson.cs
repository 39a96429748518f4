using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Json;

/// <summary>Channels, threads and direct conversations.</summary>
internal static class ChannelJson
{
    public static JsonObject Of(SimChannel channel) =>
        channel.IsDirect ? Direct(channel) : channel.IsThread ? Thread(channel) : InGuild(channel);

    /// <summary>A channel inside an interaction.</summary>
    public static JsonObject Partial(SimChannel channel, SimPermissions permissions)
    {
        JsonObject json = Of(channel);
        json["permissions"] = Text.Of(permissions);
        return json;
    }

    public static JsonObject Overwrite(SimOverwrite overwrite) => new()
    {
        ["id"] = Text.Of(overwrite.Id),
        ["type"] = overwrite.IsMember ? 1 : 0,
        ["allow"] = Text.Of(overwrite.Allow),
        ["deny"] = Text.Of(overwrite.Deny),
    };

    public static JsonObject ThreadMember(SimChannel thread, ulong userId) => new()
    {
        ["id"] = Text.Of(thread.Id),
        ["user_id"] = Text.Of(userId),
        ["join_timestamp"] = Text.Of(thread.ArchiveChangedAt),
        ["flags"] = 0,
    };

    private static JsonObject InGuild(SimChannel channel)
    {
        var json = new JsonObject
        {
            ["id"] = Text.Of(channel.Id),
            ["type"] = (int)channel.Type,
            ["guild_id"] = Text.Of(channel.Guild!.Id),
            ["name"] = channel.Name,
            ["position"] = 0,
            ["permission_overwrites"] = Text.Array(channel.Overwrites.Select(Overwrite)),
            ["parent_id"] = Text.OrNull(channel.Parent?.Id),
            ["nsfw"] = channel.IsNsfw,
            ["flags"] = 0,
        };
        if (channel.Type != SimChannelType.Category)
        {
            json["topic"] = channel.Topic;
            json["last_message_id"] = Text.OrNull(channel.LastMessageId);
            json["rate_limit_per_user"] = 0;
        }
        if (channel.Type is SimChannelType.Forum or SimChannelType.Media)
        {
            json["available_tags"] = new JsonArray();
            json["default_reaction_emoji"] = null;
            json["default_sort_order"] = null;
            json["default_forum_layout"] = 0;
        }
        return json;
    }

    private static JsonObject Thread(SimChannel thread) => new()
    {
        ["id"] = Text.Of(thread.Id),
        ["type"] = (int)thread.Type,
        ["guild_id"] = Text.Of(thread.Guild!.Id),
        ["parent_id"] = Text.Of(thread.Parent!.Id),
        ["owner_id"] = Text.Of(thread.ThreadOwner!.Id),
        ["name"] = thread.Name,
        ["last_message_id"] = Text.OrNull(thread.LastMessageId),
        ["message_count"] = thread.MessagesEver,
        ["total_message_sent"] = thread.MessagesEver,
        ["member_count"] = Math.Min(thread.ThreadMembers.Count, 50),
        ["rate_limit_per_user"] = 0,
        ["flags"] = 0,
        ["thread_metadata"] = new JsonObject
        {
            ["archived"] = thread.IsArchived,
            ["locked"] = thread.IsLocked,
            ["auto_archive_duration"] = thread.AutoArchiveMinutes,
            ["archive_timestamp"] = Text.Of(thread.ArchiveChangedAt),
            ["create_timestamp"] = Text.Of(Snowflake.TimeOf(thread.Id)),
        },
    };

    private static JsonObject Direct(SimChannel channel) => new()
    {
        ["id"] = Text.Of(channel.Id),
        ["type"] = (int)channel.Type,
        ["last_message_id"] = Text.OrNull(channel.LastMessageId),
        ["recipients"] = Text.Array(channel.Recipients.Where(u => !u.IsBot).Select(UserJson.Of)),
        ["flags"] = 0,
    };
}
