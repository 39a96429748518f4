using MicroChat.Proofs.Exact;

namespace MicroChat.Proofs;

/// <summary>PPO against the exact optimum J* on an enumerable language model, over β and seeds.</summary>
internal static class OptimumProof
{
    private const int Steps = 100, Seeds = 5;
    private const double Bar = 0.95;

    private static readonly double[] s_betas = [0.5, 0.2, 0.1, 0.05];

    /// <summary>Writes the page.</summary>
    /// <returns>0 when every run closed at least the bar's share of the gap.</returns>
    public static int Run(TextWriter output, TextWriter progress)
    {
        var page = new Markdown(output);
        page.Begin("PPO reaches the exact optimum", "optimum", "ppo-optimum.md",
            "A language of 4 tokens whose replies have 5 (1,024 replies); reward +1 per bigram \"0 1\", −½ per token 3. J = E[r] − β KL(π ‖ π_ref) is a sum over all replies, before and after; J* = β log E_ref e^{r/β}.",
            "The classes of `train ppo`: sampling decoder with cache, training decoder (2 layers, width 32, all weights learn), value head on the same trunk, PPO trainer, AdamW; the reward model is replaced by the rule.",
            $"{Steps} steps of 256 replies, 4 passes each, learning rate 3e-3 falling to 0, clip .2, λ .95, γ 1, k1 in the reward, advantages whitened; random initial weights are the reference.",
            $"The bar: at least {Bar} of J* − J_ref closed in every run.");
        page.Head("β", "seed", "J_ref", "J", "J*", "gap closed", "E[r]", "E*[r]", "KL", "KL*");
        var summary = new List<(double Beta, double[] Gaps)>();
        foreach (double beta in s_betas)
        {
            double[] gaps = new double[Seeds];
            for (int seed = 1; seed <= Seeds; seed++)
            {
                using var model = new EnumerableModel(seed, EnumerableModel.Options(beta, seed, Steps));
                ExactResult result = model.Train(Steps);
                gaps[seed - 1] = result.Gap;
                page.Row($"{beta}", $"{seed}", Number(result.Start), Number(result.J), Number(result.Best), Number(result.Gap, 4), Number(result.Reward), Number(result.BestReward), Number(result.Kl), Number(result.BestKl));
                progress.WriteLine($"β {beta} seed {seed}: {Number(result.Gap, 4)}");
            }
            summary.Add((beta, gaps));
        }
        page.Text("Share of J* − J_ref that was closed:");
        page.Head("β", "mean", "least");
        foreach ((double beta, double[] gaps) in summary)
        {
            page.Row($"{beta}", Number(gaps.Average(), 4), Number(gaps.Min(), 4));
        }
        double least = summary.Min(row => row.Gaps.Min());
        page.Text(least >= Bar ? $"All {s_betas.Length * Seeds} runs pass." : $"The least, {Number(least, 4)}, is below the bar.");
        return least >= Bar ? 0 : 1;
    }

    private static string Number(double value, int digits = 3) => Markdown.Number(value, digits);
}
