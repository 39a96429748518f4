namespace MicroChat.Feedback.Trust;

/// <summary>Judges the votes of one place: age, bursts, groups, caps of a day, controls, the fit, and the share of each person.</summary>
internal sealed class PlaceTrust
{
    /// <summary>So many standard errors below 0 a slope must be before a person is at odds with the others.</summary>
    private const double Sure = 2;

    /// <summary>Fewest answered controls that say anything.</summary>
    private const int LeastControls = 4;

    private const double LeastWeight = 0.1;

    /// <summary>A vote that is older than its account by more than this was dated by a wrong clock.</summary>
    private static readonly TimeSpan WrongClock = TimeSpan.FromDays(1);

    private readonly TrustOptions options;
    private readonly DateTimeOffset now;
    private readonly TrustPlace place;
    private readonly TrustVote[] votes, controls;
    private readonly ILookup<Pseudonym, TrustVote> byRater;
    private readonly Dictionary<Guid, string> leftOut = [];
    private readonly Dictionary<Pseudonym, DateTimeOffset> until = [];
    private readonly Dictionary<Pseudonym, RaterState> states = [];

    /// <param name="place">Where.</param>
    /// <param name="all">Votes in it, by time.</param>
    /// <param name="accountOf">When a person's account was made; null: unknown.</param>
    /// <param name="options">The rules.</param>
    /// <param name="now">Quarantines lapse by this time.</param>
    public PlaceTrust(TrustPlace place, IReadOnlyList<TrustVote> all, Func<Pseudonym, DateTimeOffset?> accountOf, TrustOptions options, DateTimeOffset now)
    {
        (this.place, this.options, this.now) = (place, options, now);
        votes = [.. all.Where(vote => vote.IsRight is null)];
        controls = [.. all.Where(vote => vote.IsRight is not null)];
        byRater = votes.ToLookup(vote => vote.Rater);
        if (options.JudgeRaters)
        {
            LeaveOut(votes.Where(vote => IsTooYoung(vote, accountOf(vote.Rater))), TrustReasons.TooYoung);
            Quarantine();
            CapDays();
        }
        Fit = TrustFit.Of([.. votes.Where(Counts), .. controls.Where(vote => !until.ContainsKey(vote.Rater))], votes);
        if (options.JudgeRaters)
        {
            Distrust();
        }
        Weights = Weigh();
    }

    private TrustFit Fit { get; }

    /// <summary>Weights of the votes that count, before places are bounded.</summary>
    public Dictionary<Guid, double> Weights { get; }

    /// <summary>Why the others do not.</summary>
    public IReadOnlyDictionary<Guid, string> LeftOut => leftOut;

    /// <summary>A row per person.</summary>
    /// <param name="weightOf">Final weight of a vote that counts.</param>
    public IEnumerable<RaterTrust> Raters(Func<Guid, double> weightOf) => votes.Concat(controls).Select(vote => vote.Rater).Distinct()
        .OrderByDescending(rater => byRater[rater].Count()).ThenBy(rater => rater.Value, StringComparer.Ordinal).Select(rater => Row(rater, weightOf));

    private bool Counts(TrustVote vote) => !leftOut.ContainsKey(vote.Id);

    private void LeaveOut(IEnumerable<TrustVote> which, string reason)
    {
        foreach (TrustVote vote in which)
        {
            leftOut.TryAdd(vote.Id, reason);
        }
    }

    private bool IsTooYoung(TrustVote vote, DateTimeOffset? created)
    {
        TimeSpan? age = vote.Time - created;
        return age >= -WrongClock && age < TimeSpan.FromDays(options.AccountAgeDays);
    }

    private void Quarantine()
    {
        TrustVote[] bursts = [.. byRater.SelectMany(own => Bursts.Find(own, options))];
        IReadOnlySet<TrustVote> inStep = Synchrony.Find(votes, options);
        LeaveOut(bursts, TrustReasons.Burst);
        LeaveOut(inStep, TrustReasons.InStep);
        foreach (IGrouping<Pseudonym, TrustVote> own in bursts.Concat(inStep).GroupBy(vote => vote.Rater))
        {
            DateTimeOffset last = own.Max(vote => vote.Time), end = (last < now ? last : now) + TimeSpan.FromDays(options.QuarantineDays);
            if (end > now)
            {
                until[own.Key] = end;
                states[own.Key] = RaterState.Quarantined;
                LeaveOut(byRater[own.Key], TrustReasons.Quarantined);
            }
        }
    }

    /// <summary>Bounds votes per day: each person's first ones count; of a place's, those of people who voted less go before.</summary>
    private void CapDays()
    {
        var counted = new List<(TrustVote Vote, int Rank)>();
        foreach (IGrouping<(Pseudonym, DateTime), TrustVote> day in votes.Where(Counts).GroupBy(vote => (vote.Rater, vote.Time.UtcDateTime.Date)))
        {
            TrustVote[] byTime = [.. day.OrderBy(vote => vote.Time).ThenBy(vote => vote.Id)];
            int most = options.RaterVotesPerDay > 0 ? options.RaterVotesPerDay : int.MaxValue;
            LeaveOut(byTime.Skip(most), TrustReasons.RaterCap);
            counted.AddRange(byTime.Take(most).Select((vote, rank) => (vote, rank)));
        }
        foreach (IGrouping<DateTime, (TrustVote Vote, int Rank)> day in counted.GroupBy(one => one.Vote.Time.UtcDateTime.Date).Where(_ => options.PlaceVotesPerDay > 0))
        {
            LeaveOut(day.OrderBy(one => one.Rank).ThenBy(one => one.Vote.Time).ThenBy(one => one.Vote.Id).Skip(options.PlaceVotesPerDay).Select(one => one.Vote), TrustReasons.PlaceCap);
        }
    }

    private void Distrust()
    {
        foreach (IGrouping<Pseudonym, TrustVote> own in votes.Concat(controls).GroupBy(vote => vote.Rater).Where(own => !states.ContainsKey(own.Key)))
        {
            RaterTerm term = Fit.TermOf(own.Key);
            (int right, int all) = Controls(own.Key);
            if (all >= LeastControls && WilsonInterval.Of(right, all).Upper < 0.5)
            {
                states[own.Key] = RaterState.FailsControls;
                LeaveOut(byRater[own.Key], TrustReasons.FailsControls);
            }
            else if (term.Slope + (Sure * term.SlopeError) < 0)
            {
                states[own.Key] = RaterState.AtOdds;
                LeaveOut(byRater[own.Key], TrustReasons.AtOdds);
            }
        }
    }

    /// <summary>By slope, and so that nobody outweighs his share.</summary>
    private Dictionary<Guid, double> Weigh()
    {
        var weights = votes.Where(Counts).ToDictionary(vote => vote.Id, vote => options.JudgeRaters ? Math.Clamp(Math.Round(Fit.TermOf(vote.Rater).Slope, 2), LeastWeight, 1) : 1);
        if (options.JudgeRaters)
        {
            ShareCap.Apply(weights, [.. byRater.Select(own => own.Where(Counts).Select(vote => vote.Id).ToArray())], options.RaterShare);
        }
        return weights;
    }

    private (int Right, int All) Controls(Pseudonym rater) => (controls.Count(c => c.Rater == rater && c.IsRight == true), controls.Count(c => c.Rater == rater));

    private RaterTrust Row(Pseudonym rater, Func<Guid, double> weightOf)
    {
        TrustVote[] counted = [.. byRater[rater].Where(Counts)];
        RaterTerm term = Fit.TermOf(rater);
        (int right, int all) = Controls(rater);
        RaterState state = states.GetValueOrDefault(rater);
        return new RaterTrust
        {
            Rater = rater,
            Place = place,
            Votes = byRater[rater].Count(),
            Counted = counted.Length,
            Weight = counted.Length > 0 ? Math.Round(counted.Average(vote => weightOf(vote.Id)), 4) : 0,
            Agreement = Fit.AgreementOf(rater),
            Severity = Math.Round(term.Severity - Fit.MeanSeverity, 3),
            Slope = Math.Round(term.Slope, 3),
            SlopeError = Math.Round(term.SlopeError, 3),
            Controls = all,
            ControlsRight = right,
            State = state,
            Why = Why(state, rater),
            Until = until.TryGetValue(rater, out DateTimeOffset end) ? end : null,
        };
    }

    private string Why(RaterState state, Pseudonym rater)
    {
        string[] reasons = [.. byRater[rater].Where(vote => !Counts(vote)).GroupBy(vote => leftOut[vote.Id]).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} × {g.Key}")];
        string left = string.Join(", ", reasons);
        return state switch
        {
            RaterState.AtOdds => "likes what the others dislike, beyond chance",
            RaterState.FailsControls => "prefers the worse reply of planted controls, beyond chance",
            _ => left,
        };
    }
}
