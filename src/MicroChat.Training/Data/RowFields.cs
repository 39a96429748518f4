using System.Text.Json;

namespace MicroChat.Training.Data;

/// <summary>Fields of a JSON row, with errors that name the field and show what is there.</summary>
internal static class RowFields
{
    private const int ShownNames = 12;

    /// <summary>A field that must be there.</summary>
    /// <param name="row">The object.</param>
    /// <param name="name">The field's name in the object.</param>
    /// <param name="path">The field's name in messages.</param>
    /// <param name="kind">What it must hold.</param>
    public static JsonElement Required(JsonElement row, string name, string path, JsonValueKind kind)
    {
        if (row.ValueKind != JsonValueKind.Object)
        {
            throw new RowException(path, $"there is {Show(row)} around it", "an object", "Repair the row.");
        }
        if (!row.TryGetProperty(name, out JsonElement value))
        {
            string there = string.Join(", ", row.EnumerateObject().Take(ShownNames).Select(property => property.Name));
            throw new RowException(path, $"not there, only [{there}]", $"a field \"{name}\"", "Add the field, or name the file's format if it has another one.");
        }
        return value.ValueKind == kind ? value : throw new RowException(path, $"found {Show(value)}", $"a JSON {kind}", "Repair the row.");
    }

    /// <summary>The text of a field that must be there.</summary>
    public static string Text(JsonElement row, string name, string path) => Text(Required(row, name, path, JsonValueKind.String), path);

    /// <summary>The text of a field that must be there and hold more than white space.</summary>
    public static string FilledText(JsonElement row, string name, string path) => Filled(Text(row, name, path), path);

    /// <summary>The text of a string element.</summary>
    public static string Text(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw new RowException(path, $"found {Show(value)}", "a text", "Repair the row.");
        }
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new RowException(path, $"found {value.GetRawText()[..Math.Min(80, value.GetRawText().Length)]} with half a surrogate pair", "Unicode text", "Repair the escapes.");
        }
    }

    /// <summary>The text itself, refused when it is empty.</summary>
    public static string Filled(string text, string path) => !string.IsNullOrWhiteSpace(text)
        ? text
        : throw new RowException(path, $"found {DatasetException.Show(text)}", "a text that is not empty", "Remove the row or fill it.");

    /// <summary>The text of a field; null when it is not there or null.</summary>
    public static string? OptionalText(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? Text(value, name) : null;

    /// <summary>The truth value of a field; null when it is not there or null.</summary>
    public static bool? OptionalBool(JsonElement row, string name, string path)
    {
        if (!row.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new RowException(path, $"found {Show(value)}", "true, false or null", "Repair the row.");
    }

    /// <summary>The whole number in a field; null when it is not there or null.</summary>
    public static int? OptionalNumber(JsonElement row, string name, string path)
    {
        if (!row.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : throw new RowException(path, $"found {Show(value)}", "a whole number or null", "Repair the row.");
    }

    /// <summary>The number in a field; null when it is not there or null.</summary>
    public static double? OptionalReal(JsonElement row, string name, string path)
    {
        if (!row.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw new RowException(path, $"found {Show(value)}", "a number or null", "Repair the row.");
    }

    /// <summary>A value as it appears in a message.</summary>
    public static string Show(JsonElement value)
    {
        string raw = value.GetRawText();
        return value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => $"a list of {value.GetArrayLength()}",
            JsonValueKind.String => $"the text {DatasetException.Show(raw[1..^1])}",
            _ => DatasetException.Show(raw).Trim('"'),
        };
    }
}
