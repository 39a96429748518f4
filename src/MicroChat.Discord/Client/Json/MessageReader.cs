using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Json;

/// <summary>Reads messages, filling in what the client knows about channel and member.</summary>
/// <param name="directory">Channels and roles.</param>
/// <param name="contentIntent">Whether the message content intent is held; without it empty texts mean nothing.</param>
internal sealed class MessageReader(GuildDirectory directory, bool contentIntent)
{
    /// <summary>A whole message; null: id, channel or author is missing.</summary>
    /// <param name="json">The message as Discord sends it.</param>
    /// <param name="guild">Its guild, where the message itself does not say so.</param>
    public DiscordMessage? Read(JsonElement json, Snowflake? guild) => Read(json, guild, withReference: true);

    private DiscordMessage? Read(JsonElement json, Snowflake? guild, bool withReference)
    {
        if (json.Id("id") is not { } id || json.Id("channel_id") is not { } channelId || EntityReader.User(json.Get("author")) is not { } author)
        {
            return null;
        }
        DiscordChannel? channel = directory.Channel(channelId);
        var message = new DiscordMessage
        {
            Id = id,
            ChannelId = channelId,
            GuildId = json.Id("guild_id") ?? guild ?? channel?.GuildId,
            Channel = channel,
            Author = author,
            Member = EntityReader.Member(json.Get("member"), roles => directory.Permissions(channelId, author.Id, roles)),
            Content = json.Text("content") ?? "",
            EditedAt = json.Time("edited_timestamp"),
            Kind = (DiscordMessageKind)(json.Int("type") ?? 0),
            Flags = (DiscordMessageFlags)(json.Int("flags") ?? 0),
            WebhookId = json.Id("webhook_id"),
            ApplicationId = json.Id("application_id"),
            Mentions = [.. json.Items("mentions").Select(m => EntityReader.User(m)).OfType<DiscordUser>()],
            MentionedRoles = json.Ids("mention_roles"),
            MentionsEveryone = json.Flag("mention_everyone"),
            Attachments = [.. json.Items("attachments").Select(Attachment).OfType<DiscordAttachment>()],
            Reactions = [.. json.Items("reactions").Select(Reaction).OfType<ReactionCount>()],
            Nonce = json.Get("nonce") is { } nonce ? nonce.AsText() ?? nonce.ToString() : null,
            ThreadId = json.Object("thread")?.Id("id"),
            CustomIds = CustomIds(json),
        };
        return message with
        {
            ContentWithheld = IsWithheld(message, json),
            Reference = withReference ? Reference(json, message.GuildId) : null,
        };
    }

    /// <summary>Without the intent everything that a person put in comes empty; a sticker alone is empty with the intent too, but then it is listed.</summary>
    private bool IsWithheld(DiscordMessage message, JsonElement json)
    {
        bool mayRead = contentIntent || message.GuildId is null || message.Author.Id == directory.SelfId || message.Mentions.Any(m => m.Id == directory.SelfId);
        return !mayRead && message.IsWritten && message.Content.Length == 0 && message.Attachments.Count == 0 && !json.Items("sticker_items").Any();
    }

    private DiscordReference? Reference(JsonElement json, Snowflake? guild)
    {
        if (json.Object("message_reference") is not { } reference)
        {
            return null;
        }
        DiscordMessage? referenced = json.Object("referenced_message") is { } inner ? Read(inner, guild, withReference: false) : null;
        bool forward = reference.Int("type") == 1;
        return new DiscordReference(reference.Id("message_id"), reference.Id("channel_id"), forward, referenced, !forward && json.IsNull("referenced_message"));
    }

    private static DiscordAttachment? Attachment(JsonElement json) => json.Id("id") is { } id
        ? new DiscordAttachment(id, json.Text("filename") ?? "", json.Whole("size") ?? 0, json.Text("url") ?? "", json.Text("content_type"))
        : null;

    private static ReactionCount? Reaction(JsonElement json) =>
        EntityReader.Emoji(json.Get("emoji")) is { } emoji ? new ReactionCount(emoji, json.Int("count") ?? 0, json.Flag("me")) : null;

    private static string[] CustomIds(JsonElement json) =>
        [.. json.Items("components").SelectMany(row => row.Items("components")).Select(item => item.Text("custom_id")).OfType<string>()];
}
