using MicroChat.Chat.Registry;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Evaluation.Trials;

namespace MicroChat.Proofs.Canary;

/// <summary>People who talk with a bot that has a generation on trial.</summary>
/// <param name="Seed">Of everything that is drawn.</param>
/// <param name="People">How many there are; a few talk much, most little.</param>
/// <param name="Servers">On how many servers they are; the first is the largest.</param>
/// <param name="ConversationsPerDay">Conversations that begin in a day.</param>
/// <param name="LiveRate">Up-rate of the live generation.</param>
/// <param name="CanaryRate">Up-rate of the generation on trial.</param>
/// <param name="Share">Of the conversations that get it; 0: duels instead.</param>
internal sealed record TrialTownPlan(int Seed, int People, int Servers, int ConversationsPerDay, double LiveRate, double CanaryRate, double Share)
{
    /// <summary>Share of replies that are voted on, and of duels that are answered.</summary>
    public double VoteRate { get; init; } = 0.3;

    /// <summary>Share of people whose votes say the opposite of what they think.</summary>
    public double Inverted { get; init; } = 0.05;

    /// <summary>Whether whole servers are drawn.</summary>
    public bool ByServer { get; init; }

    /// <summary>How many times as long the replies of the generation on trial are.</summary>
    public double CanaryLength { get; init; } = 1;

    public TrialRules Rules { get; init; } = new(0.05, 0, 30, 5, TimeSpan.FromDays(2), TimeSpan.FromDays(14));
}

/// <summary>How a trial in a town ended.</summary>
/// <param name="Verdict">What became of it.</param>
/// <param name="Conversations">That began until then.</param>
/// <param name="Exposed">Those that saw the generation on trial.</param>
/// <param name="Votes">On the generation on trial, or decided duels.</param>
/// <param name="Elapsed">Since the trial began.</param>
/// <param name="Words">Why.</param>
internal sealed record TrialOutcome(TrialVerdict Verdict, long Conversations, long Exposed, long Votes, TimeSpan Elapsed, string Words)
{
    public double ExposedShare => Exposed / (double)Conversations;
}

/// <summary>
/// A trial from its start to its end, with the route and the judge of the host, and people drawn at random: each has a severity of their own, some
/// vote the wrong way round, longer replies please more. The judge is asked after every vote on the generation on trial.
/// </summary>
internal sealed class TrialTown
{
    /// <summary>Spread of the people's severity, and what e times the length brings. Unit: nats of odds.</summary>
    private const double Severity = 0.8, LengthEffect = 0.4;

    private const double UsualCharacters = 200, LengthSpread = 0.6;

    private readonly TrialTownPlan _plan;
    private readonly Random _random;
    private readonly (string Name, string Server, double Severity, bool Inverted)[] _people;
    private readonly double[] _talk;
    private readonly double _live, _canary;
    private readonly AdjustedDifference _votes = new();
    private readonly Dictionary<string, int> _duelsOf = [];
    private readonly TrialRoute _route;
    private long _wins, _losses, _ties, _conversations, _exposed;

    private TrialTown(TrialTownPlan plan)
    {
        _plan = plan;
        _random = new Random(plan.Seed);
        _people = [.. Enumerable.Range(0, plan.People).Select(i => ($"person {i}", $"server {(int)(plan.Servers * Math.Pow(_random.NextDouble(), 2))}", Severity * Normal(), _random.NextDouble() < plan.Inverted))];
        _talk = Cumulative([.. _people.Select(_ => Math.Exp(1.2 * Normal()))]);
        (_live, _canary) = (OddsOf(plan.LiveRate), OddsOf(plan.CanaryRate));
        bool duels = plan.Share == 0;
        _route = new TrialRoute(generation: plan.Seed, duels ? new CanaryOptions().DuelShare : plan.Share, duels ? 1 : new CanaryOptions().MostExposed, plan.ByServer);
    }

    /// <summary>Runs a trial until its verdict.</summary>
    public static TrialOutcome Run(TrialTownPlan plan) => new TrialTown(plan).Run();

    private TrialOutcome Run()
    {
        Remember();
        while (true)
        {
            _conversations++;
            var elapsed = TimeSpan.FromDays(_conversations / (double)_plan.ConversationsPerDay);
            bool news = Converse(elapsed);
            if ((news || elapsed >= _plan.Rules.MaximumTime) && Judge(elapsed) is { Verdict: not TrialVerdict.Continue } verdict)
            {
                return new TrialOutcome(verdict.Verdict, _conversations, _exposed, _plan.Share == 0 ? _wins + _losses : _votes.CanaryVotes, elapsed, verdict.Words);
            }
        }
    }

    /// <summary>A month of votes on the live generation alone comes before the trial.</summary>
    private void Remember()
    {
        for (int i = 0; i < 10 * _plan.ConversationsPerDay; i++)
        {
            Vote(Somebody(), canary: false);
        }
    }

    /// <returns>Whether there is a new vote on the generation on trial.</returns>
    private bool Converse(TimeSpan elapsed)
    {
        var person = Somebody();
        string conversation = $"conversation {_conversations}";
        bool taken = _route.Takes(conversation, person.Server), news = false;
        _exposed += taken ? 1 : 0;
        for (int turns = 1 + _random.Next(4); turns > 0; turns--)
        {
            if (_random.NextDouble() >= _plan.VoteRate)
            {
                continue;
            }
            if (_plan.Share > 0)
            {
                Vote(person, taken);
                news |= taken;
            }
            else if (taken && _duelsOf.GetValueOrDefault(person.Name) < TrialFigures.MostDuelsPerPerson)
            {
                Decide(person);
                news = true;
            }
        }
        return news;
    }

    private void Vote((string Name, string Server, double Severity, bool Inverted) person, bool canary)
    {
        double characters = UsualCharacters * Math.Exp(LengthSpread * Normal()) * (canary ? _plan.CanaryLength : 1);
        double odds = (canary ? _canary : _live) + person.Severity + (LengthEffect * Math.Log(characters / UsualCharacters));
        bool likes = _random.NextDouble() < 1 / (1 + Math.Exp(-odds));
        _votes.Add(new TrialVote(person.Name, canary, (int)characters, likes != person.Inverted));
    }

    /// <summary>Likes one better with the odds of the difference; does not care in one of six.</summary>
    private void Decide((string Name, string Server, double Severity, bool Inverted) person)
    {
        if (_random.Next(6) == 0)
        {
            _ties++;
            return;
        }
        bool prefers = _random.NextDouble() < 1 / (1 + Math.Exp(_live - _canary));
        _wins += prefers != person.Inverted ? 1 : 0;
        _losses += prefers != person.Inverted ? 0 : 1;
        _duelsOf[person.Name] = _duelsOf.GetValueOrDefault(person.Name) + 1;
    }

    private TrialJudgement Judge(TimeSpan elapsed) => TrialJudge.Judge(
        new TrialFigures
        {
            Canary = 1, Live = 0, Elapsed = elapsed, Votes = _votes, Duels = _plan.Share == 0 ? new WinRate(_wins, _ties, _losses) : null,
            DuelPersons = _duelsOf.Count, Conversations = _conversations, Exposed = _exposed,
        }, _plan.Rules);

    private (string Name, string Server, double Severity, bool Inverted) Somebody()
    {
        int found = Array.BinarySearch(_talk, _random.NextDouble() * _talk[^1]);
        return _people[Math.Min(found < 0 ? ~found : found, _people.Length - 1)];
    }

    /// <summary>The odds at which the town's up-rate is a given one: over severities and lengths, which are normal, the logistic curve is flatter.</summary>
    private static double OddsOf(double rate)
    {
        double spread = (Severity * Severity) + (LengthEffect * LengthEffect * LengthSpread * LengthSpread);
        return Math.Log(rate / (1 - rate)) * Math.Sqrt(1 + (Math.PI * spread / 8));
    }

    private static double[] Cumulative(double[] weights)
    {
        for (int i = 1; i < weights.Length; i++)
        {
            weights[i] += weights[i - 1];
        }
        return weights;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
