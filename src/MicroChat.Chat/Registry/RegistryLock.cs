using MicroChat.Model.Checkpoints;

namespace MicroChat.Chat.Registry;

/// <summary>Keeps two programs from changing one registry at once. The system frees the lock of a program that was killed.</summary>
internal static class RegistryLock
{
    public const string Name = "registry.lock";

    private const int Attempts = 250;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits for a change that another program makes, some seconds at most.</summary>
    /// <exception cref="CheckpointException">The other does not end, or the folder cannot be written.</exception>
    public static FileStream Take(string folder)
    {
        string path = Path.Combine(folder, Name);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (UnauthorizedAccessException e)
            {
                throw new CheckpointException($"{path} cannot be opened: {e.Message} The folder of the model must be writable for generations to change; nothing was changed.", e);
            }
            catch (IOException e)
            {
                if (attempt == Attempts)
                {
                    throw new CheckpointException($"{path} is held by another program, or cannot be made: {e.Message} Let that one end, and try again; nothing was changed.", e);
                }
                Thread.Sleep(Pause);
            }
        }
    }
}
