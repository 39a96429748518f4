using MicroChat.Kernels;

namespace MicroChat.Training.Objectives;

/// <summary>
/// Pairs judged by people who err: <c>P = η σ(d) + (1 − η) σ(−d)</c>, <c>L = Σ w −log P</c>, η the rater's correctness. A fixed share of random answers
/// ε is η = 1 − ε/2 for everybody (ε = .1: Christiano et al. 2017, appendix A). Source: Chen et al. 2013 (Crowd-BT).
/// </summary>
public static class CrowdBradleyTerry
{
    /// <summary>η of a person who answers at random in a share of the cases.</summary>
    public static double Correctness(double randomShare) => 1 - (randomShare / 2);

    /// <summary>Loss and slopes of one micro-batch.</summary>
    /// <param name="scores">(N) a score per reply.</param>
    /// <param name="pairs">The judgements; margin and probability are not used here.</param>
    /// <param name="raters">(pairs) who judged: a place in <paramref name="correctness"/>.</param>
    /// <param name="correctness">(U) η, from 0 to 1; below ½ the person errs more often than not, and the slope turns round.</param>
    /// <param name="dScores">(N) out: dL/ds.</param>
    /// <param name="dCorrectness">(U) out: dL/dη.</param>
    /// <returns>L; those of an update's micro-batches add up.</returns>
    /// <exception cref="ArgumentException">A shape or a place does not fit; nothing was written.</exception>
    public static double Evaluate(
        ReadOnlySpan<double> scores, ReadOnlySpan<RewardPair> pairs, ReadOnlySpan<int> raters, ReadOnlySpan<double> correctness,
        Span<double> dScores, Span<double> dCorrectness)
    {
        Shape.Require(raters.Length == pairs.Length, raters.Length, $"the number of pairs, {pairs.Length}");
        Shape.Require(dScores.Length == scores.Length, dScores.Length, $"the number of scores, {scores.Length}");
        Shape.Require(dCorrectness.Length == correctness.Length, dCorrectness.Length, $"the number of raters, {correctness.Length}");
        for (int i = 0; i < pairs.Length; i++)
        {
            Shape.Require((uint)pairs[i].Chosen < (uint)scores.Length, pairs[i].Chosen, $"from 0 to {scores.Length - 1}");
            Shape.Require((uint)pairs[i].Rejected < (uint)scores.Length, pairs[i].Rejected, $"from 0 to {scores.Length - 1}");
            Shape.Require((uint)raters[i] < (uint)correctness.Length, raters[i], $"from 0 to {correctness.Length - 1}");
        }
        dScores.Clear();
        dCorrectness.Clear();
        double loss = 0;
        for (int i = 0; i < pairs.Length; i++)
        {
            RewardPair pair = pairs[i];
            double eta = correctness[raters[i]], d = scores[pair.Chosen] - scores[pair.Rejected];
            double right = Logistic.Sigmoid(d), wrong = Logistic.Sigmoid(-d), logP = LogMix(eta, d), p = Math.Exp(logP);
            loss -= pair.Weight * logP;
            double slope = Slope(eta, d, right, wrong, p) * pair.Weight;
            dScores[pair.Chosen] += slope;
            dScores[pair.Rejected] -= slope;
            dCorrectness[raters[i]] -= pair.Weight * (right - wrong) / p;
        }
        return loss;
    }

    /// <summary>log(η σ(d) + (1 − η) σ(−d)), kept finite where one of the parts is all there is.</summary>
    private static double LogMix(double eta, double d) => eta switch
    {
        1 => Logistic.LogSigmoid(d),
        0 => Logistic.LogSigmoid(-d),
        _ => Math.Log((eta * Logistic.Sigmoid(d)) + ((1 - eta) * Logistic.Sigmoid(-d))),
    };

    private static double Slope(double eta, double d, double right, double wrong, double p) => eta switch
    {
        1 => -Logistic.Sigmoid(-d),
        0 => Logistic.Sigmoid(d),
        _ => -((2 * eta) - 1) * right * wrong / p,
    };
}
