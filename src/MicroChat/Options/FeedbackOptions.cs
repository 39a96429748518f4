using MicroChat.Feedback;

namespace MicroChat.Options;

/// <summary>Where exchanges and ratings are kept. Section "Feedback".</summary>
internal sealed record FeedbackOptions
{
    /// <summary>The database file. Empty: feedback.db in the data folder.</summary>
    public string Database { get; init; } = "";

    /// <summary>Text and tokens older than this are erased, ratings stay countable; 0: kept. Unit: days.</summary>
    [Limits(0, 36_500)]
    public int TextDays { get; init; }

    /// <summary>Whole exchanges older than this are deleted with their ratings; 0: kept. Unit: days.</summary>
    [Limits(0, 36_500)]
    public int ExchangeDays { get; init; }

    /// <summary>The same as the store takes it.</summary>
    public RetentionOptions Retention => new() { TextDays = TextDays > 0 ? TextDays : null, ExchangeDays = ExchangeDays > 0 ? ExchangeDays : null };
}
