using System.Globalization;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>What the guards of a run of PPO saw and what they allow, as a table of its report.</summary>
internal static class PpoGuardTable
{
    private const string Held = "held", Unknown = "not measured";

    /// <summary>The table.</summary>
    /// <param name="steps">Metrics of every step, and of the check of the last policy.</param>
    /// <param name="rewards">Rewards of both models; empty without one that is held out.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="stopped">The guard that stopped the run; null: none did.</param>
    public static ReportTable Of(IReadOnlyList<IReadOnlyDictionary<string, double>> steps, IReadOnlyList<RewardPoint> rewards, PpoGuardOptions options, PpoStop? stopped)
    {
        double[] ratios = Values(steps, PpoMetrics.FirstRatioDeviation), kl = Values(steps, Metrics.ObjectiveKl);
        bool judged = rewards.Count >= 2 * options.RewardWindow;
        string Verdict(PpoGuard guard, bool measured) => stopped?.Guard == guard ? "stopped the run" : measured ? Held : Unknown;
        return new ReportTable("Guards", ["guard", "seen", "allowed", "verdict"],
        [
            ["Replies are sampled from what is trained", ratios.Length == 0 ? "" : Text($"first ratio at most {ratios.Max():0.0e+0} away from 1"), Text($"{options.RatioTolerance:0.0e+0}"), Verdict(PpoGuard.Ratio, ratios.Length > 0)],
            [
                "Divergence from the reference", kl.Length == 0 ? "" : Text($"{kl.Min():0.00} to {kl.Max():0.00} nats per reply"),
                Text($"-{options.NegativeKl:0.00} less four standard errors, to {(options.KlBudget is { } budget ? Text($"{budget:0.00}") : "any")}"), Verdict(PpoGuard.Divergence, kl.Length > 0),
            ],
            ["Scores, log-probabilities, values and gradients are numbers", Text($"those of {steps.Count} rounds of replies"), "all of them", Verdict(PpoGuard.Numbers, steps.Count > 0)],
            [
                "The held-out reward does not fall while the optimised one rises", judged ? Windows(rewards, options.RewardWindow) : Missing(rewards, options.RewardWindow),
                Text($"a fall of {options.RewardSigmas:0.#} standard errors between windows of {options.RewardWindow} steps"), Verdict(PpoGuard.OverOptimisation, judged),
            ],
        ]);
    }

    private static string Windows(IReadOnlyList<RewardPoint> rewards, int window)
    {
        RewardPoint[] first = [.. rewards.Take(window)], last = [.. rewards.TakeLast(window)];
        return Text($"held-out {first.Average(p => p.HeldOut):0.000} to {last.Average(p => p.HeldOut):0.000}, optimised {first.Average(p => p.Proxy):0.000} to {last.Average(p => p.Proxy):0.000} (first and last window)");
    }

    private static string Missing(IReadOnlyList<RewardPoint> rewards, int window) => rewards.Count == 0
        ? "no held-out reward model was named" : Text($"{rewards.Count} of the {2 * window} steps that it takes");

    private static double[] Values(IReadOnlyList<IReadOnlyDictionary<string, double>> steps, string name) => [.. steps.Where(step => step.ContainsKey(name)).Select(step => step[name])];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
