using MicroChat.Model.Checkpoints;

namespace MicroChat.Cycles;

/// <summary>The switch that stops the loop: a file beside the cycles, which also stays over restarts and can be made by hand.</summary>
internal static class CycleHold
{
    public const string FileName = "hold";

    /// <summary>Whether the loop is held.</summary>
    public static bool IsOn(string runs) => File.Exists(PathOf(runs));

    /// <summary>Holds or releases the loop.</summary>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public static void Set(string runs, bool on)
    {
        if (on)
        {
            AtomicFile.WriteText(PathOf(runs), "While this file is here, no cycle begins.\n");
        }
        else
        {
            File.Delete(PathOf(runs));
        }
    }

    private static string PathOf(string runs) => Path.Combine(runs, CycleFile.FolderName, FileName);
}
