using System.Text.Json;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Chat.Registry;

/// <summary>registry.json: who is live, who was, and who is being tried. The only file that changes, so that every step is one replacement.</summary>
internal sealed record RegistryFile
{
    public const string Name = "registry.json";

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, NewLine = "\n", UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    public int Live { get; init; }

    public int? Canary { get; init; }

    /// <summary>Generations that were live before, the last one at the end: the way back.</summary>
    public IReadOnlyList<int> Before { get; init; } = [];

    /// <summary>Generations that were tried or live and are no longer.</summary>
    public IReadOnlyList<int> Retired { get; init; } = [];

    /// <summary>Reads a file of this registry; null: there is none.</summary>
    /// <exception cref="CheckpointException">It cannot be read; the message names it.</exception>
    public static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Layout) ?? throw new JsonException("It holds null.") : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {e.Message} Restore it from a copy; the models themselves are not touched.", e);
        }
    }

    public static void Write<T>(string path, T content) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, content, Layout));
}
