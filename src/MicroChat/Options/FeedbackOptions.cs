namespace MicroChat.Options;

/// <summary>Where exchanges and ratings are kept. Section "Feedback".</summary>
internal sealed record FeedbackOptions
{
    /// <summary>The database file. Empty: feedback.db in the data folder.</summary>
    public string Database { get; init; } = "";
}
