using MicroChat.Kernels;

namespace MicroChat.Training.Objectives;

/// <summary>How a reward model learns from pairs.</summary>
public sealed record BradleyTerryOptions
{
    /// <summary>Weight of (chosen + rejected)², which keeps the scores around 0; 0: off, .01 is usual (Eisenstein et al. 2023). No unit.</summary>
    public double Centring { get; init; }

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => new OptionFaults().NotNegative(nameof(Centring), Centring).All;
}

/// <summary>What a batch of pairs gave; every number is weighted, so those of an update's micro-batches add up.</summary>
/// <param name="Loss">L.</param>
/// <param name="Accuracy">Share whose chosen reply scores higher; equal scores count a half.</param>
/// <param name="Margin">Mean of chosen − rejected. Unit: the score's.</param>
/// <param name="Chosen">Mean score of the chosen replies.</param>
/// <param name="Rejected">Mean score of the others.</param>
public readonly record struct PairStatistics(double Loss, double Accuracy, double Margin, double Chosen, double Rejected)
{
    /// <summary>Micro-batches of one update together.</summary>
    public static PairStatistics operator +(PairStatistics a, PairStatistics b) =>
        new(a.Loss + b.Loss, a.Accuracy + b.Accuracy, a.Margin + b.Margin, a.Chosen + b.Chosen, a.Rejected + b.Rejected);
}

/// <summary>
/// Pairs to scores: <c>L = Σ w [−q log σ(d) − (1 − q) log σ(−d) + c (s₊ + s₋)²]</c>, d = s₊ − s₋ − margin. With a head of zeros L = ln 2.
/// A score may stand in several pairs. Sources: Bradley and Terry 1952; Ouyang et al. 2022, eq. 1; margin: Touvron et al. 2023, eq. 2.
/// </summary>
public static class BradleyTerry
{
    /// <summary>Loss, statistics and slopes of one micro-batch.</summary>
    /// <param name="scores">(N) a score per reply.</param>
    /// <param name="pairs">The judgements.</param>
    /// <param name="options">Centring.</param>
    /// <param name="dScores">(N) out: dL/dscores.</param>
    /// <exception cref="ArgumentException">A shape or a pair's place does not fit; nothing was written.</exception>
    public static PairStatistics Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<RewardPair> pairs, BradleyTerryOptions options, Span<double> dScores)
    {
        Shape.Require(dScores.Length == scores.Length, dScores.Length, $"the number of scores, {scores.Length}");
        foreach (RewardPair pair in pairs)
        {
            Shape.Require((uint)pair.Chosen < (uint)scores.Length, pair.Chosen, $"from 0 to {scores.Length - 1}");
            Shape.Require((uint)pair.Rejected < (uint)scores.Length, pair.Rejected, $"from 0 to {scores.Length - 1}");
        }
        dScores.Clear();
        PairStatistics sum = default;
        foreach (RewardPair pair in pairs)
        {
            double chosen = scores[pair.Chosen], rejected = scores[pair.Rejected], centre = chosen + rejected;
            double d = chosen - rejected - pair.Margin, up = pair.Probability, slope = Logistic.Sigmoid(d) - up;
            if (up == 1)
            {
                slope = -Logistic.Sigmoid(-d); // σ(d) − 1 loses its digits when d is large
            }
            double loss = SoftLoss(d, up) + (options.Centring * centre * centre), pull = 2 * options.Centring * centre;
            dScores[pair.Chosen] += pair.Weight * (slope + pull);
            dScores[pair.Rejected] += pair.Weight * (pull - slope);
            double right = chosen > rejected ? 1 : chosen == rejected ? 0.5 : 0;
            sum += new PairStatistics(pair.Weight * loss, pair.Weight * right, pair.Weight * (chosen - rejected), pair.Weight * chosen, pair.Weight * rejected);
        }
        return sum;
    }

    /// <summary>−q log σ(d) − (1 − q) log σ(−d); a part of weight 0 is left out, so an infinite d is no 0 · ∞.</summary>
    internal static double SoftLoss(double d, double q) =>
        (q == 0 ? 0 : -q * Logistic.LogSigmoid(d)) + (q == 1 ? 0 : -(1 - q) * Logistic.LogSigmoid(-d));
}
