using System.Globalization;
using System.Text.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Json;

/// <summary>Reads that never fail: what is missing, null or of the wrong type is as if it were not there.</summary>
internal static class JsonReads
{
    /// <summary>A property's value; null: not an object, no such property, or null.</summary>
    public static JsonElement? Get(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind is not JsonValueKind.Null ? value : null;

    public static JsonElement? Get(this JsonElement? json, string name) => json?.Get(name);

    /// <summary>Whether a property is there and null.</summary>
    public static bool IsNull(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

    public static JsonElement? Object(this JsonElement json, string name) => json.Get(name) is { ValueKind: JsonValueKind.Object } value ? value : null;

    /// <summary>The items of an array; none where there is no array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement json, string name)
    {
        if (json.Get(name) is { ValueKind: JsonValueKind.Array } array)
        {
            foreach (JsonElement item in array.EnumerateArray())
            {
                yield return item;
            }
        }
    }

    public static string? Text(this JsonElement json, string name) => json.Get(name)?.AsText();

    /// <summary>A string; a lone surrogate in it makes it one replacement character.</summary>
    public static string? AsText(this JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.String)
        {
            return null;
        }
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    public static Snowflake? Id(this JsonElement json, string name) => json.Get(name)?.AsId();

    /// <summary>An id, as digits in a string or as a number.</summary>
    public static Snowflake? AsId(this JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => Snowflake.TryParse(json.AsText(), out Snowflake id) ? id : null,
        JsonValueKind.Number => json.TryGetUInt64(out ulong value) && value > 0 ? new Snowflake(value) : null,
        _ => null,
    };

    public static IReadOnlyList<Snowflake> Ids(this JsonElement json, string name) => [.. json.Items(name).Select(AsId).OfType<Snowflake>()];

    /// <summary>A whole number, also written as a string.</summary>
    public static long? Whole(this JsonElement json, string name) => json.Get(name) switch
    {
        { ValueKind: JsonValueKind.Number } number => number.TryGetInt64(out long value) ? value : null,
        { ValueKind: JsonValueKind.String } text => long.TryParse(text.AsText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null,
        _ => null,
    };

    /// <summary>The same within the range of int.</summary>
    public static int? Int(this JsonElement json, string name) => json.Whole(name) is { } value and >= int.MinValue and <= int.MaxValue ? (int)value : null;

    /// <summary>Bits, which Discord writes as digits in a string.</summary>
    public static ulong? Bits(this JsonElement json, string name) => json.Get(name) switch
    {
        { ValueKind: JsonValueKind.Number } number => number.TryGetUInt64(out ulong value) ? value : null,
        { ValueKind: JsonValueKind.String } text => ulong.TryParse(text.AsText(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null,
        _ => null,
    };

    /// <summary>A finite number.</summary>
    public static double? Number(this JsonElement json, string name) =>
        json.Get(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double value) && double.IsFinite(value) ? value : null;

    public static bool Flag(this JsonElement json, string name) => json.Get(name) is { ValueKind: JsonValueKind.True };

    public static DateTimeOffset? Time(this JsonElement json, string name) =>
        DateTimeOffset.TryParse(json.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
}
