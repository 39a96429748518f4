namespace MicroChat.Feedback.Sqlite;

/// <summary>Where the store is, and how long it waits.</summary>
public sealed record SqliteFeedbackOptions
{
    /// <summary>Name of the database in a data folder.</summary>
    public const string DefaultFileName = "feedback.db";

    /// <summary>The database file; it and its folder are made where they are missing.</summary>
    public required string Path { get; init; }

    /// <summary>How long a call waits for another program that has the database locked.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most connections that read at the same time; further readers wait.</summary>
    public int Readers { get; init; } = 4;
}
