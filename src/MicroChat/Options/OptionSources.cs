using System.Text.Json;

namespace MicroChat.Options;

/// <summary>Where options are written: a JSON file, environment variables, the command line; later ones win.</summary>
internal static class OptionSources
{
    /// <summary>The file's name, beside the program.</summary>
    public const string FileName = "appsettings.json";

    /// <summary>What the names of environment variables begin with.</summary>
    public const string Prefix = "MICROCHAT_";

    private const string Level = "__";
    private const long LongestFile = 1 << 20;

    private static readonly JsonDocumentOptions Lenient = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        AllowDuplicateProperties = false,
        MaxDepth = 8,
    };

    /// <summary>What a file sets.</summary>
    /// <param name="faults">Takes the sentence about a file that cannot be read.</param>
    public static IReadOnlyList<OptionSetting> File(string path, List<string> faults)
    {
        try
        {
            using FileStream file = global::System.IO.File.OpenRead(path);
            if (file.Length > LongestFile)
            {
                faults.Add($"{path} is {file.Length} bytes long; it must be at most {LongestFile}. It is no options file: name another.");
                return [];
            }
            using JsonDocument json = JsonDocument.Parse(file, Lenient);
            var settings = new List<OptionSetting>();
            Flatten(json.RootElement, "", path, settings, faults);
            return settings;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            faults.Add($"{path} cannot be read: {e.Message.TrimEnd('.')}. Mend it, or remove it to have the defaults.");
            return [];
        }
    }

    /// <summary>What environment variables set: MICROCHAT_Server__Port is Server:Port.</summary>
    /// <remarks>Names without a double underscore are other switches of the program, unless an option was plainly meant.</remarks>
    public static IEnumerable<OptionSetting> Variables(IEnumerable<string> names, Func<string, string?> value)
    {
        foreach (string name in names)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && value(name) is { } text)
            {
                string rest = name[Prefix.Length..];
                bool meant = rest.Contains(Level, StringComparison.Ordinal) || Key(rest.Replace('_', ':')) is not null;
                if (meant)
                {
                    yield return new OptionSetting(rest.Replace(Level, ":", StringComparison.Ordinal), text, name);
                }
            }
        }
    }

    /// <summary>What --set Section:Name=value sets.</summary>
    public static IEnumerable<OptionSetting> Assignments(IEnumerable<string> assignments, List<string> faults)
    {
        foreach (string assignment in assignments)
        {
            int equals = assignment.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                faults.Add($"--set is \"{assignment}\"; it must be Section:Name=value, for example Server:Port=9000.");
                continue;
            }
            yield return new OptionSetting(assignment[..equals].Trim(), assignment[(equals + 1)..], "--set");
        }
    }

    /// <summary>The option's key in its proper spelling; null: there is no such option.</summary>
    public static string? Key(string key) => OptionField.All.FirstOrDefault(f => f.Key.Equals(key, StringComparison.OrdinalIgnoreCase))?.Key;

    private static void Flatten(JsonElement json, string key, string path, List<OptionSetting> settings, List<string> faults)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                if (key.Contains(':', StringComparison.Ordinal) && json.GetPropertyCount() == 0)
                {
                    settings.Add(new OptionSetting(key, "", path));
                }
                foreach (JsonProperty property in json.EnumerateObject())
                {
                    Flatten(property.Value, key.Length == 0 ? property.Name : $"{key}:{property.Name}", path, settings, faults);
                }
                break;
            case JsonValueKind.Array when key.Length > 0:
                if (json.GetArrayLength() == 0)
                {
                    settings.Add(new OptionSetting(key, "", path));
                }
                foreach ((int index, JsonElement item) in json.EnumerateArray().Index())
                {
                    Flatten(item, $"{key}:{index}", path, settings, faults);
                }
                break;
            case JsonValueKind.Null when key.Length > 0:
                break;
            default:
                if (key.Length == 0)
                {
                    faults.Add($"{path} holds {json.ValueKind.ToString().ToLowerInvariant()}; it must hold an object of sections, for example {{\"Server\": {{\"Port\": 9000}}}}.");
                    break;
                }
                settings.Add(new OptionSetting(key, json.ToString(), path));
                break;
        }
    }
}
