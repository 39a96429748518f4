namespace MicroChat.Feedback.Trust;

/// <summary>
/// Groups that vote alike on the same things at nearly the same time. Each pair of persons is weighed by a likelihood ratio: members of a group mostly vote
/// together and alike; others are together as often as people in this place usually are, and alike as often as anybody. Three persons or more in
/// a chain of such pairs are a group.
/// </summary>
internal sealed class Synchrony
{
    /// <summary>Of two members of a group, on one thing: together and alike, together but contrary, apart.</summary>
    private const double Alike = 0.9, Contrary = 0.02, Apart = 0.08;

    /// <summary>Evidence for a group, over chance among many pairs. Unit: nats.</summary>
    private const double Evidence = 12;

    /// <summary>What is assumed of a place before anything is known of it, as so many observations.</summary>
    private const double UsualTogether = 0.35, UsualWeight = 2, LeastAlike = 0.6;

    /// <summary>Votes on one thing and persons of one place that are looked at, so that a large place costs bounded time and memory.</summary>
    private const int MostVotes = 200, MostPersons = 1_500;

    private readonly TrustOptions options;
    private readonly Dictionary<Pseudonym, int> persons;
    private readonly Dictionary<(int, int), Pair> pairs = [];
    private readonly List<(TrustVote, TrustVote, (int, int) Pair)> together = [];
    private readonly double[] met, near;
    private double up, signs;

    private Synchrony(IReadOnlyList<TrustVote> votes, TrustOptions options)
    {
        this.options = options;
        persons = votes.GroupBy(vote => vote.Rater).Where(own => own.Count() >= options.SynchronyVotes)
            .OrderByDescending(own => own.Count()).ThenBy(own => own.Key.Value, StringComparer.Ordinal).Take(MostPersons)
            .Select((own, place) => (own.Key, place)).ToDictionary(own => own.Key, own => own.place);
        (met, near) = (new double[persons.Count], new double[persons.Count]);
    }

    /// <param name="votes">Votes in one place.</param>
    /// <param name="options">How near, how many, how many persons.</param>
    /// <returns>The votes that members of groups gave together.</returns>
    public static IReadOnlySet<TrustVote> Find(IReadOnlyList<TrustVote> votes, TrustOptions options)
    {
        var found = new Synchrony(votes, options);
        found.Meet(votes);
        return found.Grouped();
    }

    private void Meet(IReadOnlyList<TrustVote> votes)
    {
        IEnumerable<IGrouping<TrustItem, (TrustVote Vote, TrustSign Sign)>> things = votes.Where(vote => persons.ContainsKey(vote.Rater))
            .SelectMany(vote => vote.Signs.Select(sign => (vote, sign))).GroupBy(said => said.sign.Item);
        foreach (IGrouping<TrustItem, (TrustVote Vote, TrustSign Sign)> thing in things)
        {
            (TrustVote Vote, TrustSign Sign)[] said = [.. thing.OrderBy(s => s.Vote.Time).ThenBy(s => s.Vote.Id).Take(MostVotes)];
            up += said.Count(s => s.Sign.Value > 0);
            signs += said.Length;
            for (int i = 0; i < said.Length; i++)
            {
                for (int j = i + 1; j < said.Length; j++)
                {
                    Meet(said[i], said[j]);
                }
            }
        }
    }

    private void Meet((TrustVote Vote, TrustSign Sign) earlier, (TrustVote Vote, TrustSign Sign) later)
    {
        int first = persons[earlier.Vote.Rater], second = persons[later.Vote.Rater];
        (int, int) key = (Math.Min(first, second), Math.Max(first, second));
        if (!pairs.TryGetValue(key, out Pair? pair))
        {
            pairs[key] = pair = new Pair();
        }
        double weight = earlier.Sign.Weight;
        bool isNear = later.Vote.Time - earlier.Vote.Time <= options.SynchronyTime, alike = earlier.Sign.Value == later.Sign.Value;
        foreach (int person in (int[])[first, second])
        {
            met[person] += weight;
            near[person] += isNear ? weight : 0;
        }
        if (!isNear)
        {
            pair.Apart += weight;
        }
        else if (!alike)
        {
            pair.Contrary += weight;
        }
        else
        {
            pair.Up += later.Sign.Value > 0 ? weight : 0;
            pair.Down += later.Sign.Value > 0 ? 0 : weight;
            together.Add((earlier.Vote, later.Vote, key));
        }
    }

    private HashSet<TrustVote> Grouped()
    {
        double[] shares = [.. Enumerable.Range(0, met.Length).Where(u => met[u] > 0).Select(u => (near[u] + (UsualTogether * UsualWeight)) / (met[u] + UsualWeight)).Order()];
        double usual = shares.Length > 0 ? Math.Clamp(shares[shares.Length / 2], 0.05, 0.9) : UsualTogether;
        double ups = Math.Max(LeastAlike, up / Math.Max(1, signs)), downs = Math.Max(LeastAlike, 1 - (up / Math.Max(1, signs)));
        var linked = pairs.Where(pair => pair.Value.Up + pair.Value.Down >= options.SynchronyVotes && Ratio(pair.Value) > Evidence).Select(pair => pair.Key).ToHashSet();
        int[] group = Components(linked);
        int[] sizes = new int[persons.Count];
        foreach (int member in group)
        {
            sizes[member]++;
        }
        return [.. together.Where(t => linked.Contains(t.Pair) && sizes[group[t.Pair.Item1]] >= options.SynchronyPersons).SelectMany(t => new[] { t.Item1, t.Item2 })];

        double Ratio(Pair pair) =>
            (pair.Up * Math.Log(Alike / (usual * ups))) + (pair.Down * Math.Log(Alike / (usual * downs)))
            + (pair.Contrary * Math.Log(Contrary / (usual * (1 - LeastAlike)))) + (pair.Apart * Math.Log(Apart / (1 - usual)));
    }

    /// <summary>(persons) the smallest person that each is linked with, over others too.</summary>
    private int[] Components(IEnumerable<(int, int)> links)
    {
        int[] root = [.. Enumerable.Range(0, persons.Count)];
        foreach ((int first, int second) in links)
        {
            (int a, int b) = (Root(first), Root(second));
            root[Math.Max(a, b)] = Math.Min(a, b);
        }
        return [.. root.Select((_, person) => Root(person))];

        int Root(int person)
        {
            while (root[person] != person)
            {
                person = root[person] = root[root[person]];
            }
            return person;
        }
    }

    /// <summary>How often two persons voted on the same thing: together and alike (both up, both down), together but contrary, apart in time.</summary>
    private sealed class Pair
    {
        public double Up { get; set; }

        public double Down { get; set; }

        public double Contrary { get; set; }

        public double Apart { get; set; }
    }
}
