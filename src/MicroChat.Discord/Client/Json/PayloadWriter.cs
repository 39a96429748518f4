using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Json;

/// <summary>Writes the bodies of requests. Every message body, new or edited, forbids mentions.</summary>
internal static class PayloadWriter
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The UTF-8 bytes of what <paramref name="write"/> writes.</summary>
    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            write(json);
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A message for a channel.</summary>
    public static void Message(Utf8JsonWriter json, OutgoingMessage message, string nonce)
    {
        json.WriteStartObject();
        Body(json, message, DiscordMessageFlags.SuppressEmbeds | DiscordMessageFlags.SuppressNotifications);
        json.WriteString("nonce", nonce);
        json.WriteBoolean("enforce_nonce", true);
        if (message.ReplyTo is { } target)
        {
            json.WriteStartObject("message_reference");
            json.WriteString("message_id", target.ToString());
            json.WriteBoolean("fail_if_not_exists", false);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>A message as an answer to an interaction, or the data of one.</summary>
    public static void Answer(Utf8JsonWriter json, OutgoingMessage message)
    {
        json.WriteStartObject();
        Body(json, message, DiscordMessageFlags.SuppressEmbeds | DiscordMessageFlags.SuppressNotifications | DiscordMessageFlags.Ephemeral);
        json.WriteEndObject();
    }

    /// <summary>A change to a message. Without a list of attachments those that are there stay.</summary>
    public static void Edit(Utf8JsonWriter json, MessageEdit edit)
    {
        json.WriteStartObject();
        if (edit.Content is { } content)
        {
            json.WriteString("content", content);
        }
        NoMentions(json);
        if (edit.Rows is { } rows)
        {
            ComponentWriter.Rows(json, rows);
        }
        if (edit.Flags is { } flags)
        {
            json.WriteNumber("flags", (int)(flags & DiscordMessageFlags.SuppressEmbeds));
        }
        json.WriteEndObject();
    }

    /// <summary>A first answer to an interaction.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="type">4 message, 5 deferred message, 6 deferred update, 7 update, 9 modal.</param>
    /// <param name="data">Writes its data, an object; null: none.</param>
    public static void Callback(Utf8JsonWriter json, int type, Action<Utf8JsonWriter>? data)
    {
        json.WriteStartObject();
        json.WriteNumber("type", type);
        if (data is not null)
        {
            json.WritePropertyName("data");
            data(json);
        }
        json.WriteEndObject();
    }

    public static void Thread(Utf8JsonWriter json, NewThread thread, bool fromMessage)
    {
        json.WriteStartObject();
        json.WriteString("name", thread.Name);
        json.WriteNumber("auto_archive_duration", (int)thread.ArchiveAfter.TotalMinutes);
        if (!fromMessage)
        {
            json.WriteNumber("type", (int)(thread.IsPrivate ? ChannelKind.PrivateThread : ChannelKind.PublicThread));
        }
        json.WriteEndObject();
    }

    private static void Body(Utf8JsonWriter json, OutgoingMessage message, DiscordMessageFlags allowed)
    {
        if (message.Content.Length > 0)
        {
            json.WriteString("content", message.Content);
        }
        NoMentions(json);
        if (message.Rows.Count > 0)
        {
            ComponentWriter.Rows(json, message.Rows);
        }
        if (message.Files.Count > 0)
        {
            Attachments(json, message.Files);
        }
        if ((message.Flags & allowed) is not DiscordMessageFlags.None and var flags)
        {
            json.WriteNumber("flags", (int)flags);
        }
    }

    /// <summary>An edit without this field would be parsed with the defaults, which mention.</summary>
    private static void NoMentions(Utf8JsonWriter json)
    {
        json.WriteStartObject("allowed_mentions");
        json.WriteStartArray("parse");
        json.WriteEndArray();
        json.WriteBoolean("replied_user", false);
        json.WriteEndObject();
    }

    private static void Attachments(Utf8JsonWriter json, IReadOnlyList<OutgoingFile> files)
    {
        json.WriteStartArray("attachments");
        foreach ((int index, OutgoingFile file) in files.Index())
        {
            json.WriteStartObject();
            json.WriteString("id", index.ToString());
            json.WriteString("filename", file.Name);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
