using MicroChat.Options;

namespace MicroChat.Hosting;

/// <summary>Whether the feedback database can be written: the file, and room on its disk.</summary>
internal sealed class StoreCheck(ProgramContext program, AppOptions options) : IReadinessCheck
{
    private const string Name = "store";
    private const long LeastRoom = 16L << 20;

    private readonly string path = FeedbackDatabase.PathOf(program, options.Feedback.Database);

    public HealthCheck Look()
    {
        try
        {
            using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
            {
                long room = new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
                return room >= LeastRoom
                    ? new HealthCheck(Name, true, "writable")
                    : new HealthCheck(Name, false, $"only {room >> 20} MB are free on its disk");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new HealthCheck(Name, false, "the database cannot be written; microchat doctor says more");
        }
    }
}
