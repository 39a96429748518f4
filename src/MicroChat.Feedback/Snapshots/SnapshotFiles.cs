using System.Security.Cryptography;
using System.Text.Json;

namespace MicroChat.Feedback.Snapshots;

/// <summary>A folder that is filled under another name and appears whole; readable for its owner only, as it holds plain text.</summary>
internal sealed class SnapshotFiles : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string final, temporary;
    private readonly SortedDictionary<string, Lines> files = new(StringComparer.Ordinal);

    /// <exception cref="FeedbackException">The folder exists and is not empty.</exception>
    public SnapshotFiles(string folder)
    {
        final = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        temporary = Path.Combine(Path.GetDirectoryName(final)!, $".{Path.GetFileName(final)}.tmp");
        if (File.Exists(final) || (Directory.Exists(final) && Directory.EnumerateFileSystemEntries(final).Any()))
        {
            throw new FeedbackException($"{final} exists already and is not empty; name a new folder for the snapshot. Nothing was written.");
        }
        DeleteTemporary();
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(temporary);
        }
        else
        {
            Directory.CreateDirectory(temporary, Owner);
        }
    }

    public void Add<T>(string split, string kind, T row)
        where T : SnapshotRow
    {
        string path = $"{split}/{kind}.jsonl";
        if (!files.TryGetValue(path, out Lines? lines))
        {
            string full = Path.Combine(temporary, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            files.Add(path, lines = new Lines(full, path, kind, split));
        }
        lines.Add(JsonSerializer.SerializeToUtf8Bytes(row, SnapshotJson.Rows));
    }

    /// <summary>Writes a file beside the manifest.</summary>
    public SnapshotFile Beside<T>(string name, string kind, long rows, T content)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(content, SnapshotJson.Manifest), (byte)'\n'];
        using FileStream file = File.Create(Path.Combine(temporary, name));
        file.Write(bytes);
        file.Flush(flushToDisk: true);
        return new SnapshotFile(name, kind, "", rows, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>Closes the files.</summary>
    public IReadOnlyList<SnapshotFile> Finish() => [.. files.Values.Select(lines => lines.Finish())];

    /// <summary>Writes the manifest and gives the folder its name.</summary>
    public void Publish(SnapshotManifest manifest)
    {
        using (FileStream file = File.Create(Path.Combine(temporary, SnapshotManifest.FileName)))
        {
            JsonSerializer.Serialize(file, manifest, SnapshotJson.Manifest);
            file.WriteByte((byte)'\n');
            file.Flush(flushToDisk: true);
        }
        if (Directory.Exists(final))
        {
            Directory.Delete(final);            // empty, or this fails
        }
        Directory.Move(temporary, final);
    }

    public void Dispose()
    {
        foreach (Lines lines in files.Values)
        {
            lines.Dispose();
        }
        DeleteTemporary();
    }

    private void DeleteTemporary()
    {
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>A file of lines and its hash.</summary>
    private sealed class Lines(string full, string path, string kind, string split) : IDisposable
    {
        private readonly FileStream file = new(full, FileMode.CreateNew, FileAccess.Write);
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long rows;

        public void Add(byte[] row)
        {
            Write(row);
            Write("\n"u8);
            rows++;
        }

        public SnapshotFile Finish()
        {
            file.Flush(flushToDisk: true);
            return new SnapshotFile(path, kind, split, rows, file.Length, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }

        public void Dispose()
        {
            file.Dispose();
            hash.Dispose();
        }

        private void Write(ReadOnlySpan<byte> bytes)
        {
            file.Write(bytes);
            hash.AppendData(bytes);
        }
    }
}
