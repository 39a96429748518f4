namespace MicroChat;

/// <summary>What the program returns to the shell.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The work was understood and failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line makes no sense; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>Stopped with Ctrl-C (128 + SIGINT, as shells report it).</summary>
    public const int Cancelled = 130;
}
