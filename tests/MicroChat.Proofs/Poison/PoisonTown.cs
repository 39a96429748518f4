using System.Security.Cryptography;
using System.Text;
using MicroChat.Feedback;
using MicroChat.Feedback.Trust;

namespace MicroChat.Proofs.Poison;

/// <summary>What is judged: a reply, or two against each other. A reply is a list of words by their numbers.</summary>
internal sealed record PoisonItem(Guid Id, int[] First, int[]? Second);

/// <summary>One vote: up, or for the first of two.</summary>
internal sealed record PoisonVote(Guid Id, int Item, string Rater, bool IsAttacker, bool Up, DateTimeOffset Time);

/// <summary>
/// A made-up place with a hidden gold preference over words: honest people with Pareto activity, different severities and slopes, and attackers. Draws
/// everything from a seed; the honest votes of a seed are the same whatever the attack.
/// </summary>
internal sealed class PoisonTown
{
    public const int Words = 32, Length = 10;

    /// <summary>How much more active than the least active person anybody is.</summary>
    private const double MostActive = 30;

    private static readonly DateTimeOffset s_start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly Random _random;
    private readonly PoisonPlan _plan;
    private readonly List<PoisonItem> _items = [];
    private readonly List<PoisonVote> _votes = [];
    private readonly List<DateTimeOffset> _posted = [];

    public PoisonTown(PoisonPlan plan, int seed)
    {
        (_plan, _random) = (plan, new Random(seed));
        Gold = [.. Enumerable.Range(0, Words).Select(_ => Normal())];
        int items = (int)(plan.Votes / plan.Voters);
        for (int i = 0; i < items; i++)
        {
            _items.Add(new PoisonItem(IdOf($"{seed} {i}"), Draw(), plan.Pairs ? Draw() : null));
            _posted.Add(s_start.AddMinutes(40 * (i + _random.NextDouble())));
        }
        VoteHonestly();
        int attackers = (int)Math.Round(plan.Honest * plan.Share / (1 - plan.Share));
        if (attackers > 0)
        {
            VoteWrongly(attackers, 2 * _votes.Count / plan.Honest);
        }
        End = s_start.AddMinutes(40 * (items + 1)).AddDays(1);
    }

    /// <summary>(Words)</summary>
    public double[] Gold { get; }

    public IReadOnlyList<PoisonItem> Items => _items;

    public IReadOnlyList<PoisonVote> Votes => _votes;

    public DateTimeOffset End { get; }

    /// <summary>The votes as trust sees them.</summary>
    public IReadOnlyList<TrustVote> Seen() => [.. _votes.Select(vote => new TrustVote
    {
        Id = vote.Id,
        Rater = NameOf(vote.Rater),
        Place = new TrustPlace(Platforms.Web, ""),
        Time = vote.Time,
        Signs = [new TrustSign(_plan.Pairs ? new TrustItem(_items[vote.Item].Id, IdOf("other")) : TrustItem.Of(_items[vote.Item].Id), vote.Up ? 1 : -1, 1)],
    })];

    /// <summary>A reply of random words.</summary>
    public int[] Draw()
    {
        int[] words = new int[Length];
        for (int n = 0; n < Length; n++)
        {
            words[n] = _random.Next(Words);
        }
        return words;
    }

    /// <summary>How good a reply is. Unit: standard deviations, about.</summary>
    public double Quality(int[] reply) => reply.Sum(word => Gold[word]) / Math.Sqrt(Length);

    public static Pseudonym NameOf(string rater) => Pseudonym.Parse(Convert.ToHexStringLower(Hash(rater)));

    private double Truth(PoisonItem item) => item.Second is null ? Quality(item.First) : (Quality(item.First) - Quality(item.Second)) / Math.Sqrt(2);

    private void VoteHonestly()
    {
        double[] activity = [.. Enumerable.Range(0, _plan.Honest).Select(_ => Math.Min(MostActive, Math.Pow(1 - _random.NextDouble(), -1 / 1.2)))];
        (double Slope, double Severity)[] taste = [.. activity.Select(_ => (1.5 * Math.Exp(0.4 * Normal()), _plan.Pairs ? 0 : Normal() - 0.5))];
        double sum = activity.Sum();
        for (int i = 0; i < _items.Count; i++)
        {
            for (int u = 0; u < _plan.Honest; u++)
            {
                if (_random.NextDouble() < Math.Min(0.9, _plan.Voters * activity[u] / sum))
                {
                    bool up = _random.NextDouble() < 1 / (1 + Math.Exp(taste[u].Severity - (taste[u].Slope * Truth(_items[i]))));
                    Add(i, $"honest {u}", isAttacker: false, up, _posted[i].AddSeconds(90 * Math.Exp(1.2 * Normal())));
                }
            }
        }
    }

    private void VoteWrongly(int attackers, int each)
    {
        int[] same = Pick(each);
        foreach (int place in same)
        {
            double minutes = 5 + (20 * _random.NextDouble());
            for (int u = 0; u < attackers && _plan.Attack == PoisonAttack.Together; u++)
            {
                Add(place, $"attacker {u}", isAttacker: true, Truth(_items[place]) < 0, _posted[place].AddMinutes(minutes).AddSeconds(30 * _random.NextDouble()));
            }
        }
        for (int u = 0; u < attackers && _plan.Attack == PoisonAttack.Scattered; u++)
        {
            foreach (int place in Pick(each))
            {
                Add(place, $"attacker {u}", isAttacker: true, Truth(_items[place]) < 0, _posted[place].AddSeconds(90 * Math.Exp(1.2 * Normal())));
            }
        }
    }

    private int[] Pick(int count)
    {
        int[] places = [.. Enumerable.Range(0, _items.Count)];
        _random.Shuffle(places);
        return places[..Math.Min(count, places.Length)];
    }

    private void Add(int item, string rater, bool isAttacker, bool up, DateTimeOffset time) =>
        _votes.Add(new PoisonVote(IdOf($"{_items[item].Id} {rater}"), item, rater, isAttacker, up, time));

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private static Guid IdOf(string text) => new(Hash(text));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text))[..16];
}
