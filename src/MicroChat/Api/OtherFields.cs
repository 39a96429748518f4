using System.Collections.Frozen;
using System.Text.Json;

namespace MicroChat.Api;

/// <summary>Fields of the API that this server does not act on: harmless ones pass, others are refused with the reason.</summary>
internal static class OtherFields
{
    /// <summary>They promise nothing about the reply.</summary>
    private static readonly FrozenSet<string> Harmless = FrozenSet.ToFrozenSet(
        ["store", "metadata", "service_tier", "parallel_tool_calls", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"]);

    /// <summary>What this server cannot do, and the value that does not ask for it.</summary>
    private static readonly FrozenDictionary<string, (string Reason, Func<JsonElement, bool> AsksNothing)> Unsupported =
        new Dictionary<string, (string, Func<JsonElement, bool>)>
        {
            ["tools"] = ("the model calls no tools", IsEmpty),
            ["functions"] = ("the model calls no functions", IsEmpty),
            ["tool_choice"] = ("the model calls no tools", value => IsText(value, "none") || IsText(value, "auto")),
            ["function_call"] = ("the model calls no functions", value => IsText(value, "none") || IsText(value, "auto")),
            ["response_format"] = ("the model writes plain text only", value =>
                value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out JsonElement type) && IsText(type, "text")),
            ["modalities"] = ("the model writes text only", value =>
                value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => IsText(item, "text"))),
            ["audio"] = ("the model does not speak", IsEmpty),
            ["prediction"] = ("predicted output is not used", IsEmpty),
            ["web_search_options"] = ("the model does not search", IsEmpty),
            ["reasoning_effort"] = ("the model has no reasoning mode", value => IsText(value, "none")),
            ["verbosity"] = ("the model has no such setting", value => IsText(value, "medium")),
            ["suffix"] = ("the model continues texts and fills no gaps", value => IsText(value, "")),
            ["best_of"] = ("replies are not ranked; ask for several with n", value => RequestFields.IsWhole(value, out long n) && n == 1),
        }.ToFrozenDictionary();

    /// <exception cref="ApiException">A field asks for what this server cannot do, or nobody knows it.</exception>
    public static void Check(RequestFields fields)
    {
        foreach (JsonProperty property in fields.Rest)
        {
            if (Harmless.Contains(property.Name))
            {
                continue;
            }
            if (!Unsupported.TryGetValue(property.Name, out var entry))
            {
                throw fields.Unknown(property.Name);
            }
            if (!entry.AsksNothing(property.Value))
            {
                throw ApiException.Invalid(property.Name, $"{property.Name} is not supported: {entry.Reason}. Leave it out.", "unsupported_parameter");
            }
        }
    }

    private static bool IsText(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    private static bool IsEmpty(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;
}
