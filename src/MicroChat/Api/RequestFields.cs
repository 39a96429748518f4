using System.Text.Json;

namespace MicroChat.Api;

/// <summary>Reads the fields of one JSON object; whatever is wrong becomes an error that names the field, its value and the wish.</summary>
/// <param name="path">Where the object lies in the body: "" or "messages[2].".</param>
internal sealed class RequestFields(JsonElement json, string path)
{
    private const int LongestEcho = 60;

    private readonly HashSet<string> seen = new(StringComparer.Ordinal);

    /// <summary>Fields that nobody asked for and that are not null.</summary>
    public IEnumerable<JsonProperty> Rest => json.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null && !seen.Contains(p.Name));

    /// <summary>Names that were asked for.</summary>
    public IEnumerable<string> Known => seen;

    /// <summary>The field's path in the body.</summary>
    public string Path(string name) => path + name;

    /// <summary>The field's value; false: it is missing or null.</summary>
    public bool Has(string name, out JsonElement value)
    {
        seen.Add(name);
        return json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    public string? Text(string name) => Has(name, out JsonElement value) ? Text(value, name) : null;

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string name) =>
        Text(name) ?? throw ApiException.Invalid(Path(name), $"{Path(name)} is missing; it must be a text.", "missing_required_parameter");

    public bool? Flag(string name) => !Has(name, out JsonElement value) ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, value, "true or false"),
    };

    public long? Whole(string name, long least, long greatest)
    {
        if (!Has(name, out JsonElement value))
        {
            return null;
        }
        string wish = greatest == long.MaxValue ? (least == long.MinValue ? "a whole number" : $"a whole number, {least} or more") : $"a whole number from {least} to {greatest}";
        return IsWhole(value, out long number) && number >= least && number <= greatest ? number : throw Wrong(name, value, wish);
    }

    public double? Number(string name, double least, double greatest)
    {
        if (!Has(name, out JsonElement value))
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= greatest
            ? number
            : throw Wrong(name, value, $"a number from {least} to {greatest}");
    }

    /// <summary>A text as it is in JSON; half of a surrogate pair in it is an error.</summary>
    public string Text(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Wrong(name, value, "a text");
        }
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid(Path(name), $"{Path(name)} holds half of a surrogate pair; it must be well-formed Unicode. Write the whole character.", "invalid_value");
        }
    }

    /// <summary>The fields of an object that lies in this one.</summary>
    public RequestFields? Object(string name)
    {
        if (!Has(name, out JsonElement value))
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.Object ? new RequestFields(value, Path(name) + ".") : throw Wrong(name, value, "an object");
    }

    /// <summary>Refuses fields that were not asked for.</summary>
    public void RequireNoRest()
    {
        foreach (JsonProperty property in Rest)
        {
            throw Unknown(property.Name);
        }
    }

    public ApiException Unknown(string name) => ApiException.Invalid(
        Path(name), $"There is no field {Echo(Path(name))}.{(Suggestion.For(name, seen) is { Length: > 0 } suggestion ? suggestion : " Remove it.")}", "unknown_parameter");

    /// <summary>The error of a field whose value will not do.</summary>
    public ApiException Wrong(string name, JsonElement value, string wish)
    {
        string code = value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? "invalid_value" : "invalid_type";
        return ApiException.Invalid(Path(name), $"{Path(name)} is {Show(value)}; it must be {wish}.", code);
    }

    /// <summary>Whether it is a number without a fraction that fits.</summary>
    public static bool IsWhole(JsonElement value, out long number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out number);
    }

    private static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"a list of {value.GetArrayLength()}",
        _ => Echo(value.GetRawText()),
    };

    private static string Echo(string text) => text.Length <= LongestEcho ? text : text[..LongestEcho] + "…";
}
