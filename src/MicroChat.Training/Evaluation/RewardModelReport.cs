using MicroChat.Training.Objectives;

namespace MicroChat.Training.Evaluation;

/// <summary>A held-out pair as a reward model saw it.</summary>
/// <param name="Chosen">Score of the better reply.</param>
/// <param name="Rejected">Score of the other.</param>
/// <param name="ChosenTokens">Length of the better reply.</param>
/// <param name="RejectedTokens">Length of the other.</param>
public readonly record struct ScoredPair(double Chosen, double Rejected, int ChosenTokens, int RejectedTokens);

/// <summary>
/// How good a reward model is on held-out pairs, and how much of that is length. What it must beat: <see cref="LengthOnly"/>, and the accuracy of the same training
/// on shuffled labels. People agree with each other in 60 to 77 of 100 cases, so nothing near 1 is to be hoped for.
/// </summary>
/// <param name="Accuracy">Share of pairs whose better reply scores higher; equal scores count a half.</param>
/// <param name="LengthMatched">The same within the pairs whose replies are about as long.</param>
/// <param name="LengthOnly">Accuracy of a rule that only looks at length.</param>
/// <param name="Calibration">Of σ(chosen − rejected), each pair seen from both of its sides.</param>
/// <param name="LengthCorrelation">Pearson correlation of score and length over all replies.</param>
public sealed record RewardModelReport(Proportion Accuracy, Proportion LengthMatched, Proportion LengthOnly, Calibration Calibration, double LengthCorrelation)
{
    /// <summary>Replies are about as long when they differ by no more than this share of the longer one.</summary>
    public const double LengthTolerance = 0.1;

    /// <summary>Measures.</summary>
    /// <param name="pairs">Held-out pairs; at least one.</param>
    /// <param name="rule">The length rule, learned on the training pairs.</param>
    /// <exception cref="ArgumentException">There is no pair, or a score is no number.</exception>
    public static RewardModelReport Of(IReadOnlyList<ScoredPair> pairs, LengthRule rule)
    {
        if (pairs.Count == 0 || pairs.Any(pair => !double.IsFinite(pair.Chosen) || !double.IsFinite(pair.Rejected)))
        {
            throw new ArgumentException($"There are {pairs.Count} pairs; wanted at least one, and finite scores in all of them.", nameof(pairs));
        }
        bool[] matched = LengthMatch.Mask([.. pairs.Select(pair => pair.ChosenTokens)], [.. pairs.Select(pair => pair.RejectedTokens)], LengthTolerance);
        double[] probabilities = [.. pairs.SelectMany(pair => new[] { Logistic.Sigmoid(pair.Chosen - pair.Rejected), Logistic.Sigmoid(pair.Rejected - pair.Chosen) })];
        double[] scores = [.. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];
        double[] tokens = [.. pairs.SelectMany(pair => new double[] { pair.ChosenTokens, pair.RejectedTokens })];
        return new RewardModelReport(
            Share(pairs), Share([.. pairs.Where((_, i) => matched[i])]), rule.Accuracy(pairs),
            Evaluation.Calibration.Of(probabilities, [.. probabilities.Select((_, i) => i % 2 == 0)]), Correlation.Pearson(scores, tokens));
    }

    private static Proportion Share(IReadOnlyList<ScoredPair> pairs) =>
        new(pairs.Sum(pair => pair.Chosen > pair.Rejected ? 1 : pair.Chosen == pair.Rejected ? 0.5 : 0), pairs.Count);
}

/// <summary>A reward model that only looks at length: the better reply is the longer one, or the shorter one, whichever is right more often in training.</summary>
/// <param name="PrefersLonger">Which.</param>
public readonly record struct LengthRule(bool PrefersLonger)
{
    /// <summary>Learns the direction. Pairs of equal length say nothing.</summary>
    public static LengthRule Fit(IEnumerable<(int ChosenTokens, int RejectedTokens)> training) =>
        new(training.Sum(pair => Math.Sign(pair.ChosenTokens - pair.RejectedTokens)) >= 0);

    /// <summary>Its accuracy; pairs of equal length count a half.</summary>
    public Proportion Accuracy(IReadOnlyList<ScoredPair> pairs)
    {
        int sign = PrefersLonger ? 1 : -1;
        return new Proportion(pairs.Sum(pair => (1 + (sign * Math.Sign(pair.ChosenTokens - pair.RejectedTokens))) / 2.0), pairs.Count);
    }
}
