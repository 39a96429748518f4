namespace MicroChat.Options;

/// <summary>Where feedback is kept. Section "Feedback".</summary>
internal sealed record FeedbackOptions
{
    /// <summary>The database file. Empty: feedback.db in the data folder.</summary>
    public string Database { get; init; } = "";
}
