namespace MicroChat.Feedback.Snapshots;

/// <summary>One unchanging state of a store, as the export reads it; a database implements this and the export is the same for all.</summary>
internal interface ISnapshotSource
{
    /// <summary>Ids of all conversations.</summary>
    public IReadOnlyList<Guid> Conversations();

    /// <summary>All exchanges of one with their ratings, by time.</summary>
    public IReadOnlyList<RatedExchange> Exchanges(Guid conversation);

    /// <summary>Comparisons in which an exchange is the first candidate as shown, oldest first.</summary>
    public IReadOnlyList<ComparisonRecord> ComparisonsLedBy(Guid exchange);

    /// <summary>When a rater's account was made; null: unknown.</summary>
    public DateTimeOffset? AccountCreated(Pseudonym rater);

    public ConsentState Consent(Pseudonym person, string server);

    public TrainingContent Content(string platform, string server);

    /// <summary>The snapshot before, and the deletions since; null and nothing before the first one.</summary>
    public (Guid? Previous, IReadOnlyList<Tombstone> Deletions) SinceLastSnapshot();
}
