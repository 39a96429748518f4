using System.Globalization;
using MicroChat.Training.Objectives;

namespace MicroChat.Training.Stages;

/// <summary>When a run of PPO must not go on.</summary>
public sealed record PpoGuardOptions
{
    /// <summary>Largest |ρ − 1| of any action before a step's first update.</summary>
    public double RatioTolerance { get; init; } = 1e-4;

    /// <summary>Largest mean divergence from the reference; null: none. Unit: nats per reply.</summary>
    public double? KlBudget { get; init; } = 10;

    /// <summary>How far below 0 the mean divergence may be, beyond four standard errors: a divergence cannot be negative. Unit: nats per reply.</summary>
    public double NegativeKl { get; init; } = 0.1;

    /// <summary>Steps that are averaged before proxy and held-out reward are compared. Unit: steps.</summary>
    public int RewardWindow { get; init; } = 10;

    /// <summary>Standard errors by which the held-out reward must have fallen from its best window.</summary>
    public double RewardSigmas { get; init; } = 3;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => new OptionFaults()
        .Positive(nameof(RatioTolerance), RatioTolerance).Positive(nameof(KlBudget), KlBudget ?? 1).NotNegative(nameof(NegativeKl), NegativeKl)
        .Check(RewardWindow >= 1, nameof(RewardWindow), RewardWindow, "at least 1").Positive(nameof(RewardSigmas), RewardSigmas).All;
}

/// <summary>What one step's replies earned: the run's memory of its rewards.</summary>
/// <param name="Step">The step; its replies are of the policy after <paramref name="Step"/> − 1 steps.</param>
/// <param name="Proxy">Mean score of the reward model that is optimised.</param>
/// <param name="HeldOut">Mean score of the one that is not.</param>
/// <param name="HeldOutVariance">Variance of the held-out scores' mean.</param>
public sealed record RewardPoint(long Step, double Proxy, double HeldOut, double HeldOutVariance)
{
    /// <summary>Summarises a step.</summary>
    public static RewardPoint Of(long step, double[] proxy, double[] heldOut)
    {
        double mean = heldOut.Average();
        return new RewardPoint(step, proxy.Average(), mean, heldOut.Sum(score => (score - mean) * (score - mean)) / Math.Max(1, heldOut.Length - 1) / heldOut.Length);
    }
}

/// <summary>What a guard watches.</summary>
public enum PpoGuard
{
    /// <summary>Everything that learning rests on is a number.</summary>
    Numbers,

    /// <summary>What is sampled is what is trained.</summary>
    Ratio,

    /// <summary>The divergence from the reference is within its budget, and not negative.</summary>
    Divergence,

    /// <summary>The held-out reward does not fall while the optimised one rises.</summary>
    OverOptimisation,
}

/// <summary>A guard's word that the run must not go on.</summary>
/// <param name="Guard">Which one.</param>
/// <param name="Why">What it saw and what to do, for people.</param>
public sealed record PpoStop(PpoGuard Guard, string Why)
{
    internal static PpoStop? Of(PpoGuard guard, string? why) => why is null ? null : new PpoStop(guard, why);
}

/// <summary>The checks that stop a run; each says in words what it saw and what to do, or nothing.</summary>
public static class PpoGuards
{
    /// <summary>What makes the first ratio differ from 1.</summary>
    private const string RatioCauses =
        "Usual causes: replies were sampled with top-k, top-p, penalties or another temperature than is trained with; dropout is on; the sampling decoder "
        + "and the training decoder have other weights, another adapter or another number format; the cache or the template gives other positions or tokens than the whole row does.";

    /// <summary>Before the first update what was sampled must be what is trained.</summary>
    public static string? Ratio(double deviation, PpoGuardOptions options) => deviation <= options.RatioTolerance ? null
        : Text($"Before the step's first update a probability ratio is {deviation:0.0e+0} away from 1; it must be within {options.RatioTolerance:0.0e+0}. {RatioCauses}");

    /// <summary>The divergence must be within its budget, and cannot be negative.</summary>
    /// <param name="kl">(B) summed k1 of each reply. Unit: nats.</param>
    /// <param name="options">Budget.</param>
    public static string? Divergence(double[] kl, PpoGuardOptions options)
    {
        double mean = kl.Average(), error = Math.Sqrt(kl.Sum(k => (k - mean) * (k - mean)) / Math.Max(1, kl.Length - 1) / kl.Length);
        if (mean > options.KlBudget)
        {
            return Text($"The divergence from the reference is {mean:0.00} nats per reply; the budget is {options.KlBudget:0.00}. Keep the last good checkpoint; for more reward within the budget raise β or lower the learning rate.");
        }
        return mean < -options.NegativeKl - (4 * error)
            ? Text($"The divergence from the reference is {mean:0.00} ± {error:0.00} nats per reply; it cannot be negative. What was sampled is not what the log-probabilities are of. {RatioCauses}")
            : null;
    }

    /// <summary>Every number that learning rests on must be a number.</summary>
    public static string? Numbers(PpoRollout rollout, double[]? heldOut)
    {
        for (int b = 0; b < rollout.Scores.Length; b++)
        {
            bool finite = double.IsFinite(rollout.Scores[b]) && (heldOut is null || double.IsFinite(heldOut[b]));
            for (int t = rollout.RowStarts[b]; t < rollout.RowStarts[b + 1] && finite; t++)
            {
                finite = !rollout.Mask[t] || (double.IsFinite(rollout.LogProb[t]) && double.IsFinite(rollout.Reference[t]) && double.IsFinite(rollout.Values[t]));
            }
            if (!finite)
            {
                return Text($"Reply {b} of the step has a score, log-probability or value that is no number (score {rollout.Scores[b]}). Go on from the last good checkpoint with a lower learning rate, and check the reward model.");
            }
        }
        return null;
    }

    /// <summary>An update whose gradient is no number.</summary>
    public static string? Gradient(double norm) => double.IsFinite(norm) ? null
        : Text($"The gradient norm of an update is {norm}; it must be a number. Nothing was changed by it. Go on from the last good checkpoint with a lower learning rate.");

    /// <summary>
    /// Whether the optimised reward rose while the held-out one fell: the means of the last window against those of the window in which the
    /// held-out reward was best. Source of the idea: Gao et al. 2022 (arXiv:2210.10760).
    /// </summary>
    public static string? OverOptimisation(IReadOnlyList<RewardPoint> points, PpoGuardOptions options)
    {
        int W = options.RewardWindow;
        if (points.Count < 2 * W)
        {
            return null;
        }
        (double Proxy, double HeldOut, double Variance) now = Window(points, points.Count - W, W), best = now;
        for (int from = 0; from + (2 * W) <= points.Count; from++)
        {
            (double Proxy, double HeldOut, double Variance) then = Window(points, from, W);
            best = then.HeldOut > best.HeldOut ? then : best;
        }
        double fall = best.HeldOut - now.HeldOut, error = Math.Sqrt(best.Variance + now.Variance);
        return now.Proxy > best.Proxy && fall > options.RewardSigmas * error && fall > 0
            ? Text($"Over-optimisation: over {W} steps the reward rose from {best.Proxy:0.000} to {now.Proxy:0.000} while the held-out reward model, which is not optimised, fell from {best.HeldOut:0.000} to {now.HeldOut:0.000} (standard error {error:0.000}). Ship the last good checkpoint, or train again with a larger β and a better reward model.")
            : null;
    }

    private static (double Proxy, double HeldOut, double Variance) Window(IReadOnlyList<RewardPoint> points, int from, int count)
    {
        double proxy = 0, heldOut = 0, variance = 0;
        for (int i = from; i < from + count; i++)
        {
            proxy += points[i].Proxy / count;
            heldOut += points[i].HeldOut / count;
            variance += points[i].HeldOutVariance / count / count;
        }
        return (proxy, heldOut, variance);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
