using System.Runtime.InteropServices;

namespace MicroChat.Model.Checkpoints;

/// <summary>Writes a file so that its path shows either the old content or the whole new one: temporary file beside it, flush to disk, rename.</summary>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Writes a file from a callback.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="write">Writes the content, from the first byte to the last.</param>
    /// <exception cref="CheckpointException">The file system refused (a full disk, no permission); the path still shows what it showed before.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, Create);

    /// <summary>Writes a file of text in UTF-8.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    internal static void Write(string path, Action<Stream> write, Func<string, Stream> create)
    {
        string full = Path.GetFullPath(path);
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            DeleteLeftovers(full);
            using (Stream stream = create(temporary))
            {
                write(stream);
                Flush(stream);
                File.Move(temporary, full, overwrite: true);    // still open, so that nobody takes it for a leftover
            }
            DiskFolder.Flush(Path.GetDirectoryName(full)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFolder.Refused(full, e);
        }
        finally
        {
            DiskFolder.TryDelete(temporary);
        }
    }

    /// <summary>Deletes what killed writes of this file left. A write in progress keeps its file open, which refuses the exclusive opening here.</summary>
    private static void DeleteLeftovers(string full)
    {
        foreach (string leftover in Directory.EnumerateFiles(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.*.tmp"))
        {
            try
            {
                new FileStream(leftover, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                File.Delete(leftover);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;                                       // locked or gone meanwhile: its own process sees to it
            }
        }
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Delete, BufferBytes);

    private static void Flush(Stream stream)
    {
        if (stream is FileStream file)
        {
            file.Flush(flushToDisk: true);
        }
        else
        {
            stream.Flush();
        }
    }
}

/// <summary>What the atomic writers need from the file system beyond .NET's own calls.</summary>
internal static partial class DiskFolder
{
    private const int LinuxNoSpace = 28, LinuxQuota = 122, WindowsDiskFull = 0x70, WindowsHandleDiskFull = 0x27;

    /// <summary>Makes renames in a folder durable. Only Unix has such a call; a file system without it is left alone.</summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        int descriptor = OpenReadOnly(folder, flags: 0);
        if (descriptor >= 0)
        {
            _ = FlushDescriptor(descriptor);
            _ = CloseDescriptor(descriptor);
        }
    }

    public static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;                                             // the error that led here says more than this one
        }
    }

    public static CheckpointException Refused(string path, Exception e)
    {
        string remedy = (e.HResult & 0xffff) is LinuxNoSpace or LinuxQuota or WindowsDiskFull or WindowsHandleDiskFull
            ? "The disk is full: free some space and try again"
            : "Check that the folder exists, may be written and has room, and try again";
        return new CheckpointException($"{path} was not written: {e.Message} {remedy}. What was there before is unchanged.", e);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenReadOnly(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FlushDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CloseDescriptor(int descriptor);
}
