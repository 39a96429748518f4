using System.Text.Json;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Gateway;

/// <summary>Opcodes of the gateway.</summary>
/// <remarks>Source: Discord API, topics/opcodes-and-status-codes, "Gateway Opcodes".</remarks>
internal static class GatewayOpcode
{
    public const int Dispatch = 0, Heartbeat = 1, Identify = 2, Presence = 3, Resume = 6, Reconnect = 7, InvalidSession = 9, Hello = 10, HeartbeatAck = 11;
}

/// <summary>Payloads that the client sends.</summary>
internal static class GatewayPayloads
{
    /// <summary>Longest payload that the gateway takes. Unit: bytes.</summary>
    public const int Longest = 4_096;

    private const int LargeGuild = 50, CustomStatus = 4;

    public static byte[] Heartbeat(long? sequence) => Payload(GatewayOpcode.Heartbeat, json =>
    {
        if (sequence is { } last)
        {
            json.WriteNumber("d", last);
        }
        else
        {
            json.WriteNull("d");
        }
    });

    public static byte[] Identify(string token, int intents, int shard, int shards, DiscordPresence presence) => Payload(GatewayOpcode.Identify, json =>
    {
        json.WriteStartObject("d");
        json.WriteString("token", token);
        json.WriteNumber("intents", intents);
        json.WriteStartObject("properties");
        json.WriteString("os", OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "macos" : "linux");
        json.WriteString("browser", "MicroChat");
        json.WriteString("device", "MicroChat");
        json.WriteEndObject();
        json.WriteBoolean("compress", false);
        json.WriteNumber("large_threshold", LargeGuild);
        json.WriteStartArray("shard");
        json.WriteNumberValue(shard);
        json.WriteNumberValue(shards);
        json.WriteEndArray();
        json.WritePropertyName("presence");
        Presence(json, presence);
        json.WriteEndObject();
    });

    public static byte[] Resume(string token, string session, long sequence) => Payload(GatewayOpcode.Resume, json =>
    {
        json.WriteStartObject("d");
        json.WriteString("token", token);
        json.WriteString("session_id", session);
        json.WriteNumber("seq", sequence);
        json.WriteEndObject();
    });

    public static byte[] Presence(DiscordPresence presence) => Payload(GatewayOpcode.Presence, json =>
    {
        json.WritePropertyName("d");
        Presence(json, presence);
    });

    private static void Presence(Utf8JsonWriter json, DiscordPresence presence)
    {
        json.WriteStartObject();
        json.WriteNull("since");
        json.WriteStartArray("activities");
        if (presence.Text is { Length: > 0 } text)
        {
            json.WriteStartObject();
            json.WriteString("name", "Custom Status");
            json.WriteNumber("type", CustomStatus);
            json.WriteString("state", text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("status", presence.Status switch
        {
            PresenceStatus.Idle => "idle",
            PresenceStatus.DoNotDisturb => "dnd",
            PresenceStatus.Invisible => "invisible",
            _ => "online",
        });
        json.WriteBoolean("afk", false);
        json.WriteEndObject();
    }

    /// <exception cref="ArgumentException">It is longer than the gateway takes.</exception>
    private static byte[] Payload(int op, Action<Utf8JsonWriter> data)
    {
        byte[] payload = PayloadWriter.Bytes(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("op", op);
            data(json);
            json.WriteEndObject();
        });
        return payload.Length <= Longest
            ? payload
            : throw new ArgumentException($"A payload with opcode {op} would be {payload.Length} bytes long; it must be at most {Longest}. Shorten its text.");
    }
}
