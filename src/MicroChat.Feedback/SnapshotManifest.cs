using MicroChat.Feedback.Trust;

namespace MicroChat.Feedback;

/// <summary>What may enter a snapshot, and how it is split. Section "Training".</summary>
public sealed record SnapshotOptions
{
    /// <summary>What of Discord may be trained on; a server must allow it too. Discord's developer policy forbids more than the arena without Discord's permission.</summary>
    public TrainingContent DiscordContent { get; init; } = TrainingContent.Arena;

    /// <summary>Platforms that are the operator's own, where whoever was never asked has not to be asked.</summary>
    public IReadOnlyList<string> OwnPlatforms { get; init; } = [Platforms.Web, Platforms.Terminal];

    /// <summary>Share of persons whose conversations are held out. 0 to 0.5.</summary>
    public double HeldOutPersons { get; init; } = 0.1;

    /// <summary>Share of the time range, at its end, that is held out. 0 to 0.5.</summary>
    public double HeldOutTime { get; init; } = 0.1;

    /// <summary>Whose votes count how much.</summary>
    public TrustOptions Trust { get; init; } = new();
}

/// <summary>What a snapshot holds; the content of its manifest.json.</summary>
public sealed record SnapshotManifest
{
    public const string FileName = "manifest.json";

    /// <summary>Version of the format of this file and of the rows.</summary>
    public const int CurrentSchema = 2;

    public required int Schema { get; init; }

    public required Guid Id { get; init; }

    /// <summary>The snapshot that <see cref="Deletions"/> counts from; null: this is the first one, and nothing is listed.</summary>
    public required Guid? Previous { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Time of the oldest and newest exchange in it; null: it is empty.</summary>
    public required DateTimeOffset? From { get; init; }

    /// <inheritdoc cref="From"/>
    public required DateTimeOffset? To { get; init; }

    /// <summary>"person": nobody whose conversations are held out wrote or rated anything in the other splits. "conversation": too few persons for that.</summary>
    public required string SplitBy { get; init; }

    /// <summary>Conversations that began at this time or later are held out; null: none by time.</summary>
    public required DateTimeOffset? HeldOutSince { get; init; }

    public required SnapshotOptions Options { get; init; }

    public required IReadOnlyList<SnapshotFile> Files { get; init; }

    /// <summary>The file that says who is trusted how far, <see cref="TrustReport.FileName"/>.</summary>
    public required SnapshotFile Trust { get; init; }

    /// <summary>What the votes look like; what is odd about them is among <see cref="Notes"/>.</summary>
    public required SnapshotVotes Votes { get; init; }

    /// <summary>What should be known before training on it, a sentence each; empty: nothing is odd.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Exchanges taken, by what allows it: "opted in", "operator's own platform", "operator's prompt".</summary>
    public required IReadOnlyDictionary<string, long> ConsentBasis { get; init; }

    /// <summary>Exchanges and ratings left out, by reason.</summary>
    public required IReadOnlyDictionary<string, long> LeftOut { get; init; }

    /// <summary>What was deleted since <see cref="Previous"/>: rows of earlier snapshots that must no longer be used.</summary>
    public required IReadOnlyList<Tombstone> Deletions { get; init; }
}

/// <summary>The votes of a snapshot, counted.</summary>
/// <param name="Raters">Persons whose votes are in it.</param>
/// <param name="Up">Thumbs up.</param>
/// <param name="Down">Thumbs down.</param>
/// <param name="Pairs">Judged pairs of replies.</param>
/// <param name="ContradictedReplies">Replies with thumbs both ways; both stay, so they are soft labels.</param>
/// <param name="ContradictedPairs">Pairs of replies that were judged both ways; likewise.</param>
/// <param name="LargestShare">What the person who weighs most weighs of all; 0: there are no votes.</param>
public sealed record SnapshotVotes(long Raters, long Up, long Down, long Pairs, long ContradictedReplies, long ContradictedPairs, double LargestShare);

/// <summary>A file of a snapshot.</summary>
/// <param name="Path">Relative to the snapshot's folder, with forward slashes: "train/thumbs.jsonl".</param>
/// <param name="Kind">"exchanges", "chat" (replies that were liked and not disliked), "thumbs", "preferences" (pairs) or "rankings"; "trust" for the report on raters.</param>
/// <param name="Split">"train", "held-out" (by person or conversation) or "held-out-time"; empty for the report on raters.</param>
/// <param name="Rows">Number of lines.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Sha256">Hash of the content, lower-case hexadecimal.</param>
public sealed record SnapshotFile(string Path, string Kind, string Split, long Rows, long Bytes, string Sha256);

/// <summary>What an import brought.</summary>
/// <param name="Exchanges">Exchanges that were new here.</param>
/// <param name="Ratings">Ratings that were new or changed.</param>
/// <param name="Comparisons">Comparisons that were new here.</param>
/// <param name="Skipped">Rows that were here already, or had been deleted here.</param>
public sealed record ImportReport(int Exchanges, int Ratings, int Comparisons, int Skipped);
