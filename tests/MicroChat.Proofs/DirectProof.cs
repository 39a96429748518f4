using MicroChat.Proofs.Exact;
using MicroChat.Training.Objectives;

namespace MicroChat.Proofs;

/// <summary>DPO and KTO against what theory says of them, on an enumerable language model.</summary>
internal static class DirectProof
{
    private const int KtoUpdates = 150, Seeds = 3;
    private const double Beta = 0.2;

    private const string Language =
        "A language of 4 tokens whose replies have 5 (1,024 replies); reward r = +1 per bigram \"0 1\", −½ per token 3. J = E[r] − β KL is a sum over all replies; J* = β log E_ref e^{r/β}.";

    private static readonly (int Pairs, int Updates)[] s_sizes = [(200, 600), (2_000, 600), (20_000, 600), (200_000, 1_500)];

    private const string Training = "updates of up to 256 items in a shuffled order, learning rate 3e-3 falling to 0, AdamW; 2 layers, width 32, all weights learn; the initial weights are the reference.";

    /// <summary>The share of the gap that DPO closes, by the number of pairs.</summary>
    /// <returns>0 when the largest number closes .95 of the gap, every seed as much as chance in the labels leaves a table, and the smallest does not.</returns>
    public static int RunDpo(TextWriter output, TextWriter progress)
    {
        var page = new Markdown(output);
        page.Begin("DPO needs many pairs to reach the optimum that PPO reaches", "dpo-theory", "dpo-theory.md", Language,
            $"Pairs of any two replies, all as likely; r wins over r' with probability σ(r − r'), so the minimum of DPO's loss over infinitely many pairs is π* ∝ π_ref e^(r/β), whose J is J*; β = {Beta}.",
            $"The classes of `train dpo`: its loss, its passes through policy and reference, its optimiser. The table names the {Training}");
        page.Head("pairs", "updates", "seed", "gap closed", "chance leaves", "E[r]", "E*[r]", "KL", "KL*", "first loss", "log p of chosen before", "after");
        var means = new List<double>();
        bool asFarAsChanceLets = true;
        foreach ((int pairs, int updates) in s_sizes)
        {
            var gaps = new List<double>();
            for (int seed = 1; seed <= Seeds; seed++)
            {
                using var model = new DirectModel(seed);
                DirectResult found = model.Dpo(pairs, Beta, updates, DirectPreferenceLoss.Sigmoid);
                ExactResult exact = found.Exact;
                gaps.Add(exact.Gap);
                asFarAsChanceLets &= pairs < s_sizes[^1].Pairs || exact.Gap >= ChanceLeaves(model.Reference, pairs);
                page.Row($"{pairs}", $"{updates}", $"{seed}", Number(exact.Gap, 4), Chance(model.Reference, pairs), Number(exact.Reward), Number(exact.BestReward), Number(exact.Kl), Number(exact.BestKl), Number(found.FirstLoss, 6), Number(found.LikedBefore), Number(found.LikedAfter));
                progress.WriteLine($"{pairs} pairs, {updates} updates, seed {seed}: {Number(exact.Gap, 4)}");
            }
            means.Add(gaps.Average());
        }
        page.Text("Mean share of J* − J_ref that was closed:");
        page.Head("pairs", "updates", "mean");
        for (int i = 0; i < means.Count; i++)
        {
            page.Row($"{s_sizes[i].Pairs}", $"{s_sizes[i].Updates}", Number(means[i], 4));
        }
        page.Text("\"Chance leaves\": what would be closed by the likeliest table of one number per reply, for which chance in the labels is all that stands in the way (a formula for many pairs; none where it gives nothing). A network shares what it learns between replies, and can do better than the table. (Pairs of the reference's own replies teach less: those that the optimum prefers are rare among them, so 200,000 such pairs closed .94.) More passes over the same pairs learn their chance too (a KL above KL*); only more pairs help.");
        page.Text("The mean log-probability of the chosen replies is shown because the loss does not: it looks at the difference to the rejected ones alone, so it may fall while the loss falls (likelihood displacement).");
        return means[^1] >= 0.95 && asFarAsChanceLets && means[0] < 0.5 ? 0 : 1;
    }

    private static double ChanceLeaves(double[] reference, int pairs) => 1 - EnumerableLanguage.ChanceLoss(reference, Beta, pairs);

    private static string Chance(double[] reference, int pairs) => ChanceLeaves(reference, pairs) is > 0 and var left ? Number(left) : "";

    /// <summary>KTO on unbalanced thumbs, with and without weights that balance them.</summary>
    /// <returns>0 when the balanced runs earn more in every case.</returns>
    public static int RunKto(TextWriter output, TextWriter progress)
    {
        var page = new Markdown(output);
        page.Begin("KTO needs weights that balance its thumbs", "kto-theory", "kto-theory.md", Language,
            "Replies of the reference, liked with probability σ(4 r), until there are so many of each kind. β = 0.1. Balanced: λ_D n_D = λ_U n_U, the default of `train kto`; plain: λ_D = λ_U = 1.",
            $"The classes of `train kto`: its loss, its reference point over mismatched replies, its passes, its optimiser. {KtoUpdates} {Training}");
        page.Head("up : down", "weights", "seed", "E_ref[r]", "E[r]", "KL", "first loss");
        bool holds = true;
        foreach ((int ups, int downs) in new[] { (4_500, 500), (2_500, 2_500), (500, 4_500) })
        {
            double[] means = new double[2];
            foreach (bool balanced in new[] { true, false })
            {
                for (int seed = 1; seed <= Seeds; seed++)
                {
                    using var model = new DirectModel(seed);
                    DirectResult found = model.Kto(ups, downs, balanced, 0.1, KtoUpdates);
                    means[balanced ? 0 : 1] += found.Exact.Reward / Seeds;
                    page.Row($"{ups} : {downs}", balanced ? "balanced" : "plain", $"{seed}", Number(found.Exact.Start), Number(found.Exact.Reward), Number(found.Exact.Kl), Number(found.FirstLoss, 6));
                    progress.WriteLine($"{ups} : {downs}, balanced {balanced}, seed {seed}: {Number(found.Exact.Reward)}");
                }
            }
            holds &= ups == downs || means[0] > means[1];
        }
        page.Text(holds ? "Balanced weights earn more wherever one kind is rare." : "Balanced weights do not earn more in every case.");
        return holds ? 0 : 1;
    }

    private static string Number(double value, int digits = 3) => Markdown.Number(value, digits);
}
