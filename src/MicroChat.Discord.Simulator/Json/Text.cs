using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.Json;

/// <summary>Small conversions to the forms that Discord's JSON uses.</summary>
internal static class Text
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(ulong id) => id.ToString(CultureInfo.InvariantCulture);

    public static string Of(World.SimPermissions permissions) => Of((ulong)permissions);

    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture) + "+00:00";

    public static JsonNode? OrNull(DateTimeOffset? time) => time is { } t ? Of(t) : null;

    public static JsonNode? OrNull(ulong? id) => id is { } i ? Of(i) : null;

    public static JsonArray Array(IEnumerable<JsonNode?> items) => [.. items];

    public static JsonArray Ids(IEnumerable<ulong> ids) => [.. ids.Select(i => (JsonNode)Of(i))];

    public static byte[] Utf8(JsonNode json) => JsonSerializer.SerializeToUtf8Bytes(json, Compact);
}
