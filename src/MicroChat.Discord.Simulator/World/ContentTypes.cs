namespace MicroChat.Discord.Simulator.World;

/// <summary>The kind of a file by its name.</summary>
internal static class ContentTypes
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = "text/plain; charset=utf-8",
        [".md"] = "text/markdown; charset=utf-8",
        [".json"] = "application/json",
        [".csv"] = "text/csv; charset=utf-8",
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".gif"] = "image/gif",
    };

    public static string Of(string fileName) => Known.GetValueOrDefault(Path.GetExtension(fileName), "application/octet-stream");
}
