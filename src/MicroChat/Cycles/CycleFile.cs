using System.Text.Json;
using System.Text.Json.Serialization;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Cycles;

/// <summary>cycle.json: read by everyone, replaced as a whole by the cycle's process alone.</summary>
internal static class CycleFile
{
    /// <summary>Its name in a cycle's folder.</summary>
    public const string Name = "cycle.json";

    /// <summary>The folder of all cycles in that of the runs.</summary>
    public const string FolderName = "cycles";

    /// <summary>How everything in a cycle's folder is written: snake_case fields, kebab-case names.</summary>
    public static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>The state of a cycle; null: the folder has none.</summary>
    /// <exception cref="CheckpointException">The file is broken, or of a newer program; the message names it.</exception>
    public static CycleState? Read(string folder)
    {
        CycleState? state = Read<CycleState>(Path.Combine(folder, Name));
        return state is null or { Schema: CycleState.CurrentSchema } ? state : throw new CheckpointException(
            $"{Path.Combine(folder, Name)} has the schema {state.Schema}; it must be {CycleState.CurrentSchema}. Another version of the program wrote it: go on with that one, or begin a new cycle.");
    }

    /// <summary>Writes the state of a cycle, whole or not at all.</summary>
    public static void Write(string folder, CycleState state) => Write<CycleState>(Path.Combine(folder, Name), state);

    /// <summary>A JSON file of a cycle; null: it is not there.</summary>
    /// <exception cref="CheckpointException">It is broken; the message names it.</exception>
    public static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Layout) ?? throw new JsonException("It holds null.") : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {e.Message} Delete the cycle's folder and begin anew; the feedback and the models are not touched.", e);
        }
    }

    /// <summary>Writes a JSON file of a cycle, whole or not at all.</summary>
    public static void Write<T>(string path, T content) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, content, Layout));

    /// <summary>All cycles of a runs folder, the newest first; folders that hold no readable state are left out.</summary>
    public static IReadOnlyList<CycleState> List(string runs)
    {
        string folder = Path.Combine(runs, FolderName);
        return !Directory.Exists(folder) ? [] : [.. Directory.EnumerateDirectories(folder).Select(TryRead).OfType<CycleState>().OrderByDescending(state => state.Id, StringComparer.Ordinal)];
    }

    /// <summary>The newest cycle of a runs folder; null: there is none.</summary>
    public static CycleState? Newest(string runs) => List(runs) is [{ } newest, ..] ? newest : null;

    private static CycleState? TryRead(string folder)
    {
        try
        {
            return Read(folder);
        }
        catch (CheckpointException)
        {
            return null;
        }
    }
}
