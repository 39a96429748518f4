using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Chat.Registry;

/// <summary>
/// decisions.jsonl beside the registry: a line for every decision, oldest first. The newest one stands in registry.json as well, where it is
/// written with the change itself; a crash between the two is mended by the next who writes.
/// </summary>
internal static class DecisionLog
{
    public const string Name = "decisions.jsonl";

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    /// <summary>All decisions, oldest first. A line that a crash tore is left out.</summary>
    /// <exception cref="CheckpointException">The file cannot be read.</exception>
    public static IReadOnlyList<Decision> Read(string folder)
    {
        string path = Path.Combine(folder, Name);
        try
        {
            return File.Exists(path) ? [.. File.ReadLines(path).Select(Parse).OfType<Decision>()] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {e.Message} The models themselves are not touched.", e);
        }
    }

    /// <summary>Adds a decision unless it is there already.</summary>
    /// <exception cref="CheckpointException">The file cannot be written; the next call tries again.</exception>
    public static void Write(string folder, Decision decision, Action<string> border)
    {
        string path = Path.Combine(folder, Name);
        if (Read(folder).Any(known => known.Number >= decision.Number))
        {
            return;
        }
        try
        {
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            bool torn = file.Length > 0 && LastByte(file) != '\n';
            file.Seek(0, SeekOrigin.End);
            byte[] line = Encoding.UTF8.GetBytes((torn ? "\n" : "") + JsonSerializer.Serialize(decision, Layout) + "\n");
            file.Write(line.AsSpan(0, line.Length / 2));
            file.Flush();
            border("half a line of the log");
            file.Write(line.AsSpan(line.Length / 2));
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be written: {e.Message} What was decided holds; free the file, and the next decision adds this one too.", e);
        }
    }

    private static int LastByte(FileStream file)
    {
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte();
    }

    private static Decision? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Decision>(line, Layout);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
