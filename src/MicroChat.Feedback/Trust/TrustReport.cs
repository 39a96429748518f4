using System.Text.Json;
using MicroChat.Feedback.Snapshots;

namespace MicroChat.Feedback.Trust;

/// <summary>Who is trusted how far, and why; the content of a snapshot's trust.json. It is computed anew from the votes each time and kept nowhere else.</summary>
public sealed record TrustReport
{
    public const string FileName = "trust.json";

    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    /// <summary>When it was computed.</summary>
    public required DateTimeOffset Created { get; init; }

    public required TrustOptions Options { get; init; }

    /// <summary>Votes that are dated after <see cref="Created"/>: a clock was wrong. They count.</summary>
    public required long VotesInTheFuture { get; init; }

    /// <summary>Raters, by place and then by number of votes, most first.</summary>
    public required IReadOnlyList<RaterTrust> Raters { get; init; }

    /// <summary>Votes that are left out, by reason.</summary>
    public required IReadOnlyDictionary<string, long> LeftOut { get; init; }

    /// <summary>The report as <see cref="FileName"/> has it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SnapshotJson.Manifest);
}

/// <summary>What is known of one person in one place.</summary>
public sealed record RaterTrust
{
    public required Pseudonym Rater { get; init; }

    public required TrustPlace Place { get; init; }

    /// <summary>Ratings and answers, those to controls not included.</summary>
    public required long Votes { get; init; }

    /// <summary>How many of them count.</summary>
    public required long Counted { get; init; }

    /// <summary>Mean weight of those that count; 0: none do.</summary>
    public required double Weight { get; init; }

    /// <summary>How often this person says what most of the others say, where most of them agree; null: nobody else voted on the same things.</summary>
    public required WilsonInterval? Agreement { get; init; }

    /// <summary>How hard this person is to please, beside the average one: above 0 harder. Unit: logits.</summary>
    public required double Severity { get; init; }

    /// <summary>How much quality matters to this person's votes: 1 is usual, 0 chance, below 0 the wrong way round.</summary>
    public required double Slope { get; init; }

    /// <summary>Standard error of <see cref="Slope"/>.</summary>
    public required double SlopeError { get; init; }

    /// <summary>Planted controls that were answered.</summary>
    public required long Controls { get; init; }

    /// <summary>How many of them rightly.</summary>
    public required long ControlsRight { get; init; }

    public required RaterState State { get; init; }

    /// <summary>The state in words.</summary>
    public required string Why { get; init; }

    /// <summary>When a quarantine lapses; null: there is none.</summary>
    public required DateTimeOffset? Until { get; init; }
}

/// <summary>Whether a person's votes count.</summary>
public enum RaterState
{
    Counted,

    /// <summary>All votes are left out until the quarantine lapses.</summary>
    Quarantined,

    /// <summary>Votes the wrong way round, as far as the others can tell: all votes are left out.</summary>
    AtOdds,

    /// <summary>Answers planted controls wrongly: all votes are left out.</summary>
    FailsControls,
}

/// <summary>Why a vote is left out, as manifests count it.</summary>
public static class TrustReasons
{
    public const string TooYoung = "vote of an account that was too young", Burst = "vote given in a burst", InStep = "vote given in step with others",
        Quarantined = "vote of somebody in quarantine", RaterCap = "vote over the rater's cap of a day", PlaceCap = "vote over the place's cap of a day",
        AtOdds = "vote of a rater at odds with the others", FailsControls = "vote of a rater who fails the controls";
}

/// <summary>What becomes of a vote.</summary>
/// <param name="Weight">Above 0, at most 1; 0: it is left out.</param>
/// <param name="Reason">Why it is left out, one of <see cref="TrustReasons"/>; null: it counts.</param>
internal readonly record struct TrustVerdict(double Weight, string? Reason);
