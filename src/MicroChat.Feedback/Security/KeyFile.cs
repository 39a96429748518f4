namespace MicroChat.Feedback.Security;

/// <summary>Files that only their owner can read.</summary>
internal static class KeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a file with mode 0600 for a database or key, unless it is there; where two processes try, one wins and the other's content is dropped.</summary>
    public static void TryCreate(string file, string content) => Guard(file, () =>
    {
        string temporary = WriteBeside(file, content);
        try
        {
            File.Move(temporary, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(temporary);
        }
        return true;
    });

    /// <summary>Writes a file with mode 0600; a kill leaves the old content or the new.</summary>
    public static void Replace(string file, string content) => Guard(file, () =>
    {
        File.Move(WriteBeside(file, content), file, overwrite: true);
        return true;
    });

    /// <summary>Reads a short text file.</summary>
    public static string Read(string file, int longest) => Guard(file, () =>
    {
        long length = new FileInfo(file).Length;
        return length <= longest ? File.ReadAllText(file)
            : throw new FeedbackException($"{file} has {length} bytes; a key file has one line in base64. Put the right file there.");
    });

    private static string WriteBeside(string file, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        using FileStream stream = Create(temporary);
        using var writer = new StreamWriter(stream);
        writer.Write(content);
        writer.Flush();
        stream.Flush(flushToDisk: true);
        return temporary;
    }

    /// <summary>Makes an empty file with mode 0600 that did not exist.</summary>
    public static FileStream Create(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }
        return new FileStream(file, options);
    }

    private static T Guard<T>(string file, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FeedbackException($"{file}: {e.Message} Check that its folder exists, may be written by this user and has room.", e);
        }
    }
}
