using System.Text.Json.Nodes;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Json;

/// <summary>Messages, for REST and for the gateway, with or without what MESSAGE_CONTENT opens.</summary>
internal static class MessageJson
{
    /// <summary>A message as REST gives it.</summary>
    /// <param name="world">Knows users, the bot and where attachments are.</param>
    /// <param name="stripped">Leaves out content, embeds, attachments, components and polls where the bot has no right to them.</param>
    public static JsonObject Of(DiscordWorld world, SimMessage message, bool stripped)
    {
        JsonObject json = WithoutReference(world, message, stripped);
        if (message.ReplyTo is { } target)
        {
            SimMessage? found = message.ReferenceChannel.Find(target);
            json["referenced_message"] = found is null ? null : WithoutReference(world, found, stripped);
        }
        return json;
    }

    /// <summary>The same as an event of the gateway: with the guild and the author's member.</summary>
    public static JsonObject Event(DiscordWorld world, SimMessage message, bool stripped)
    {
        JsonObject json = Of(world, message, stripped);
        json["channel_type"] = (int)message.Channel.Type;
        if (message.Channel.Guild is { } guild && !message.IsEphemeral)
        {
            json["guild_id"] = Text.Of(guild.Id);
            if (guild.Member(message.Author.Id) is { } member)
            {
                json["member"] = UserJson.Of(member, withUser: false);
            }
        }
        return json;
    }

    /// <summary>Whether the bot needs MESSAGE_CONTENT to see what a message says.</summary>
    public static bool NeedsIntent(DiscordWorld world, SimMessage message) =>
        message.Author != world.Bot && !message.Channel.IsDirect && !message.MentionedUsers.Contains(world.Bot.Id);

    public static JsonObject Emoji(SimEmoji emoji) => new() { ["id"] = Text.OrNull(emoji.Id), ["name"] = emoji.Name };

    private static JsonObject WithoutReference(DiscordWorld world, SimMessage message, bool stripped)
    {
        bool bare = stripped && NeedsIntent(world, message);
        var json = new JsonObject
        {
            ["id"] = Text.Of(message.Id),
            ["channel_id"] = Text.Of(message.Channel.Id),
            ["author"] = UserJson.Of(message.Author),
            ["content"] = bare ? "" : message.Content,
            ["timestamp"] = Text.Of(message.CreatedAt),
            ["edited_timestamp"] = Text.OrNull(message.EditedAt),
            ["tts"] = message.Tts,
            ["mention_everyone"] = message.MentionsEveryone,
            ["mentions"] = Text.Array(message.MentionedUsers.Select(id => Mentioned(world, message, id))),
            ["mention_roles"] = Text.Ids(message.MentionedRoles),
            ["attachments"] = bare ? new JsonArray() : Text.Array(message.Attachments.Select(a => Attachment(world, message, a))),
            ["embeds"] = bare ? new JsonArray() : message.Embeds.DeepClone(),
            ["components"] = bare ? new JsonArray() : message.Components.DeepClone(),
            ["pinned"] = message.IsPinned,
            ["type"] = message.Type,
            ["flags"] = message.Flags,
        };
        AddOptional(world, json, message, bare);
        return json;
    }

    private static void AddOptional(DiscordWorld world, JsonObject json, SimMessage message, bool bare)
    {
        if (message.ReplyTo is { } target)
        {
            json["message_reference"] = new JsonObject { ["type"] = 0, ["message_id"] = Text.Of(target), ["channel_id"] = Text.Of(message.ReferenceChannel.Id) };
            if (message.Channel.Guild is { } guild)
            {
                json["message_reference"]!["guild_id"] = Text.Of(guild.Id);
            }
        }
        if (message.Nonce is { } nonce)
        {
            json["nonce"] = message.NonceIsNumber ? JsonNode.Parse(nonce) : nonce;
        }
        if (message.Poll is { } poll && !bare)
        {
            json["poll"] = poll.DeepClone();
        }
        if (message.ReactionList.Count > 0)
        {
            json["reactions"] = Text.Array(message.ReactionList.Select(r => Reaction(r, world.Bot.Id)));
        }
        if (message.Thread is { } thread)
        {
            json["thread"] = ChannelJson.Of(thread);
        }
        if (message.Interaction is { } interaction)
        {
            json["application_id"] = Text.Of(world.Bot.Id);
            json["webhook_id"] = Text.Of(world.Bot.Id);
            json["interaction_metadata"] = new JsonObject
            {
                ["id"] = Text.Of(interaction.Id),
                ["type"] = interaction.Type,
                ["user"] = UserJson.Of(interaction.User),
                ["authorizing_integration_owners"] = new JsonObject(),
            };
        }
    }

    private static JsonObject Mentioned(DiscordWorld world, SimMessage message, ulong id)
    {
        JsonObject json = UserJson.Of(world.FindUser(id)!);
        if (message.Channel.Guild?.Member(id) is { } member)
        {
            json["member"] = UserJson.Of(member, withUser: false);
        }
        return json;
    }

    private static JsonObject Attachment(DiscordWorld world, SimMessage message, SimAttachment attachment)
    {
        string url = $"{world.FilesUrl}/attachments/{message.Channel.Id}/{attachment.Id}/{Uri.EscapeDataString(attachment.FileName)}";
        var json = new JsonObject
        {
            ["id"] = Text.Of(attachment.Id),
            ["filename"] = attachment.FileName,
            ["size"] = attachment.Size,
            ["content_type"] = attachment.ContentType,
            ["url"] = url,
            ["proxy_url"] = url,
        };
        if (attachment.Description is { } description)
        {
            json["description"] = description;
        }
        return json;
    }

    private static JsonObject Reaction(SimReaction reaction, ulong botId) => new()
    {
        ["count"] = reaction.UserSet.Count,
        ["count_details"] = new JsonObject { ["burst"] = 0, ["normal"] = reaction.UserSet.Count },
        ["me"] = reaction.UserSet.Contains(botId),
        ["me_burst"] = false,
        ["burst_colors"] = new JsonArray(),
        ["emoji"] = Emoji(reaction.Emoji),
    };
}
