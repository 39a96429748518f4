using MicroChat.Feedback.Trust;

namespace MicroChat.Proofs.Poison;

/// <summary>What an attack costs, over several seeds.</summary>
/// <param name="Plan">The attack.</param>
/// <param name="Clean">Accuracy of rewards that learned from the honest votes alone.</param>
/// <param name="Judged">Accuracy under attack, raters judged.</param>
/// <param name="Unjudged">Accuracy under attack, every vote weighing the same.</param>
/// <param name="HonestCounted">Share of the honest votes that count when raters are judged; the least over the seeds.</param>
/// <param name="AttackerWeight">What an attacker's vote weighs then, on average.</param>
/// <param name="AttackerVotes">Share of all votes that are the attackers'.</param>
internal sealed record PoisonResult(PoisonPlan Plan, double[] Clean, double[] Judged, double[] Unjudged, double HonestCounted, double AttackerWeight, double AttackerVotes)
{
    /// <summary>Accuracy lost to the attack when raters are judged. Unit: a share, .01 is a point.</summary>
    public double Cost => Clean.Average() - Judged.Average();

    /// <summary>The same when they are not.</summary>
    public double CostUnjudged => Clean.Average() - Unjudged.Average();

    /// <summary>Standard error of <see cref="Cost"/> over the seeds, which share their honest votes.</summary>
    public double Error => ErrorOf(Clean.Zip(Judged, (clean, judged) => clean - judged));

    /// <summary>Standard error of <see cref="CostUnjudged"/>.</summary>
    public double ErrorUnjudged => ErrorOf(Clean.Zip(Unjudged, (clean, unjudged) => clean - unjudged));

    private static double ErrorOf(IEnumerable<double> differences)
    {
        double[] all = [.. differences];
        double mean = all.Average();
        return all.Length < 2 ? 0 : Math.Sqrt(all.Sum(d => (d - mean) * (d - mean)) / (all.Length - 1) / all.Length);
    }
}

/// <summary>The poison drill: what inverted votes cost a reward in accuracy on held-out pairs, with and without trust.</summary>
internal static class PoisonDrill
{
    private const int HeldOut = 3_000;

    public static PoisonResult Run(PoisonPlan plan, IEnumerable<int> seeds)
    {
        var clean = new List<double>();
        var judged = new List<double>();
        var unjudged = new List<double>();
        double honest = 1, weight = 0, attackers = 0, all = 0;
        foreach (int seed in seeds)
        {
            var town = new PoisonTown(plan, seed);
            TrustJudge judge = Judge(town, town.Seen(), judgeRaters: true);
            clean.Add(Learn(new PoisonTown(plan with { Share = 0 }, seed), judgeRaters: true));
            judged.Add(Learn(town, judgeRaters: true));
            unjudged.Add(Learn(town, judgeRaters: false));
            PoisonVote[] wrong = [.. town.Votes.Where(vote => vote.IsAttacker)], right = [.. town.Votes.Where(vote => !vote.IsAttacker)];
            honest = Math.Min(honest, right.Count(vote => judge.VerdictOf(vote.Id).Weight > 0) / (double)right.Length);
            weight += wrong.Sum(vote => judge.VerdictOf(vote.Id).Weight);
            (attackers, all) = (attackers + wrong.Length, all + town.Votes.Count);
        }
        return new PoisonResult(plan, [.. clean], [.. judged], [.. unjudged], honest, attackers > 0 ? weight / attackers : 0, attackers / all);
    }

    private static double Learn(PoisonTown town, bool judgeRaters)
    {
        TrustJudge judge = Judge(town, town.Seen(), judgeRaters);
        PoisonRow[] rows = [.. town.Votes.Select(vote => new PoisonRow(town.Items[vote.Item], vote.Rater, vote.Up, judge.VerdictOf(vote.Id).Weight)).Where(row => row.Weight > 0)];
        return PoisonReward.Fit(rows).Accuracy(town, HeldOut);
    }

    private static TrustJudge Judge(PoisonTown town, IReadOnlyList<TrustVote> votes, bool judgeRaters) =>
        new(votes, _ => null, new TrustOptions { JudgeRaters = judgeRaters }, town.End);
}
