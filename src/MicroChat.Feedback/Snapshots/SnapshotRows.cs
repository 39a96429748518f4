using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MicroChat.Feedback.Snapshots;

/// <summary>How snapshots are written: snake_case, one object per line, text readable.</summary>
internal static class SnapshotJson
{
    public static JsonSerializerOptions Rows { get; } = Make(indented: false);

    public static JsonSerializerOptions Manifest { get; } = Make(indented: true);

    private static JsonSerializerOptions Make(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = indented ? JsonIgnoreCondition.Never : JsonIgnoreCondition.WhenWritingNull,   // a manifest shows what is not set
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new PseudonymConverter() },
        WriteIndented = indented,
        RespectNullableAnnotations = true,
        NewLine = "\n",
    };

    private sealed class PseudonymConverter : JsonConverter<Pseudonym>
    {
        public override Pseudonym Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Pseudonym.TryParse(reader.GetString(), out Pseudonym person) ? person : throw new JsonException("a pseudonym has 32 lower-case hexadecimal digits");

        public override void Write(Utf8JsonWriter writer, Pseudonym value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}

/// <summary>What every row says about where it comes from.</summary>
internal abstract record SnapshotRow
{
    public const string Feedback = "MicroChat feedback", ByConsent = "private, by consent";

    public string Source { get; init; } = Feedback;

    public string License { get; init; } = ByConsent;
}

/// <summary>A turn, as the readers of training data want it.</summary>
internal sealed record TurnRow(string Role, string Content);

/// <summary>An exchange with everything about how the reply came about.</summary>
internal sealed record ExchangeRow : SnapshotRow
{
    public required Guid Exchange { get; init; }

    public required Guid Conversation { get; init; }

    public Guid? Parent { get; init; }

    public int? EarlierInPrompt { get; init; }

    public required string Basis { get; init; }

    public required string Platform { get; init; }

    public string Server { get; init; } = "";

    public required Pseudonym Person { get; init; }

    public IReadOnlyList<Pseudonym> OtherParticipants { get; init; } = [];

    public PromptOrigin Origin { get; init; }

    public string? System { get; init; }

    public required string Message { get; init; }

    public required string Reply { get; init; }

    public ReplyStatus Status { get; init; }

    public required string Model { get; init; }

    public JsonElement Sampling { get; init; }

    public long? Seed { get; init; }

    public DateTimeOffset Time { get; init; }

    public DateTimeOffset ReplyTime { get; init; }

    public IReadOnlyList<int> PromptTokens { get; init; } = [];

    public IReadOnlyList<int> ReplyTokens { get; init; } = [];

    public IReadOnlyList<float> LogProbabilities { get; init; } = [];
}

/// <summary>A conversation whose last reply was liked.</summary>
internal sealed record ChatRow : SnapshotRow
{
    public required Guid Exchange { get; init; }

    public required IReadOnlyList<TurnRow> Messages { get; init; }
}

/// <summary>One person's opinion about one reply.</summary>
internal sealed record ThumbRow : SnapshotRow
{
    public required Guid Rating { get; init; }

    public required Guid Exchange { get; init; }

    public required Pseudonym Rater { get; init; }

    public bool ByAsker { get; init; }

    public int Value { get; init; }

    /// <summary>The same as readers of training data want it: thumb up.</summary>
    public bool Label => Value > 0;

    public double Weight { get; init; } = 1;

    public RatingReason? Reason { get; init; }

    public string? Comment { get; init; }

    public DateTimeOffset Time { get; init; }

    public required string Model { get; init; }

    public required IReadOnlyList<TurnRow> Prompt { get; init; }

    /// <summary>The reply.</summary>
    public required string Completion { get; init; }
}

/// <summary>A pair of replies, the better one first.</summary>
internal sealed record PreferenceRow : SnapshotRow
{
    public required Guid Answer { get; init; }

    public required Pseudonym Rater { get; init; }

    public double Weight { get; init; } = 1;

    public DateTimeOffset Time { get; init; }

    public required Guid ChosenExchange { get; init; }

    public required Guid RejectedExchange { get; init; }

    public required IReadOnlyList<TurnRow> Prompt { get; init; }

    public required string Chosen { get; init; }

    public required string Rejected { get; init; }
}

/// <summary>One person's answer to a comparison.</summary>
internal sealed record RankingRow : SnapshotRow
{
    public required Guid Comparison { get; init; }

    public required Guid Answer { get; init; }

    public required Pseudonym Rater { get; init; }

    public double Weight { get; init; } = 1;

    public ComparisonOutcome Outcome { get; init; }

    public DateTimeOffset Made { get; init; }

    public DateTimeOffset Time { get; init; }

    public required IReadOnlyList<TurnRow> Prompt { get; init; }

    /// <summary>In the order in which they were shown.</summary>
    public required IReadOnlyList<RankedRow> Replies { get; init; }
}

/// <summary>A reply in a ranking.</summary>
/// <param name="Exchange">Whose reply.</param>
/// <param name="Rank">0 is the best; equal ranks are ties.</param>
/// <param name="Content">The reply.</param>
internal sealed record RankedRow(Guid Exchange, int Rank, string Content);
