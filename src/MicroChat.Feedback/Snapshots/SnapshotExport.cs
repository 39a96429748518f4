using MicroChat.Feedback.Trust;

namespace MicroChat.Feedback.Snapshots;

/// <summary>Writes everything that may be trained on. Reads the store twice: once to see who and when (for the split), once to write.</summary>
internal sealed class SnapshotExport(ISnapshotSource source, SnapshotOptions options, CancellationToken cancellationToken)
{
    private readonly ConsentJudge judge = new(source, options);
    private readonly SortedDictionary<string, long> basis = new(StringComparer.Ordinal), leftOut = new(StringComparer.Ordinal);
    private readonly VoteTally tally = new();
    private readonly HashSet<Guid> written = [];
    private DateTimeOffset? from, to;

    /// <summary>Who is trusted how far.</summary>
    public TrustReport Judge(DateTimeOffset now)
    {
        Require();
        Survey(out IReadOnlyList<TrustVote> votes);
        return Judge(votes, now).Report;
    }

    /// <param name="folder">Must not exist, or be empty.</param>
    /// <param name="id">Of the snapshot.</param>
    /// <param name="now">When it is made.</param>
    public SnapshotManifest Write(string folder, Guid id, DateTimeOffset now)
    {
        Require();
        try
        {
            using var files = new SnapshotFiles(folder);
            SnapshotSplit split = Survey(out IReadOnlyList<TrustVote> given);
            TrustJudge trust = Judge(given, now);
            foreach (Guid conversation in source.Conversations())
            {
                cancellationToken.ThrowIfCancellationRequested();
                WriteConversation(files, split, trust, source.Exchanges(conversation));
            }
            (Guid? previous, IReadOnlyList<Tombstone> deletions) = source.SinceLastSnapshot();
            SnapshotVotes votes = tally.Votes();
            var manifest = new SnapshotManifest
            {
                Schema = SnapshotManifest.CurrentSchema,
                Id = id,
                Previous = previous,
                Created = now,
                From = from,
                To = to,
                SplitBy = split.ByPerson ? "person" : "conversation",
                HeldOutSince = split.Since,
                Options = options,
                Files = files.Finish(),
                Trust = files.Beside(TrustReport.FileName, "trust", trust.Report.Raters.Count, trust.Report),
                Votes = votes,
                Notes = VoteTally.Notes(votes),
                ConsentBasis = basis,
                LeftOut = leftOut,
                Deletions = [.. deletions.Where(tombstone => tombstone.Reason != DeletionReason.OptedOut || !written.Contains(tombstone.Id))],
            };
            files.Publish(manifest);
            return manifest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FeedbackException($"The snapshot {folder} was not written: {e.Message} Check that its parent folder may be written and has room.", e);
        }
    }

    private void Require()
    {
        RequireShare(options.HeldOutPersons, nameof(options.HeldOutPersons));
        RequireShare(options.HeldOutTime, nameof(options.HeldOutTime));
        if (options.Trust.ValidateTrust() is { Count: > 0 } faults)
        {
            throw new FeedbackException(string.Join(' ', faults) + " Nothing was written.");
        }
    }

    private TrustJudge Judge(IReadOnlyList<TrustVote> votes, DateTimeOffset now) => new(votes, source.AccountCreated, options.Trust, now);

    private static void RequireShare(double share, string name)
    {
        if (share is not (>= 0 and <= 0.5))
        {
            throw new FeedbackException($"{name} is {share}; it must be between 0 and 0.5. Nothing was written.");
        }
    }

    private SnapshotSplit Survey(out IReadOnlyList<TrustVote> votes)
    {
        var collector = new VoteCollector(source, judge);
        var starts = new List<DateTimeOffset>();
        var persons = new HashSet<Pseudonym>();
        foreach (Guid conversation in source.Conversations())
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<RatedExchange> all = source.Exchanges(conversation);
            List<Taken> taken = Take(all, count: false);
            collector.Add(all, taken);
            if (taken.Count > 0)
            {
                starts.Add(all[0].Exchange.Time);
                persons.UnionWith(taken.SelectMany(t => Writers(t.Exchange)));
            }
        }
        votes = collector.Votes;
        return SnapshotSplit.Of(starts, persons.Count, options);
    }

    private void WriteConversation(SnapshotFiles files, SnapshotSplit split, TrustJudge trust, IReadOnlyList<RatedExchange> all)
    {
        List<Taken> taken = Take(all, count: true);
        if (taken.Count == 0)
        {
            return;
        }
        string part = split.Of(taken[0].Exchange.Conversation, all[0].Exchange.Time, taken.SelectMany(t => Writers(t.Exchange)));
        var writer = new SnapshotConversation(files, part, judge, Weigh, tally);
        foreach (Taken one in taken)
        {
            from = from is null || one.Exchange.Time < from ? one.Exchange.Time : from;
            to = to is null || one.Exchange.Time > to ? one.Exchange.Time : to;
            written.Add(one.Exchange.Id);
            writer.WriteExchange(one);
        }
        Dictionary<Guid, Taken> byId = taken.ToDictionary(t => t.Exchange.Id);
        foreach (RatedExchange one in all)
        {
            foreach (ComparisonRecord comparison in source.ComparisonsLedBy(one.Exchange.Id))
            {
                writer.WriteComparison(comparison, byId);
            }
        }

        double Weigh(Guid vote, Pseudonym rater, Taken rated)
        {
            TrustVerdict verdict = trust.VerdictOf(vote);
            string? refusal = !judge.MayVote(rater, rated.Exchange, rated.Basis) ? "vote of somebody who did not consent"
                : part != SnapshotSplit.HeldOut && split.IsHeldOut(rater) ? "vote of a held-out person"
                : verdict.Reason;
            if (refusal is not null)
            {
                Count(leftOut, refusal);
                return 0;
            }
            written.Add(vote);
            return verdict.Weight;
        }
    }

    /// <summary>What of a conversation may be trained on, by time.</summary>
    private List<Taken> Take(IReadOnlyList<RatedExchange> all, bool count)
    {
        Dictionary<Guid, ExchangeRecord> exchanges = all.ToDictionary(one => one.Exchange.Id, one => one.Exchange);
        var taken = new List<Taken>();
        foreach (RatedExchange one in all)
        {
            IReadOnlyList<ExchangeRecord> path = Branches.ContextOf(one.Exchange, exchanges);
            if (judge.Basis(path, out string reason) is { } allowed)
            {
                taken.Add(new Taken(one.Exchange, one.Ratings, path, allowed));
                _ = count && Count(basis, allowed);
            }
            else
            {
                _ = count && Count(leftOut, "exchange: " + reason);
            }
        }
        return taken;
    }

    private static IEnumerable<Pseudonym> Writers(ExchangeRecord exchange) => exchange.OtherParticipants.Append(exchange.Person);

    private static bool Count(SortedDictionary<string, long> counts, string key)
    {
        counts[key] = counts.GetValueOrDefault(key) + 1;
        return true;
    }
}

/// <summary>An exchange that may be trained on.</summary>
/// <param name="Exchange">The exchange.</param>
/// <param name="Ratings">Its current ratings, those that may not be used included.</param>
/// <param name="Path">It, and before it the exchanges that its prompt repeats; oldest first.</param>
/// <param name="Basis">What allows it.</param>
internal sealed record Taken(ExchangeRecord Exchange, IReadOnlyList<Rating> Ratings, IReadOnlyList<ExchangeRecord> Path, string Basis);
