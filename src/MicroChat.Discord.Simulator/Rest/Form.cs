using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator.Rest;

/// <summary>A JSON object of a body, read field by field; what is wrong is noted with its path.</summary>
internal sealed class Form(JsonElement json, string path, FormErrors errors)
{
    public FormErrors Errors { get; } = errors;

    public string Path { get; } = path;

    /// <summary>Whether a field is there, be it null.</summary>
    public bool Has(string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out _);

    /// <summary>A text; null where it is missing, null or wrong.</summary>
    public string? Text(string name, int longest, int shortest = 0, bool required = false)
    {
        if (Value(name) is not { } value)
        {
            Require(name, required);
            return null;
        }
        if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
        {
            return Wrong<string>(name, "STRING_TYPE_CONVERT", "Could not convert to string.");
        }
        string text = value.ToString();
        if (text.Length > longest)
        {
            return Wrong<string>(name, "BASE_TYPE_MAX_LENGTH", $"Must be {longest} or fewer in length.");
        }
        return text.Length < shortest ? Wrong<string>(name, "BASE_TYPE_MIN_LENGTH", $"Must be {shortest} or more in length.") : text;
    }

    public long? Integer(string name, long smallest, long largest, bool required = false)
    {
        if (Value(name) is not { } value)
        {
            Require(name, required);
            return null;
        }
        if (!(value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number))
            && !(value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)))
        {
            Wrong<string>(name, "NUMBER_TYPE_COERCE", $"Value \"{Short(value)}\" is not int.");
            return null;
        }
        if (number >= smallest && number <= largest)
        {
            return number;
        }
        Wrong<string>(name, "BASE_TYPE_CHOICES", $"Value must be one of {smallest} to {largest}.");
        return null;
    }

    public bool? Flag(string name)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }
        Wrong<string>(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
        return null;
    }

    /// <summary>A snowflake.</summary>
    public ulong? Id(string name, bool required = false)
    {
        if (Value(name) is not { } value)
        {
            Require(name, required);
            return null;
        }
        if (value.ValueKind is JsonValueKind.String or JsonValueKind.Number && ReadId(value.ToString()) is { } id)
        {
            return id;
        }
        Wrong<string>(name, "NUMBER_TYPE_COERCE", $"Value \"{Short(value)}\" is not snowflake.");
        return null;
    }

    /// <summary>An object below; null where it is missing, null or none.</summary>
    public Form? Object(string name)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.Object ? new Form(value, At(name), Errors) : Wrong<Form>(name, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
    }

    /// <summary>A list of objects; those that are none are noted and left out.</summary>
    public IReadOnlyList<Form> Objects(string name, int most)
    {
        if (Items(name, most) is not { } items)
        {
            return [];
        }
        var forms = new List<Form>();
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].ValueKind == JsonValueKind.Object)
            {
                forms.Add(new Form(items[i], $"{At(name)}.{i}", Errors));
            }
            else
            {
                Errors.Add($"{At(name)}.{i}", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
            }
        }
        return forms;
    }

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string name, int most)
    {
        var texts = new List<string>();
        foreach (JsonElement item in Items(name, most) ?? [])
        {
            if (item.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            {
                texts.Add(item.ToString());
            }
            else
            {
                Errors.Add($"{At(name)}.{texts.Count}", "STRING_TYPE_CONVERT", "Could not convert to string.");
            }
        }
        return texts;
    }

    /// <summary>A list of snowflakes, each once.</summary>
    public IReadOnlySet<ulong> Ids(string name, int most)
    {
        var ids = new HashSet<ulong>();
        foreach (string text in Texts(name, most))
        {
            if (ReadId(text) is { } id)
            {
                ids.Add(id);
            }
            else
            {
                Errors.Add($"{At(name)}.{ids.Count}", "NUMBER_TYPE_COERCE", $"Value \"{text}\" is not snowflake.");
            }
        }
        return ids;
    }

    /// <summary>The field as it is, to be kept; null where it is missing or null.</summary>
    public JsonNode? Raw(string name) => Value(name) is { } value ? JsonNode.Parse(value.GetRawText()) : null;

    /// <summary>The whole object as it is.</summary>
    public JsonObject Raw() => json.ValueKind == JsonValueKind.Object ? (JsonObject)JsonNode.Parse(json.GetRawText())! : [];

    /// <summary>Notes that a field is wrong.</summary>
    public T? Wrong<T>(string name, string code, string message) where T : class
    {
        Errors.Add(At(name), code, message);
        return null;
    }

    public static ulong? ReadId(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id) ? id : null;

    private string At(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    private JsonElement? Value(string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private JsonElement[]? Items(string name, int most)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }
        if (value.ValueKind != JsonValueKind.Array)
        {
            Wrong<string>(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            return null;
        }
        if (value.GetArrayLength() > most)
        {
            Wrong<string>(name, "BASE_TYPE_MAX_LENGTH", $"Must be {most} or fewer in length.");
            return null;
        }
        return [.. value.EnumerateArray()];
    }

    private void Require(string name, bool required)
    {
        if (required)
        {
            Wrong<string>(name, "BASE_TYPE_REQUIRED", "This field is required");
        }
    }

    private static string Short(JsonElement value) => value.ToString() is { Length: > 40 } text ? text[..40] : value.ToString();
}
