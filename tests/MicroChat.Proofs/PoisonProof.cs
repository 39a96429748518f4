using System.Globalization;
using MicroChat.Proofs.Poison;

namespace MicroChat.Proofs;

/// <summary>The poison drill over many seeds: what inverted votes cost, with and without judging raters.</summary>
internal static class PoisonProof
{
    private const int Seeds = 8;

    /// <summary>Most that 5 % and 20 % inverted voters may cost.</summary>
    private const double Most = 0.02;

    private const double Measurable = 0.01;

    /// <summary>Writes the page.</summary>
    /// <returns>0 when no attack costs more than two points, and judging nobody makes the worst one measurably worse.</returns>
    public static int Run(TextWriter output, TextWriter progress)
    {
        var page = new Markdown(output);
        page.Begin("The poison drill", "poison", "poison.md",
            $"A hidden gold preference over {PoisonTown.Words} words (normal weights); a reply is {PoisonTown.Length} random words. 60 honest voters: Pareto activity (α 1.2, at most 30 times the least), severities N(−.5, 1), slopes around 1.5 (log-normal, .4); votes come 90 s (log-normal, 1.2) after a reply, a reply every 40 minutes.",
            "Attackers are the given share of all voters. Each votes twice as often as an honest voter does on average, always against gold. Together: all on the same replies within 30 s. Scattered: each on replies of his own choice, at times as honest people have them.",
            "The reward is a sum over words, learned with the objectives of `train reward`: thumbs with raters' slopes and severities from 1,000 thumbs on, as that stage does; pairs by several people on one pair as soft labels. Accuracy: share of 3,000 fresh pairs of replies ordered as gold orders them.",
            $"Judged: weights and votes left out by the default options of section Training. Not judged: `JudgeRaters` false. Clean: the honest votes of the same seed alone, judged. {Seeds} seeds; ± is the standard error over them.",
            "Unjudged attackers who are always wrong, scattered and found out by the slopes that `train reward` learns from 1,000 thumbs on, tell it more than honest people do: that is why some costs are below 0. It is no defence against those who act together, nor on pairs.");
        page.Head("votes", "voters per item", "attack", "attackers", "their share of votes", "clean", "judged", "cost (points)", "not judged", "cost (points)", "honest votes counted (least)", "an attacker's vote weighs");
        var results = new List<PoisonResult>();
        foreach (PoisonPlan plan in Plans())
        {
            PoisonResult result = PoisonDrill.Run(plan, Enumerable.Range(1, Seeds));
            results.Add(result);
            progress.WriteLine(plan);
            page.Row($"{plan.Votes} {(plan.Pairs ? "pairs" : "thumbs")}", Number(plan.Voters, 1), plan.Attack.ToString().ToLowerInvariant(), $"{plan.Share:P0}", Share(result.AttackerVotes),
                Number(result.Clean.Average()), Number(result.Judged.Average()), Points(result.Cost, result.Error), Number(result.Unjudged.Average()), Points(result.CostUnjudged, result.ErrorUnjudged),
                Share(result.HonestCounted), Number(result.AttackerWeight, 2));
        }
        bool holds = results.TrueForAll(result => result.Cost <= Most && result.HonestCounted >= 0.95), canFail = results.Exists(result => result.CostUnjudged > Most && result.CostUnjudged - result.Cost > Measurable);
        page.Text(holds && canFail
            ? "No attack costs more than 2 points when raters are judged, honest people keep at least 95 % of their votes, and judging nobody makes the attack cost more than that."
            : $"It is not as it must be: the worst attack costs {100 * results.Max(result => result.Cost):0.0} points.");
        return holds && canFail ? 0 : 1;
    }

    private static IEnumerable<PoisonPlan> Plans() =>
        from form in new PoisonPlan[] { new() { Votes = 900 }, new() { Votes = 2_500 }, new() { Votes = 900, Pairs = true } }
        from attack in Enum.GetValues<PoisonAttack>()
        from share in new[] { 0.05, 0.2 }
        select form with { Attack = attack, Share = share };

    private static string Number(double value, int digits = 3) => Markdown.Number(value, digits);

    private static string Share(double value) => value.ToString("P1", CultureInfo.InvariantCulture);

    private static string Points(double cost, double error) => $"{Number(100 * cost, 1)} ± {Number(100 * error, 1)}";
}
