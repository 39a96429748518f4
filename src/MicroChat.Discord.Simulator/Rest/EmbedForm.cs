using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>The limits of embeds.</summary>
internal static class EmbedForm
{
    /// <summary>Characters of all embeds of a message together.</summary>
    public const int LongestTotal = 6_000;

    /// <summary>Notes what is wrong with an embed.</summary>
    /// <returns>The characters that count.</returns>
    public static int Check(Form embed)
    {
        int total = Length(embed.Text("title", 256)) + Length(embed.Text("description", 4096));
        embed.Text("url", 2048);
        embed.Integer("color", 0, 0xFFFFFF);
        if (embed.Text("timestamp", 64) is { } time && !DateTimeOffset.TryParse(time, out _))
        {
            embed.Wrong<string>("timestamp", "DATE_TIME_TYPE_PARSE", "Could not parse the time.");
        }
        total += Length(embed.Object("footer")?.Text("text", 2048, 1, required: true));
        total += Length(embed.Object("author")?.Text("name", 256, 1, required: true));
        embed.Object("image")?.Text("url", 2048, 1, required: true);
        embed.Object("thumbnail")?.Text("url", 2048, 1, required: true);
        foreach (Form field in embed.Objects("fields", 25))
        {
            total += Length(field.Text("name", 256, 1, required: true)) + Length(field.Text("value", 1024, 1, required: true));
            field.Flag("inline");
        }
        return total;
    }

    /// <summary>An embed as Discord gives it back.</summary>
    public static JsonObject Complete(JsonObject embed)
    {
        embed["type"] = "rich";
        return embed;
    }

    private static int Length(string? text) => text?.Length ?? 0;
}
