using System.Security.Cryptography;
using System.Text.Json;
using MicroChat.Feedback.Snapshots;

namespace MicroChat.Feedback;

/// <summary>A snapshot on disk, checked: every file has the hash that its manifest names, and nothing that the manifest lists as deleted is among its rows.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Manifest">Its manifest.</param>
public sealed record SnapshotFolder(string Path, SnapshotManifest Manifest)
{
    /// <summary>Opens and checks a snapshot.</summary>
    /// <exception cref="FeedbackException">It is no snapshot, was changed after it was written, or holds something that was deleted; the message says which file.</exception>
    public static SnapshotFolder Open(string path)
    {
        try
        {
            SnapshotManifest manifest = ReadManifest(path);
            Checked(path, manifest.Trust);
            HashSet<Guid> deleted = [.. manifest.Deletions.Select(tombstone => tombstone.Id)];
            foreach (SnapshotFile file in manifest.Files)
            {
                RequireGone(Checked(path, file), deleted);
            }
            return new SnapshotFolder(path, manifest);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FeedbackException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Full paths of the files of a kind and split that have rows, as in <see cref="SnapshotFile"/>; for the readers of training data.</summary>
    public IReadOnlyList<string> Files(string kind, string split) =>
        [.. Manifest.Files.Where(file => file.Kind == kind && file.Split == split && file.Rows > 0).Select(file => System.IO.Path.Combine(Path, file.Path))];

    /// <summary>The manifest alone, without a look at the files.</summary>
    /// <exception cref="FeedbackException">There is none, or it is none that this program reads.</exception>
    public static SnapshotManifest ReadManifest(string folder)
    {
        string path = System.IO.Path.Combine(folder, SnapshotManifest.FileName);
        if (!File.Exists(path))
        {
            throw new FeedbackException($"{folder} has no {SnapshotManifest.FileName}, so it is no snapshot. Name the folder that `feedback export` made. Nothing was read.");
        }
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            int schema = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("schema", out JsonElement found) && found.TryGetInt32(out int number) ? number : 0;
            return schema == SnapshotManifest.CurrentSchema
                ? document.Deserialize<SnapshotManifest>(SnapshotJson.Manifest)!
                : throw new FeedbackException($"{path}: schema is {schema}, and this program reads {SnapshotManifest.CurrentSchema}. Export it again with this version. Nothing was read.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FeedbackException($"{path}: {e.Message} Nothing was read.", e);
        }
    }

    /// <summary>Full path of a file that is inside of the folder and has the hash that the manifest names.</summary>
    internal static string Checked(string folder, SnapshotFile file)
    {
        string path = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, file.Path));
        if (!path.StartsWith(System.IO.Path.GetFullPath(folder) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new FeedbackException($"{folder}: the manifest names the file \"{file.Path}\", which is outside of the snapshot. Nothing was read.");
        }
        using FileStream content = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(content)) == file.Sha256 ? path
            : throw new FeedbackException($"{path} was changed after the snapshot was written: its hash is not the one in {SnapshotManifest.FileName}. Nothing was read.");
    }

    private static void RequireGone(string path, HashSet<Guid> deleted)
    {
        foreach ((string where, string text) in deleted.Count > 0 ? SnapshotImport.Lines(path) : [])
        {
            using JsonDocument row = JsonDocument.Parse(text);
            foreach (JsonElement value in Ids(row.RootElement))
            {
                if (value.TryGetGuid(out Guid id) && deleted.Contains(id))
                {
                    throw new FeedbackException($"{where}: holds {id}, which the manifest lists as deleted. The snapshot must not be trained on; export it again.");
                }
            }
        }
    }

    /// <summary>The ids of a row: its own, and those of the replies that it ranks.</summary>
    private static IEnumerable<JsonElement> Ids(JsonElement row) => row.EnumerateObject()
        .SelectMany(field => field.NameEquals("replies") ? field.Value.EnumerateArray().SelectMany(Ids) : field.Value.ValueKind == JsonValueKind.String ? [field.Value] : []);
}
