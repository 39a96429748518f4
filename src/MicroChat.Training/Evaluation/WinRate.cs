namespace MicroChat.Training.Evaluation;

/// <summary>How often one of two models, or replies, was the better.</summary>
/// <param name="Wins">Of the first.</param>
/// <param name="Ties">Neither.</param>
/// <param name="Losses">Of the first.</param>
public readonly record struct WinRate(long Wins, long Ties, long Losses)
{
    /// <summary>(wins + ties / 2) / all, with its intervals.</summary>
    public Proportion Rate => new(Wins + (Ties / 2.0), Wins + Ties + Losses);

    /// <summary>Probability of so uneven a result, or a more uneven one, if both were equally good: the exact binomial test of wins against losses. NaN without either.</summary>
    public double SignTest
    {
        get
        {
            long n = Wins + Losses, fewer = Math.Min(Wins, Losses);
            if (n == 0)
            {
                return double.NaN;
            }
            double tail = 0, term = -n * Math.Log(2);
            for (long k = 0; k <= fewer; k++)
            {
                tail += Math.Exp(term);
                term += Math.Log(n - k) - Math.Log(k + 1);
            }
            return Math.Min(1, 2 * tail);
        }
    }

    /// <summary>Counts where one score is above the other; NaN on either side is a tie.</summary>
    /// <param name="first">A score per prompt.</param>
    /// <param name="second">The other's, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static WinRate Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        SameLength.Require(first.Length, second.Length);
        long wins = 0, losses = 0;
        for (int i = 0; i < first.Length; i++)
        {
            wins += first[i] > second[i] ? 1 : 0;
            losses += first[i] < second[i] ? 1 : 0;
        }
        return new WinRate(wins, first.Length - wins - losses, losses);
    }

    /// <summary>Ratings that each arm of an experiment needs, so that a difference of two rates is seen with 80 % power at the 5 % level.</summary>
    /// <param name="rate">The one rate.</param>
    /// <param name="other">The other.</param>
    /// <returns><c>(z_α + z_β)² (p₁q₁ + p₂q₂) / (p₂ − p₁)²</c>.</returns>
    public static double SampleSize(double rate, double other)
    {
        const double Z80 = 0.8416212335729143;
        double z = Interval.Z95 + Z80, gap = other - rate;
        return z * z * ((rate * (1 - rate)) + (other * (1 - other))) / (gap * gap);
    }
}

/// <summary>Two models' replies to the same prompts, scored by a reward model.</summary>
/// <param name="All">Over all prompts.</param>
/// <param name="BootstrapInterval">Of the rate over all prompts, prompts drawn again.</param>
/// <param name="LengthMatched">Over the prompts whose two replies are about as long: what is left of a win that is only a longer reply.</param>
/// <param name="MatchedInterval">Of the rate over those.</param>
/// <param name="MeanDifference">Mean score of the first over the second.</param>
public sealed record ModelComparison(WinRate All, Interval BootstrapInterval, WinRate LengthMatched, Interval MatchedInterval, double MeanDifference)
{
    /// <summary>Compares.</summary>
    /// <param name="first">A score per prompt, of the first model's reply.</param>
    /// <param name="second">Of the second's.</param>
    /// <param name="firstTokens">Length of the first's replies.</param>
    /// <param name="secondTokens">Length of the second's.</param>
    /// <param name="tolerance">Replies are about as long when they differ by no more than this share of the longer one.</param>
    /// <param name="resamples">Draws of the bootstrap.</param>
    /// <param name="random">Where they come from.</param>
    /// <exception cref="ArgumentException">The lengths of the arrays differ.</exception>
    public static ModelComparison Of(
        ReadOnlySpan<double> first, ReadOnlySpan<double> second, ReadOnlySpan<int> firstTokens, ReadOnlySpan<int> secondTokens,
        double tolerance, int resamples, Random random)
    {
        SameLength.Require(first.Length, second.Length);
        bool[] matched = LengthMatch.Mask(firstTokens, secondTokens, tolerance);
        SameLength.Require(first.Length, matched.Length);
        double[] wins = new double[first.Length];
        double difference = 0;
        for (int i = 0; i < wins.Length; i++)
        {
            wins[i] = first[i] > second[i] ? 1 : first[i] < second[i] ? 0 : 0.5;
            difference += first[i] - second[i];
        }
        double[] matchedWins = LengthMatch.Where(wins, matched);
        return new ModelComparison(
            WinRate.Of(first, second), Bootstrap.MeanInterval(wins, resamples, random),
            WinRate.Of(LengthMatch.Where(first, matched), LengthMatch.Where(second, matched)), Bootstrap.MeanInterval(matchedWins, resamples, random),
            difference / wins.Length);
    }
}
