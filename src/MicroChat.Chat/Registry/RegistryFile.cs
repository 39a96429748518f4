using System.Text.Json;
using System.Text.Json.Serialization;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Chat.Registry;

/// <summary>registry.json: who is live, who was, and who is being tried. The only file that changes, so that every step is one replacement.</summary>
internal sealed record RegistryFile
{
    public const string Name = "registry.json";

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, NewLine = "\n", UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public int Live { get; init; }

    public int? Canary { get; init; }

    /// <summary>How the canary is tried; null with <see cref="Canary"/>, and where an earlier program started it.</summary>
    public Trial? Trial { get; init; }

    /// <summary>Whether nothing may change by itself.</summary>
    public bool Held { get; init; }

    /// <summary>Generations that were live before, the last one at the end: the way back.</summary>
    public IReadOnlyList<int> Before { get; init; } = [];

    /// <summary>Generations that were tried or live and are no longer.</summary>
    public IReadOnlyList<int> Retired { get; init; } = [];

    /// <summary>What was decided last: written with the change itself, and after it into the log.</summary>
    public Decision? Decision { get; init; }

    /// <summary>The state with another generation live; a trial, whose yardstick that was, ends.</summary>
    /// <param name="live">The one that becomes live.</param>
    /// <param name="before">The way back from it.</param>
    public RegistryFile WithLive(int live, IReadOnlyList<int> before) => this with
    {
        Live = live,
        Before = before,
        Canary = null,
        Trial = null,
        Retired = [.. Retired.Append(Live).Concat(Canary is { } canary ? [canary] : []).Where(number => number != live).Distinct()],
    };

    /// <summary>The state without a trial.</summary>
    public RegistryFile WithoutTrial() => this with
    {
        Canary = null,
        Trial = null,
        Retired = [.. Retired.Concat(Canary is { } canary ? [canary] : []).Distinct()],
    };

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

    public static void Write<T>(string path, T content) => Write(path, content, _ => { });

    /// <param name="border">Called between two steps of the writing, for tests that let it end there.</param>
    public static void Write<T>(string path, T content, Action<string> border) => AtomicFile.Write(path, stream =>
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(content, Layout);
        stream.Write(json.AsSpan(0, json.Length / 2));
        stream.Flush();
        border("half of the new state");
        stream.Write(json.AsSpan(json.Length / 2));
        stream.Flush();
        border("the new state beside the old one");
    });
}
