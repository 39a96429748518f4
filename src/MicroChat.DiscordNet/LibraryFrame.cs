using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MicroChat.DiscordNet;

/// <summary>Frames as Discord.Net needs them.</summary>
internal static class LibraryFrame
{
    /// <summary>Lists that the library takes for granted in READY; compatible servers leave empty ones out, and it then gives up.</summary>
    private static readonly string[] Lists = ["guilds", "private_channels"];

    /// <summary>The text of a frame, which has been read before.</summary>
    /// <param name="frame">UTF-8.</param>
    /// <param name="kind">Name of a dispatch.</param>
    public static string Of(ReadOnlySpan<byte> frame, string kind)
    {
        string text = Encoding.UTF8.GetString(frame);
        if (kind != "READY" || JsonNode.Parse(text)?["d"] is not JsonObject data || Lists.All(name => data[name] is JsonArray))
        {
            return text;
        }
        foreach (string name in Lists)
        {
            if (data[name] is not JsonArray)
            {
                data[name] = new JsonArray();
            }
        }
        return data.Root.ToJsonString(JsonSerializerOptions.Web);
    }
}
