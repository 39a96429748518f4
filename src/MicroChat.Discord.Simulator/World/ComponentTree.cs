using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.World;

/// <summary>Walks the components of a message or a form.</summary>
internal static class ComponentTree
{
    public const int ActionRow = 1;
    public const int Button = 2;
    public const int StringSelect = 3;
    public const int TextInput = 4;
    public const int LinkButton = 5;

    private const int Deepest = 8;

    /// <summary>Every component with a <c>custom_id</c>, in reading order.</summary>
    public static IEnumerable<JsonObject> Interactive(JsonArray components) => All(components, 0).Where(c => c["custom_id"] is not null);

    /// <summary>What people call a component: its label, else its emoji, else its <c>custom_id</c>.</summary>
    public static string Name(JsonObject component) =>
        (string?)component["label"] ?? (string?)(component["emoji"] as JsonObject)?["name"] ?? (string?)component["custom_id"] ?? "";

    /// <summary>Every component.</summary>
    public static IEnumerable<JsonObject> All(JsonArray components) => All(components, 0);

    private static IEnumerable<JsonObject> All(JsonArray components, int depth)
    {
        foreach (JsonObject component in components.OfType<JsonObject>())
        {
            yield return component;
            if (depth == Deepest)
            {
                continue;
            }
            JsonArray inner =
            [
                .. (component["components"] as JsonArray ?? []).Concat([component["component"], component["accessory"]]).OfType<JsonObject>().Select(c => c.DeepClone()),
            ];
            foreach (JsonObject below in All(inner, depth + 1))
            {
                yield return below;
            }
        }
    }
}
