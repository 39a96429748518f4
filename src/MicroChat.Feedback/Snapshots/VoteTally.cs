namespace MicroChat.Feedback.Snapshots;

/// <summary>Counts the votes of a snapshot and says what is odd about them.</summary>
internal sealed class VoteTally
{
    /// <summary>Rows of feedback below which nothing that is learned can be told from chance.</summary>
    private const long FewRows = 50;

    private const double LargeShare = 0.5;

    private readonly Dictionary<Pseudonym, double> weights = [];
    private readonly Dictionary<Guid, (int Up, int Down)> replies = [];
    private readonly Dictionary<(Guid, Guid), (int First, int Second)> pairs = [];

    public void Add(Rating rating, double weight)
    {
        Add(rating.Person, weight);
        (int up, int down) = replies.GetValueOrDefault(rating.Exchange);
        replies[rating.Exchange] = rating.Value > 0 ? (up + 1, down) : (up, down + 1);
    }

    public void Add(Pseudonym rater, Guid chosen, Guid rejected, double weight)
    {
        Add(rater, weight);
        bool isFirst = chosen.CompareTo(rejected) < 0;
        (Guid, Guid) key = isFirst ? (chosen, rejected) : (rejected, chosen);
        (int first, int second) = pairs.GetValueOrDefault(key);
        pairs[key] = isFirst ? (first + 1, second) : (first, second + 1);
    }

    public SnapshotVotes Votes() => new(
        weights.Count, replies.Values.Sum(r => (long)r.Up), replies.Values.Sum(r => (long)r.Down), pairs.Values.Sum(p => (long)p.First + p.Second),
        replies.Values.Count(r => r is { Up: > 0, Down: > 0 }), pairs.Values.Count(p => p is { First: > 0, Second: > 0 }),
        weights.Count > 0 ? Math.Round(weights.Values.Max() / weights.Values.Sum(), 4) : 0);

    /// <summary>A sentence for each odd thing, with what to do about it.</summary>
    public static IReadOnlyList<string> Notes(SnapshotVotes votes)
    {
        var notes = new List<string>();
        long thumbs = votes.Up + votes.Down, all = thumbs + votes.Pairs;
        if (all < FewRows)
        {
            notes.Add($"There are {all} votes; below {FewRows} nothing that is learned can be told from chance, and training refuses. Collect more.");
        }
        if (thumbs > 0 && (votes.Up == 0 || votes.Down == 0))
        {
            notes.Add($"All {thumbs} thumbs are {(votes.Down == 0 ? "up" : "down")}; from one kind alone a model learns only to say more, or less, of everything, and training on thumbs refuses. Collect the other kind too.");
        }
        if (votes.Raters == 1)
        {
            notes.Add("All votes are one person's: a model learns that person's taste, and nobody can tell it from a mistake. Collect those of others too.");
        }
        else if (votes.LargestShare > LargeShare)
        {
            notes.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"One of {votes.Raters} persons weighs {votes.LargestShare:P0} of all votes. Collect those of others too."));
        }
        if (votes.ContradictedReplies + votes.ContradictedPairs > 0)
        {
            notes.Add($"{votes.ContradictedReplies} replies and {votes.ContradictedPairs} pairs of replies are judged both ways; they are soft labels.");
        }
        return notes;
    }

    private void Add(Pseudonym rater, double weight) => weights[rater] = weights.GetValueOrDefault(rater) + weight;
}
