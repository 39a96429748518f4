namespace MicroChat.Feedback.Trust;

/// <summary>Where trust holds: a server, or a platform without servers. What somebody does in one place is not held against them in another.</summary>
/// <param name="Platform">One of <see cref="Platforms"/>.</param>
/// <param name="Server">Id of the server; empty where there is none.</param>
public sealed record TrustPlace(string Platform, string Server)
{
    public static TrustPlace Of(Place place) => new(place.Platform, place.Server);

    /// <inheritdoc/>
    public override string ToString() => Server.Length == 0 ? Platform : $"{Platform}:{Server}";
}

/// <summary>What is judged: a reply, or two replies against each other, the smaller id first.</summary>
internal readonly record struct TrustItem(Guid First, Guid Second)
{
    public static TrustItem Of(Guid reply) => new(reply, Guid.Empty);

    public bool IsPair => Second != Guid.Empty;
}

/// <summary>One sign that a vote gives: +1 likes the reply (or the first of the pair better), −1 the opposite.</summary>
/// <param name="Weight">1 for a thumb; the pairs of an answer over K replies weigh K − 1 together, as they follow from so many decisions.</param>
internal readonly record struct TrustSign(TrustItem Item, int Value, double Weight);

/// <summary>A rating or an answer as trust sees it: who, where, when, and which way; no text.</summary>
internal sealed record TrustVote
{
    /// <summary>Of the rating or the answer.</summary>
    public required Guid Id { get; init; }

    public required Pseudonym Rater { get; init; }

    public required TrustPlace Place { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>None: a tie.</summary>
    public required IReadOnlyList<TrustSign> Signs { get; init; }

    /// <summary>On a planted control: whether the answer is the operator's; null: this is no control.</summary>
    public bool? IsRight { get; init; }

    public static TrustVote Of(Rating rating, Place place) => new()
    {
        Id = rating.Id,
        Rater = rating.Person,
        Place = TrustPlace.Of(place),
        Time = rating.Time,
        Signs = [new TrustSign(TrustItem.Of(rating.Exchange), rating.Value, 1)],
    };

    public static TrustVote Of(ComparisonAnswer answer, ComparisonRecord comparison, Place place) => new()
    {
        Id = answer.Id,
        Rater = answer.Person,
        Place = TrustPlace.Of(place),
        Time = answer.Time,
        Signs = [.. SignsOf(answer.Tiers, 2.0 / comparison.Shown.Count)],
        IsRight = comparison.KnownBest is { } best ? answer.Tiers.Count > 1 && answer.Tiers[0].Contains(best) : null,
    };

    private static IEnumerable<TrustSign> SignsOf(IReadOnlyList<IReadOnlyList<Guid>> tiers, double weight) =>
        from tier in Enumerable.Range(0, tiers.Count)
        from better in tiers[tier]
        from worse in tiers.Skip(tier + 1).SelectMany(below => below)
        select better.CompareTo(worse) < 0
            ? new TrustSign(new TrustItem(better, worse), 1, weight) : new TrustSign(new TrustItem(worse, better), -1, weight);
}
