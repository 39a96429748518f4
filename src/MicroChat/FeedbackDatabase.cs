using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;

namespace MicroChat;

/// <summary>Where this user's feedback is, and how it is opened.</summary>
internal static class FeedbackDatabase
{
    /// <summary>The database that was asked for, or else the one in the data folder.</summary>
    public static string PathOf(ProgramContext program, string? asked) =>
        Path.GetFullPath(asked is { Length: > 0 } ? asked : Path.Combine(program.DataFolder, SqliteFeedbackOptions.DefaultFileName));

    /// <summary>Opens the store, and makes it (and its key) on first use.</summary>
    /// <exception cref="FeedbackException">It cannot be opened; the message says what to do.</exception>
    public static SqliteFeedbackStore Open(ProgramContext program, string path) =>
        SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = path }, StoreKey.Find(program.Variable(StoreKey.Variable), path), program.Time);

    /// <summary>Opens a store that must be there already.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static SqliteFeedbackStore OpenExisting(ProgramContext program, string path) => File.Exists(path) ? Open(program, path)
        : throw CommandException.Failure($"there is no feedback at {path} yet; rate a reply first, or name another database with --database FILE.");
}
