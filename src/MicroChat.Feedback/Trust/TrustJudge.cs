namespace MicroChat.Feedback.Trust;

/// <summary>Judges all votes, place by place, from the votes alone: nothing is remembered, so whoever is forgotten leaves no trust behind.</summary>
internal sealed class TrustJudge
{
    private const int WeightDigits = 4;

    private readonly Dictionary<Guid, TrustVerdict> verdicts = [];

    /// <param name="votes">All votes that may be used.</param>
    /// <param name="accountOf">When a person's account was made; null: unknown.</param>
    /// <param name="options">The rules.</param>
    /// <param name="now">Quarantines lapse by this time.</param>
    public TrustJudge(IReadOnlyList<TrustVote> votes, Func<Pseudonym, DateTimeOffset?> accountOf, TrustOptions options, DateTimeOffset now)
    {
        PlaceTrust[] places =
        [
            .. votes.GroupBy(vote => vote.Place).OrderBy(group => group.Key.ToString(), StringComparer.Ordinal)
                .Select(group => new PlaceTrust(group.Key, [.. group.OrderBy(vote => vote.Time).ThenBy(vote => vote.Id)], accountOf, options, now)),
        ];
        var weights = places.SelectMany(place => place.Weights).ToDictionary(one => one.Key, one => one.Value);
        if (options.JudgeRaters)
        {
            ShareCap.Apply(weights, [.. places.Select(place => place.Weights.Keys.ToArray())], options.PlaceShare);
        }
        foreach ((Guid vote, double weight) in weights)
        {
            verdicts[vote] = new TrustVerdict(Math.Max(Math.Pow(10, -WeightDigits), Math.Round(weight, WeightDigits)), null);
        }
        foreach ((Guid vote, string reason) in places.SelectMany(place => place.LeftOut))
        {
            verdicts[vote] = new TrustVerdict(0, reason);
        }
        var leftOut = places.SelectMany(place => place.LeftOut.Values).CountBy(reason => reason).ToDictionary(one => one.Key, one => (long)one.Value);
        Report = new TrustReport
        {
            Created = now,
            Options = options,
            VotesInTheFuture = votes.Count(vote => vote.Time > now),
            Raters = [.. places.SelectMany(place => place.Raters(vote => verdicts[vote].Weight))],
            LeftOut = new SortedDictionary<string, long>(leftOut, StringComparer.Ordinal),
        };
    }

    public TrustReport Report { get; }

    /// <summary>What becomes of a vote; one that was not judged, as those on controls, does not count.</summary>
    public TrustVerdict VerdictOf(Guid vote) => verdicts.GetValueOrDefault(vote);
}
