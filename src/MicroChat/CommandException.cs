namespace MicroChat;

/// <summary>A failure that the user can mend. The message is one readable line: what, where, found, wanted, remedy.</summary>
internal sealed class CommandException(string message, int exitCode) : Exception(message)
{
    /// <summary>One of <see cref="MicroChat.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    public static CommandException Failure(string message) => new(message, MicroChat.ExitCode.Failure);

    public static CommandException Usage(string message) => new(message, MicroChat.ExitCode.Usage);
}
