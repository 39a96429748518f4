using System.Text.Json;
using System.Text.Json.Serialization;

namespace MicroChat.Training.Stages;

/// <summary>One source of a mixture.</summary>
public sealed record RecipeSource
{
    /// <summary>File, relative to the data folder: text (documents) or conversations.</summary>
    public required string File { get; init; }

    /// <summary>Share of the tokens, relative to the other sources' weights.</summary>
    public required double Weight { get; init; }

    /// <summary>How often every row comes at most; null: without end.</summary>
    public double? Epochs { get; init; }

    /// <summary>Rows of conversations or documents held out for validation; 0: none.</summary>
    public int HeldOutRows { get; init; } = 200;

    /// <summary>Licence of the file, for reports and model cards.</summary>
    public string Licence { get; init; } = "see the data folder's README";

    /// <summary>Whom the licence asks to name; empty: nobody.</summary>
    public string Attribution { get; init; } = "";

    /// <summary>Name of the source: its file without folder and endings.</summary>
    [JsonIgnore]
    public string Name => Path.GetFileName(File).Split('.')[0];
}

/// <summary>A mixture of sources: what a model is trained on, in which shares.</summary>
public sealed record DataRecipe
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>The sources.</summary>
    public required IReadOnlyList<RecipeSource> Sources { get; init; }

    /// <summary>Reads a recipe and checks that all its files are there.</summary>
    /// <param name="path">The recipe's JSON file.</param>
    /// <param name="dataFolder">Folder that the files are relative to.</param>
    /// <exception cref="TrainingException">The recipe is broken or a file is missing; the message lists everything that is wrong.</exception>
    public static DataRecipe Load(string path, string dataFolder)
    {
        DataRecipe recipe;
        try
        {
            recipe = JsonSerializer.Deserialize<DataRecipe>(File.ReadAllText(path), Json) ?? throw new JsonException("it holds null");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new TrainingException($"{path}: no recipe could be read ({e.Message}). A recipe is {{\"sources\":[{{\"file\":\"chat/dolly.jsonl.gz\",\"weight\":1}}]}}.", e);
        }
        string[] faults = [.. recipe.Faults(dataFolder)];
        return faults.Length == 0 ? recipe : throw new TrainingException($"{path}: {string.Join(" ", faults)}");
    }

    private IEnumerable<string> Faults(string dataFolder)
    {
        if (Sources is not { Count: > 0 })
        {
            yield return "It names no sources; name at least one.";
            yield break;
        }
        foreach (IGrouping<string, RecipeSource> same in Sources.GroupBy(source => source.Name).Where(group => group.Count() > 1))
        {
            yield return $"The name {same.Key} stands {same.Count()} times; name each source once.";
        }
        foreach (RecipeSource source in Sources)
        {
            if (!(source.Weight > 0 && double.IsFinite(source.Weight)))
            {
                yield return $"{source.Name} has weight {source.Weight}; it must be above 0. Leave the source out instead.";
            }
            if (source.Epochs is <= 0 || source.HeldOutRows < 0)
            {
                yield return $"{source.Name} has epochs {source.Epochs} and held-out rows {source.HeldOutRows}; they must be above 0, and 0 or more.";
            }
            if (!File.Exists(Path.Combine(dataFolder, source.File)))
            {
                yield return $"{source.File} is not in {dataFolder}; put it there, name another folder, or leave the source out.";
            }
        }
    }
}
