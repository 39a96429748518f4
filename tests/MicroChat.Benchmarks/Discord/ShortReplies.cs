using System.Text.Json.Nodes;

namespace MicroChat.Benchmarks.Discord;

/// <summary>A copy of a model's folder whose replies end sooner, for checks that are about how often something is answered and not about how well.</summary>
internal static class ShortReplies
{
    private const string Settings = "generation_config.json", Longest = "max_new_tokens";

    /// <param name="model">The model's folder.</param>
    /// <param name="tokens">Longest reply.</param>
    /// <param name="into">The folder that is made.</param>
    public static string Of(string model, int tokens, string into)
    {
        Directory.CreateDirectory(into);
        foreach (string file in Directory.EnumerateFiles(model).Where(file => Path.GetExtension(file) is ".json" or ".safetensors"))
        {
            File.Copy(file, Path.Combine(into, Path.GetFileName(file)), overwrite: true);
        }
        string path = Path.Combine(into, Settings);
        JsonNode settings = JsonNode.Parse(File.ReadAllText(path))!;
        settings[Longest] = tokens;
        File.WriteAllText(path, settings.ToJsonString());
        return into;
    }
}
