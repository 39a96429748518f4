using System.Text.Json;

namespace MicroChat.Model.Checkpoints;

/// <summary>The fields of one JSON object, read with checks; errors name file, field, value, wish and remedy. A field that is null counts as missing.</summary>
internal readonly struct JsonFields(string path, string prefix, JsonElement element)
{
    private readonly JsonElement _element = element;

    public bool IsEmpty => _element.GetPropertyCount() == 0;

    public bool Has(string field) => Get(field) is not null;

    /// <summary>Whether the field is there, be it null.</summary>
    public bool Mentions(string field) => _element.TryGetProperty(field, out _);

    public string? Text(string field) => Get(field) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Wrong(field, "a string");

    /// <summary>A list of strings; empty where it is missing.</summary>
    public IReadOnlyList<string> Texts(string field) => Get(field) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String) ? [.. value.EnumerateArray().Select(i => i.GetString()!)]
        : throw Wrong(field, "a list of strings");

    public bool? Flag(string field) => Get(field) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(field, "true or false");

    public int? Integer(string field, int least, int most) => Get(field) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least && number <= most ? number
        : throw Wrong(field, $"a whole number from {least} to {most}");

    public int RequiredInteger(string field, int least, int most) => Integer(field, least, most)
        ?? throw new CheckpointException($"{path}: {prefix}{field} is missing; wanted is a whole number from {least} to {most}. Take the config.json that was published with the weights.");

    public double? Number(string field, double least, double most) => Get(field) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most ? number
        : throw Wrong(field, $"a number from {least} to {most}");

    /// <summary>A whole number or a list of them; empty where it is missing.</summary>
    public IReadOnlyList<int> Integers(string field, int least, int most)
    {
        if (Get(field) is not { } value)
        {
            return [];
        }
        var numbers = new List<int>();
        foreach (JsonElement item in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
        {
            bool fits = item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number) && number >= least && number <= most;
            numbers.Add(fits ? item.GetInt32() : throw Wrong(field, $"a whole number from {least} to {most}, or a list of such numbers"));
        }
        return numbers;
    }

    public IReadOnlyList<double>? Numbers(string field, int count)
    {
        if (Get(field) is not { } value)
        {
            return null;
        }
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [];
        bool fits = items.Length == count && items.All(i => i.ValueKind == JsonValueKind.Number && i.TryGetDouble(out double n) && n > 0 && double.IsFinite(n));
        return fits ? [.. items.Select(i => i.GetDouble())] : throw Wrong(field, $"a list of {count} positive numbers");
    }

    public JsonFields? Object(string field) => Get(field) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new JsonFields(path, $"{prefix}{field}.", value)
        : throw Wrong(field, "an object");

    /// <summary>The error for a field that has a value of the right kind which does not fit.</summary>
    public CheckpointException Wrong(string field, string wish, string remedy = "Take the config.json that was published with the weights, or correct this field.")
    {
        string found = Get(field) is { } value ? Shown(value) : "missing";
        return new CheckpointException($"{path}: {prefix}{field} is {found}; wanted is {wish}. {remedy}");
    }

    private static string Shown(JsonElement value) =>
        Untrusted.Quote(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());

    private JsonElement? Get(string field) =>
        _element.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
