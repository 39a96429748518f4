namespace MicroChat.Model.Checkpoints;

/// <summary>
/// Replaces a whole folder at once: it is filled under another name beside its place, flushed to disk and renamed. The previous
/// folder stays until then; where a kill fell between the two renames, <see cref="Recover"/> puts it back.
/// </summary>
public static class AtomicFolder
{
    /// <summary>Writes a folder from a callback. Also clears what an earlier, killed write left.</summary>
    /// <param name="folder">The folder to make or replace.</param>
    /// <param name="fill">Gets the path of an empty folder and writes the content into it.</param>
    /// <exception cref="CheckpointException">The file system refused, or another process is writing the same folder; what was there before is there still.</exception>
    public static void Write(string folder, Action<string> fill)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using FileStream alone = Lock(full);
            Recover(full);
            try
            {
                DeleteIfThere(New(full));
                Directory.CreateDirectory(New(full));
                fill(New(full));
                FlushAll(New(full));
                Swap(full);
            }
            finally
            {
                TryDelete(New(full));
            }
            TryDelete(Old(full));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFolder.Refused(full, e);
        }
    }

    /// <summary>Puts the previous folder back where a kill left none in its place. Does nothing otherwise; call it before reading.</summary>
    public static void Recover(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(full) && Directory.Exists(Old(full)))
        {
            Directory.Move(Old(full), full);
        }
    }

    private static string Old(string full) => Beside(full, ".old");

    private static string New(string full) => Beside(full, ".new");

    private static string Beside(string full, string suffix) =>
        Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}{suffix}");

    private static FileStream Lock(string full) =>
        new(Beside(full, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);

    private static void Swap(string full)
    {
        bool replaces = Directory.Exists(full);
        if (replaces)
        {
            DeleteIfThere(Old(full));
            Directory.Move(full, Old(full));
        }
        try
        {
            Directory.Move(New(full), full);
        }
        catch (Exception e) when (replaces && e is IOException or UnauthorizedAccessException)
        {
            Directory.Move(Old(full), full);
            throw;
        }
        DiskFolder.Flush(Path.GetDirectoryName(full)!);
    }

    private static void FlushAll(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var handle = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
            handle.Flush(flushToDisk: true);
        }
        foreach (string inner in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
        {
            DiskFolder.Flush(inner);
        }
        DiskFolder.Flush(folder);
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What cannot be deleted now is deleted by the next write.</summary>
    private static void TryDelete(string folder)
    {
        try
        {
            DeleteIfThere(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
