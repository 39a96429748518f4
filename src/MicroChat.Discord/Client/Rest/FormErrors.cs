using System.Text.Json;
using MicroChat.Discord.Client.Json;

namespace MicroChat.Discord.Client.Rest;

/// <summary>Names the fields of a body that Discord did not like, without repeating what stood in them.</summary>
internal static class FormErrors
{
    private const int MostPaths = 5, Deepest = 12;

    /// <summary>" (content: BASE_TYPE_MAX_LENGTH, …)", or nothing.</summary>
    public static string Paths(JsonElement body)
    {
        var found = new List<string>();
        if (body.Object("errors") is { } errors)
        {
            Collect(errors, "", Deepest, found);
        }
        return found.Count == 0 ? "" : $" ({string.Join(", ", found)})";
    }

    private static void Collect(JsonElement level, string path, int depth, List<string> found)
    {
        foreach (JsonElement error in level.Items("_errors"))
        {
            if (found.Count < MostPaths && error.Text("code") is { Length: < 80 } code)
            {
                found.Add($"{path}: {code}");
            }
        }
        if (depth == 0 || level.ValueKind != JsonValueKind.Object)
        {
            return;
        }
        foreach (JsonProperty property in level.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Object && found.Count < MostPaths && property.Name.Length < 80)
            {
                Collect(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", depth - 1, found);
            }
        }
    }
}
