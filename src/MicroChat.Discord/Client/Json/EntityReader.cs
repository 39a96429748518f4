using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Json;

/// <summary>Reads users, members, emoji and channels; null: what makes them usable is missing.</summary>
internal static class EntityReader
{
    public static DiscordUser? User(JsonElement? json)
    {
        if (json is not { } user || user.Id("id") is not { } id)
        {
            return null;
        }
        string name = user.Text("username") ?? "";
        string shown = user.Text("global_name") is { Length: > 0 } global ? global : name;
        return new DiscordUser(id, name, shown, user.Flag("bot"), user.Flag("system"));
    }

    /// <param name="json">The member as Discord sends it.</param>
    /// <param name="permissions">What it may do, where Discord does not say so itself.</param>
    public static DiscordMember? Member(JsonElement? json, Func<IReadOnlyList<Snowflake>, DiscordPermissions?> permissions)
    {
        if (json is not { ValueKind: JsonValueKind.Object } member)
        {
            return null;
        }
        IReadOnlyList<Snowflake> roles = member.Ids("roles");
        DiscordPermissions? told = member.Bits("permissions") is { } bits ? (DiscordPermissions)bits : null;
        return new DiscordMember(member.Text("nick"), roles, member.Time("joined_at"), told ?? permissions(roles));
    }

    public static DiscordEmoji? Emoji(JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Object } emoji)
        {
            return null;
        }
        Snowflake? id = emoji.Id("id");
        string name = emoji.Text("name") ?? "";
        return id is null && name.Length == 0 ? null : new DiscordEmoji(id, name);
    }

    /// <param name="json">The channel as Discord sends it.</param>
    /// <param name="guild">Its guild, where the channel itself does not say so.</param>
    public static DiscordChannel? Channel(JsonElement json, Snowflake? guild)
    {
        if (json.Id("id") is not { } id)
        {
            return null;
        }
        JsonElement thread = json.Object("thread_metadata") ?? default;
        var kind = (ChannelKind)(json.Int("type") ?? 0);
        return new DiscordChannel
        {
            Id = id,
            GuildId = json.Id("guild_id") ?? guild,
            Kind = kind,
            Name = json.Text("name") ?? "",
            Topic = json.Text("topic") ?? "",
            ParentId = json.Id("parent_id"),
            IsAgeRestricted = json.Flag("nsfw"),
            OwnerId = json.Id("owner_id"),
            IsArchived = thread.Flag("archived"),
            IsLocked = thread.Flag("locked"),
        };
    }
}
