using System.Security.Cryptography;
using System.Text;
using MicroChat.Feedback;
using MicroChat.Feedback.Trust;

namespace MicroChat.Tests.Feedback.Trust;

/// <summary>How the people of a made-up place vote.</summary>
internal sealed record TownPlan
{
    public int Honest { get; init; } = 60;

    /// <summary>Voters who vote the wrong way round.</summary>
    public int Trolls { get; init; }

    /// <summary>Whether they fall upon the same replies together, or each votes where he likes.</summary>
    public bool TrollsAgree { get; init; }

    public int Replies { get; init; } = 400;

    /// <summary>Mean number of honest voters per reply; who votes is heavy-tailed.</summary>
    public double Voters { get; init; } = 4;

    /// <summary>Median time from a reply to a vote. Unit: seconds.</summary>
    public double Delay { get; init; } = 90;

    /// <summary>Time between replies. Unit: minutes.</summary>
    public double Pause { get; init; } = 45;

    /// <summary>Mean of the honest slopes, which are spread around it.</summary>
    public double Slope { get; init; } = 1.5;

    public double Severity { get; init; } = -0.8;
}

/// <summary>Votes of a made-up place: Pareto activity, different severities and slopes, delays as people have them.</summary>
internal sealed class TrustTown
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private static readonly TrustPlace Here = new(Platforms.Discord, "1");

    private readonly Random random;
    private readonly TownPlan plan;
    private readonly List<TrustVote> votes = [];

    public TrustTown(TownPlan plan, int seed)
    {
        (this.plan, random) = (plan, new Random(seed));
        double[] activity = [.. Enumerable.Range(0, plan.Honest).Select(_ => Math.Pow(1 - random.NextDouble(), -1 / 1.2))];
        (double Slope, double Severity)[] honest =
            [.. activity.Select(_ => (plan.Slope * Math.Exp(0.4 * Normal()), plan.Severity + Normal()))];
        double sum = activity.Sum();
        Pseudonym[] trolls = [.. Enumerable.Range(0, plan.Trolls).Select(i => Name($"troll {i}"))];
        for (int r = 0; r < plan.Replies; r++)
        {
            Guid reply = new(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed} {r}")).AsSpan(0, 16));
            double quality = Normal();
            DateTimeOffset posted = Start.AddMinutes(plan.Pause * (r + random.NextDouble()));
            for (int u = 0; u < plan.Honest; u++)
            {
                if (random.NextDouble() < Math.Min(0.8, plan.Voters * activity[u] / sum))
                {
                    bool up = random.NextDouble() < Sigmoid((honest[u].Slope * quality) - honest[u].Severity);
                    Add(Name($"honest {u}"), reply, up, posted.AddSeconds(plan.Delay * Math.Exp(1.2 * Normal())));
                }
            }
            Troll(trolls, reply, quality, posted);
        }
        End = votes.Max(vote => vote.Time).AddHours(1);
    }

    public IReadOnlyList<TrustVote> Votes => votes;

    public DateTimeOffset End { get; }

    public static Pseudonym Name(string text) => Pseudonym.Parse(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)));

    public static bool IsTroll(Pseudonym rater) => s_trolls.Contains(rater);

    private static readonly HashSet<Pseudonym> s_trolls = [.. Enumerable.Range(0, 200).Select(i => Name($"troll {i}"))];

    /// <summary>Share of the honest votes that count, and weight of the trolls' votes as a share of their number.</summary>
    public static (double Honest, double Trolls) Shares(TrustJudge judge, IReadOnlyList<TrustVote> votes)
    {
        TrustVote[] honest = [.. votes.Where(vote => !IsTroll(vote.Rater))], trolls = [.. votes.Where(vote => IsTroll(vote.Rater))];
        return (honest.Count(vote => judge.VerdictOf(vote.Id).Weight > 0) / (double)honest.Length,
            trolls.Length > 0 ? trolls.Sum(vote => judge.VerdictOf(vote.Id).Weight) / trolls.Length : 0);
    }

    private void Troll(Pseudonym[] trolls, Guid reply, double quality, DateTimeOffset posted)
    {
        bool attacked = random.NextDouble() < 0.25;
        DateTimeOffset moment = posted.AddMinutes(5 + (20 * random.NextDouble()));
        foreach (Pseudonym troll in trolls)
        {
            if (plan.TrollsAgree ? attacked && random.NextDouble() < 0.9 : random.NextDouble() < plan.Voters / plan.Honest * 2)
            {
                bool up = random.NextDouble() < Sigmoid(-2 * quality);
                bool together = quality < 0;
                Add(troll, reply, plan.TrollsAgree ? together : up, plan.TrollsAgree ? moment.AddSeconds(25 * random.NextDouble()) : posted.AddSeconds(plan.Delay * Math.Exp(1.2 * Normal())));
            }
        }
    }

    private void Add(Pseudonym rater, Guid reply, bool up, DateTimeOffset time) => votes.Add(new TrustVote
    {
        Id = Guid.CreateVersion7(time),
        Rater = rater,
        Place = Here,
        Time = time,
        Signs = [new TrustSign(TrustItem.Of(reply), up ? 1 : -1, 1)],
    });

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
