using System.Globalization;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Cycles;

/// <summary>
/// One cycle at a time in a runs folder: a file that the process holds open. The operating system lets go of it when the process ends,
/// however it ends, so a kill leaves no lock behind; who holds it stands in a second file, which may be read meanwhile.
/// </summary>
internal sealed class CycleLock : IDisposable
{
    private const string LockName = "cycle.lock", HolderName = "cycle.holder.json";
    private const int Tries = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    private readonly FileStream _held;

    private CycleLock(FileStream held) => _held = held;

    /// <summary>Takes the lock.</summary>
    /// <param name="runs">The runs folder.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CommandException">Another process holds it; the message names it.</exception>
    public static CycleLock Take(string runs, TimeProvider time)
    {
        string folder = Directory.CreateDirectory(Path.Combine(runs, CycleFile.FolderName)).FullName;
        for (int left = Tries; ; left--)
        {
            if (TryOpen(folder) is { } held)
            {
                CycleFile.Write(Path.Combine(folder, HolderName), new CycleHolder(Environment.ProcessId, time.GetUtcNow()));
                return new CycleLock(held);
            }
            if (left == 1)
            {
                string who = ReadHolder(folder) is { } holder
                    ? string.Create(CultureInfo.InvariantCulture, $"process {holder.Process}, since {holder.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC") : "another process";
                throw CommandException.Failure($"a cycle is at work in {folder} already: {who}. Wait for its end, or stop that process (it saves and can go on later); two at once would train on each other's files.");
            }
            Thread.Sleep(Pause);        // whoever only asks for the holder has the lock for an instant
        }
    }

    /// <summary>Who holds the lock; null: nobody does.</summary>
    public static CycleHolder? Holder(string runs)
    {
        string folder = Path.Combine(runs, CycleFile.FolderName);
        if (!File.Exists(Path.Combine(folder, LockName)))
        {
            return null;
        }
        using FileStream? held = TryOpen(folder);
        return held is null ? ReadHolder(folder) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();

    private static FileStream? TryOpen(string folder)
    {
        string path = Path.Combine(folder, LockName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CheckpointException($"{path} may not be written: {e.Message} Give this user the right to write in {folder}, or name another runs folder.", e);
        }
    }

    private static CycleHolder? ReadHolder(string folder)
    {
        try
        {
            return CycleFile.Read<CycleHolder>(Path.Combine(folder, HolderName));
        }
        catch (CheckpointException)
        {
            return null;
        }
    }
}

/// <summary>Who is at work on a cycle.</summary>
/// <param name="Process">Id of the process.</param>
/// <param name="Since">When it took the lock.</param>
internal sealed record CycleHolder(int Process, DateTimeOffset Since);
