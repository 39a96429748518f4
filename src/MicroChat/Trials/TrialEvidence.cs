using MicroChat.Feedback;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Evaluation.Trials;

namespace MicroChat.Trials;

/// <summary>Gathers from the feedback store what a trial is judged by.</summary>
internal sealed class TrialEvidence(IFeedbackStore store, GenerationPace pace, TimeProvider time)
{
    private const int PageSize = 500;

    /// <summary>Votes on the live generation from before the trial tell how severe its raters are.</summary>
    private static readonly TimeSpan History = TimeSpan.FromDays(30);

    private readonly HashSet<Guid> _canarySeen = [], _liveSeen = [];
    private int _canaryGone, _liveGone;
    private (string Canary, DateTimeOffset Since)? _of;

    /// <summary>Everything so far.</summary>
    /// <param name="arms">The trial.</param>
    /// <param name="excluded">People whose votes do not count.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<TrialFigures> GatherAsync(TrialArms arms, IReadOnlySet<string> excluded, CancellationToken cancellationToken)
    {
        IReadOnlyList<ExchangeMark> marks = await store.MarksAsync(arms.Trial.Since, cancellationToken);
        ExchangeMark[] canary = [.. marks.Where(mark => mark.ModelVersion == arms.CanaryVersion)], live = [.. marks.Where(mark => mark.ModelVersion == arms.LiveVersion)];
        NoteDeletions(arms, canary, live);
        (AdjustedDifference votes, long canaryReports, long liveReports) = await VotesAsync(arms, excluded, cancellationToken);
        (WinRate Score, int Persons)? duels = arms.Trial.Duels ? await DuelsAsync(arms, canary, live, excluded, cancellationToken) : null;
        TimeSpan elapsed = time.GetUtcNow() - arms.Trial.Since;
        return new TrialFigures
        {
            Canary = arms.Canary.Card.Generation,
            Live = arms.Live.Card.Generation,
            Elapsed = elapsed > TimeSpan.Zero ? elapsed : TimeSpan.Zero,       // a clock that was set back proves nothing
            Votes = votes,
            Duels = duels?.Score,
            DuelPersons = duels?.Persons ?? 0,
            CanaryPace = pace.PaceOf($"{arms.Canary.Card.Generation}"),
            LivePace = pace.PaceOf($"{arms.Live.Card.Generation}"),
            Conversations = marks.Select(mark => mark.Conversation).Distinct().LongCount(),
            Exposed = canary.Select(mark => mark.Conversation).Distinct().LongCount(),
            Unwanted =
            [
                new UnwantedRate("failure_rate", "failed", pace.FailuresOf($"{arms.Canary.Card.Generation}"), pace.FailuresOf($"{arms.Live.Card.Generation}")),
                new UnwantedRate("report_rate", "were called rude or unsafe", new Proportion(canaryReports, canary.Length), new Proportion(liveReports, live.Length)),
                new UnwantedRate("delete_rate", "were deleted", new Proportion(_canaryGone, _canarySeen.Count), new Proportion(_liveGone, _liveSeen.Count)),
                new UnwantedRate("repeat_rate", "were asked for again", Repeated(canary), Repeated(live)),
            ],
        };
    }

    private static Proportion Repeated(ExchangeMark[] marks) => new(marks.Count(mark => mark.IsRepeated), marks.Length);

    /// <summary>What was there at the last look and is there no longer was deleted.</summary>
    private void NoteDeletions(TrialArms arms, ExchangeMark[] canary, ExchangeMark[] live)
    {
        if (_of != (arms.CanaryVersion, arms.Trial.Since))
        {
            _of = (arms.CanaryVersion, arms.Trial.Since);
            _canarySeen.Clear();
            _liveSeen.Clear();
        }
        _canaryGone = Gone(_canarySeen, canary);
        _liveGone = Gone(_liveSeen, live);

        static int Gone(HashSet<Guid> seen, ExchangeMark[] marks)
        {
            seen.UnionWith(marks.Select(mark => mark.Id));
            return seen.Count - marks.Length;
        }
    }

    private async Task<(AdjustedDifference Votes, long CanaryReports, long LiveReports)> VotesAsync(
        TrialArms arms, IReadOnlySet<string> excluded, CancellationToken cancellationToken)
    {
        var votes = new AdjustedDifference();
        long[] reports = new long[2];
        foreach ((string version, bool isCanary, DateTimeOffset from) in
            ((string, bool, DateTimeOffset)[])[(arms.CanaryVersion, true, arms.Trial.Since), (arms.LiveVersion, false, arms.Trial.Since - History)])
        {
            await foreach (RatedExchange rated in RatedAsync(version, from, cancellationToken))
            {
                foreach (Rating rating in rated.Ratings.Where(rating => !excluded.Contains(rating.Person.Value)))
                {
                    votes.Add(new TrialVote(rating.Person.Value, isCanary, rated.Exchange.Reply?.Text?.Length ?? 0, rating.Value > 0));
                    bool isReport = rating.Reason is RatingReason.Rude or RatingReason.Unsafe && rated.Exchange.Time >= arms.Trial.Since;
                    reports[isCanary ? 0 : 1] += isReport ? 1 : 0;
                }
            }
        }
        return (votes, reports[0], reports[1]);
    }

    private async IAsyncEnumerable<RatedExchange> RatedAsync(
        string version, DateTimeOffset from, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (string? cursor = null; ;)
        {
            var query = new FeedbackQuery { IsRated = true, ModelVersion = version, From = from, Limit = PageSize, Cursor = cursor };
            Page<RatedExchange> page = await store.FindAsync(query, cancellationToken);
            foreach (RatedExchange rated in page.Items)
            {
                yield return rated;
            }
            if ((cursor = page.Next) is null)
            {
                yield break;
            }
        }
    }

    /// <summary>Who won where people chose between the two generations. Each person's first duels count.</summary>
    private async Task<(WinRate, int Persons)> DuelsAsync(
        TrialArms arms, ExchangeMark[] canary, ExchangeMark[] live, IReadOnlySet<string> excluded, CancellationToken cancellationToken)
    {
        HashSet<Guid> ours = [.. canary.Select(mark => mark.Id)], theirs = [.. live.Select(mark => mark.Id)];
        var answers = new List<(ComparisonAnswer Answer, int Score)>();
        for (string? cursor = null; ;)
        {
            Page<ComparisonRecord> page = await store.ListComparisonsAsync(null, cursor, PageSize, cancellationToken);
            foreach (ComparisonRecord comparison in page.Items.Where(c => c.Shown.Count == 2 && c.Shown.Count(ours.Contains) == 1 && c.Shown.Count(theirs.Contains) == 1))
            {
                Guid tried = comparison.Shown.Single(ours.Contains);
                answers.AddRange(comparison.Answers.Where(answer => !excluded.Contains(answer.Person.Value)).Select(answer => (answer, Score(answer, tried))));
            }
            if (page.Next is null || page.Items[^1].Time < arms.Trial.Since)
            {
                break;
            }
            cursor = page.Next;
        }
        (ComparisonAnswer Answer, int Score)[] counted =
            [.. answers.GroupBy(a => a.Answer.Person).SelectMany(person => person.OrderBy(a => a.Answer.Time).Take(TrialFigures.MostDuelsPerPerson))];
        var score = new WinRate(counted.Count(a => a.Score > 0), counted.Count(a => a.Score == 0), counted.Count(a => a.Score < 0));
        return (score, counted.Where(a => a.Score != 0).Select(a => a.Answer.Person).Distinct().Count());
    }

    private static int Score(ComparisonAnswer answer, Guid tried) =>
        answer.Tiers.Count < 2 ? 0 : answer.Tiers[0].Contains(tried) ? 1 : -1;
}
