namespace MicroChat.Feedback.Trust;

/// <summary>Slopes, severities and agreement of the persons of one place.</summary>
internal sealed class TrustFit
{
    private static readonly RaterTerm Unknown = new(1, 0, 0.5);

    private readonly Dictionary<Pseudonym, RaterTerm> terms = [];
    private readonly Dictionary<Pseudonym, WilsonInterval> agreement = [];

    /// <summary>b of the average person who gave thumbs.</summary>
    public double MeanSeverity { get; private init; }

    /// <param name="counted">Votes to learn from, answers to controls among them.</param>
    /// <param name="all">Votes whose agreement with the counted ones is measured, left-out ones included.</param>
    public static TrustFit Of(IReadOnlyList<TrustVote> counted, IReadOnlyList<TrustVote> all)
    {
        var items = new Dictionary<TrustItem, int>();
        var raters = new Dictionary<Pseudonym, int>();
        var known = new List<int>();
        var signs = new List<FitSign>();
        foreach (TrustVote vote in counted)
        {
            foreach (TrustSign sign in vote.Signs)
            {
                if (!items.TryGetValue(sign.Item, out int item))
                {
                    items[sign.Item] = item = items.Count;
                    known.Add(vote.IsRight switch { null => 0, true => sign.Value, false => -sign.Value });
                }
                signs.Add(new FitSign(item, Place(raters, vote.Rater), sign.Value > 0, sign.Item.IsPair, sign.Weight));
            }
        }
        (RaterTerm[] fitted, double mean) = RaterFit.Of(signs, items.Count, raters.Count, [.. known]);
        var fit = new TrustFit { MeanSeverity = mean };
        foreach ((Pseudonym rater, int place) in raters)
        {
            fit.terms[rater] = fitted[place];
        }
        fit.Agree([.. counted.Where(vote => vote.IsRight is null)], all);
        return fit;
    }

    public RaterTerm TermOf(Pseudonym rater) => terms.TryGetValue(rater, out RaterTerm term) ? term : Unknown with { Severity = MeanSeverity };

    /// <summary>Null: nobody else judged the same things, or they were divided.</summary>
    public WilsonInterval? AgreementOf(Pseudonym rater) => agreement.GetValueOrDefault(rater);

    private static int Place(Dictionary<Pseudonym, int> places, Pseudonym rater)
    {
        if (!places.TryGetValue(rater, out int place))
        {
            places[rater] = place = places.Count;
        }
        return place;
    }

    /// <summary>Compares each sign with the majority of the others' on the same thing.</summary>
    private void Agree(IReadOnlyList<TrustVote> counted, IReadOnlyList<TrustVote> all)
    {
        var balance = new Dictionary<TrustItem, int>();
        foreach (TrustSign sign in counted.SelectMany(vote => vote.Signs))
        {
            balance[sign.Item] = balance.GetValueOrDefault(sign.Item) + sign.Value;
        }
        HashSet<Guid> isCounted = [.. counted.Select(vote => vote.Id)];
        var found = new Dictionary<Pseudonym, (long Same, long Count)>();
        foreach (TrustVote vote in all)
        {
            foreach (TrustSign sign in vote.Signs)
            {
                int others = balance.GetValueOrDefault(sign.Item) - (isCounted.Contains(vote.Id) ? sign.Value : 0);
                (long same, long count) = found.GetValueOrDefault(vote.Rater);
                found[vote.Rater] = others == 0 ? (same, count) : (same + (Math.Sign(others) == sign.Value ? 1 : 0), count + 1);
            }
        }
        foreach ((Pseudonym rater, (long same, long count)) in found.Where(one => one.Value.Count > 0))
        {
            agreement[rater] = WilsonInterval.Of(same, count);
        }
    }
}
