using MicroChat.Training.Data;

namespace MicroChat.Training.Preferences;

/// <summary>Rated replies as rows, ready to be batched.</summary>
/// <param name="Thumbs">One per row of data.</param>
/// <param name="Raters">The people, by their places; the first one is everybody who is not named.</param>
/// <param name="Report">What was left out.</param>
public sealed record ThumbSet(IReadOnlyList<EncodedThumb> Thumbs, IReadOnlyList<string> Raters, EncodingReport Report)
{
    /// <summary>The name of everybody who is not named.</summary>
    public const string Nobody = "";

    /// <summary>Number of the thumbs that are rather up.</summary>
    public long Ups => Thumbs.Count(thumb => thumb.Up > 0.5);

    /// <summary>Number of the thumbs that are rather down.</summary>
    public long Downs => Thumbs.Count(thumb => thumb.Up < 0.5);

    /// <summary>Number of the replies that have thumbs up and thumbs down; both are learned from.</summary>
    public long Contradicted => Thumbs.GroupBy(thumb => string.Join(' ', thumb.Reply.Ids)).Count(votes => votes.Any(thumb => thumb.Up > 0.5) && votes.Any(thumb => thumb.Up < 0.5));

    /// <summary>Encodes every rated reply.</summary>
    /// <exception cref="TrainingException">Too few are left, or all of them say the same.</exception>
    public static ThumbSet Encode(IEnumerable<RatedReply> ratings, ReplyEncoder encoder, PreferenceSetOptions options)
    {
        var thumbs = new List<EncodedThumb>();
        var raters = new List<string> { Nobody };
        var places = new Dictionary<string, int> { [Nobody] = 0 };
        var count = new EncodingCounts();
        foreach (RatedReply rating in ratings)
        {
            count.Read++;
            EncodedReply? row = EncodingCounts.Encode(encoder, rating.Prompt, rating.Reply);
            if (!count.Keeps(row, options))
            {
                continue;
            }
            string name = rating.Rater ?? Nobody;
            if (!places.TryGetValue(name, out int rater))
            {
                places[name] = rater = raters.Count;
                raters.Add(name);
            }
            thumbs.Add(new EncodedThumb(TextSplit.Key(rating.Prompt), row!, rating.Up, rater, rating.Weight));
        }
        EncodingReport report = count.Report();
        report.RequireAtLeast(options.LeastItems, "thumbs");
        var set = new ThumbSet(thumbs, raters, report);
        if (set.Ups == 0 || set.Downs == 0)
        {
            throw new TrainingException($"{set.Ups} thumbs are up and {set.Downs} down; both kinds are needed, or a model learns only to like, or dislike, everything. Collect the other kind too.");
        }
        return set;
    }

    /// <summary>The same thumbs with the weight of each person bounded, so that nobody steers the model alone.</summary>
    /// <param name="share">Most that one person may weigh, as a share of everything that was there before. Thumbs of nobody in particular are not bounded.</param>
    public ThumbSet WithCap(double share)
    {
        double bound = share * Thumbs.Sum(thumb => thumb.Weight);
        double[] weights = new double[Raters.Count];
        foreach (EncodedThumb thumb in Thumbs)
        {
            weights[thumb.Rater] += thumb.Weight;
        }
        return this with
        {
            Thumbs = [.. Thumbs.Select(thumb => thumb.Rater == 0 || weights[thumb.Rater] <= bound
                ? thumb : thumb with { Weight = thumb.Weight * bound / weights[thumb.Rater] })],
        };
    }
}
