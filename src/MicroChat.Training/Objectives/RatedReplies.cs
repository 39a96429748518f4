using MicroChat.Kernels;

namespace MicroChat.Training.Objectives;

/// <summary>A thumb: what one person said about one reply.</summary>
/// <param name="Reply">Place of the reply's score.</param>
/// <param name="Rater">Place of the person among the raters.</param>
/// <param name="Up">1: thumb up, 0: thumb down; between: a share, as when one person voted both ways.</param>
public readonly record struct Thumb(int Reply, int Rater, double Up)
{
    /// <summary>Its weight; caps per person are made with it. No unit.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>What a batch of thumbs gave; the numbers of an update's micro-batches add up.</summary>
/// <param name="Loss">L.</param>
/// <param name="Accuracy">Share on the right side of ½; a prediction of exactly ½ counts a half, as does a vote of ½.</param>
public readonly record struct ThumbStatistics(double Loss, double Accuracy);

/// <summary>
/// Single thumbs as a logistic regression in which people differ: <c>z = a_u s − b_u</c>, <c>L = Σ w [−y log σ(z) − (1 − y) log σ(−z)] / Σ w</c>.
/// The severity b_u takes up how easily a person is pleased; the slope a_u how much the quality matters to them, and it is negative
/// for one who votes the wrong way round. Plain logistic loss: all slopes 1, all severities 0. Source: the two-parameter model of Birnbaum 1968.
/// </summary>
public static class RatedReplies
{
    /// <summary>Loss and slopes of one micro-batch.</summary>
    /// <param name="scores">(N) a score per reply.</param>
    /// <param name="thumbs">The votes.</param>
    /// <param name="slopes">(U) a_u.</param>
    /// <param name="severities">(U) b_u.</param>
    /// <param name="totalWeight">Σ w over the whole update.</param>
    /// <param name="dScores">(N) out: dL/ds.</param>
    /// <param name="dSlopes">(U) out: dL/da.</param>
    /// <param name="dSeverities">(U) out: dL/db.</param>
    /// <exception cref="ArgumentException">A shape or a place does not fit; nothing was written.</exception>
    public static ThumbStatistics Evaluate(
        ReadOnlySpan<double> scores, ReadOnlySpan<Thumb> thumbs, ReadOnlySpan<double> slopes, ReadOnlySpan<double> severities, double totalWeight,
        Span<double> dScores, Span<double> dSlopes, Span<double> dSeverities)
    {
        Shape.Require(severities.Length == slopes.Length, severities.Length, $"the number of slopes, {slopes.Length}");
        Shape.Require(dScores.Length == scores.Length, dScores.Length, $"the number of scores, {scores.Length}");
        Shape.Require(dSlopes.Length == slopes.Length, dSlopes.Length, $"the number of slopes, {slopes.Length}");
        Shape.Require(dSeverities.Length == slopes.Length, dSeverities.Length, $"the number of slopes, {slopes.Length}");
        foreach (Thumb thumb in thumbs)
        {
            Shape.Require((uint)thumb.Reply < (uint)scores.Length, thumb.Reply, $"from 0 to {scores.Length - 1}");
            Shape.Require((uint)thumb.Rater < (uint)slopes.Length, thumb.Rater, $"from 0 to {slopes.Length - 1}");
        }
        dScores.Clear();
        dSlopes.Clear();
        dSeverities.Clear();
        double loss = 0, right = 0;
        foreach (Thumb thumb in thumbs)
        {
            double weight = totalWeight > 0 ? thumb.Weight / totalWeight : 0, a = slopes[thumb.Rater], s = scores[thumb.Reply];
            double z = (a * s) - severities[thumb.Rater], g = weight * Slope(z, thumb.Up);
            loss += weight * BradleyTerry.SoftLoss(z, thumb.Up);
            right += weight * (z == 0 || thumb.Up == 0.5 ? 0.5 : z > 0 == thumb.Up > 0.5 ? 1 : 0);
            dScores[thumb.Reply] += a * g;
            dSlopes[thumb.Rater] += s * g;
            dSeverities[thumb.Rater] -= g;
        }
        return new ThumbStatistics(loss, right);
    }

    /// <summary>σ(z) − y, by the side that keeps its digits.</summary>
    private static double Slope(double z, double up) => up == 1 ? -Logistic.Sigmoid(-z) : Logistic.Sigmoid(z) - up;
}
