namespace MicroChat.Training.Evaluation.Trials;

/// <summary>
/// Intervals that may be looked at after every vote: with probability 1 − α the truth lies in all of them, from the first to the last, so stopping at
/// a good moment gains nothing. Source: Robbins 1970, "Statistical methods related to the law of the iterated logarithm"; as a test Johari, Koomen,
/// Pekelis and Walsh 2022, "Always valid inference" (arXiv:1512.04922).
/// </summary>
public static class ConfidenceSequence
{
    /// <summary>The difference of two rates that the sequence is narrowest for. Unit: shares.</summary>
    private const double UsualDifference = 0.1;

    /// <summary>Prior wins and losses of the mixture over win rates; 2 each: rates near one half are looked at most closely.</summary>
    private const int PriorWins = 2;

    private const int Bisections = 60;

    /// <summary>Of a difference that is estimated from more and more votes, by a normal mixture: its estimate is approximately normal and its steps independent.</summary>
    /// <param name="estimate">The difference so far.</param>
    /// <param name="variance">Of the estimate; above 0.</param>
    /// <param name="alpha">Chance that the truth ever lies outside, both sides together.</param>
    /// <returns><c>estimate ± √(V (V + τ²) / τ² · (2 ln 1/α + ln (V + τ²) / V))</c>.</returns>
    public static Interval Around(double estimate, double variance, double alpha)
    {
        const double Mixture = UsualDifference * UsualDifference;
        double sum = variance + Mixture;
        double half = Math.Sqrt(variance * sum / Mixture * ((2 * Math.Log(1 / alpha)) + Math.Log(sum / variance)));
        return new Interval(estimate - half, estimate + half);
    }

    /// <summary>
    /// Of a win rate, exact for any number of duels: all rates against which the beta mixture has not gathered evidence of 1/α. Ville's inequality
    /// bounds the chance that the true one is ever left out.
    /// </summary>
    /// <param name="wins">Duels won; ties are left out.</param>
    /// <param name="losses">Duels lost.</param>
    /// <param name="alpha">Chance that the truth ever lies outside, both sides together.</param>
    /// <returns>0 to 1 before the first duel.</returns>
    public static Interval OfWinRate(long wins, long losses, double alpha)
    {
        double bar = Math.Log(1 / alpha), mixture = LogMixture(wins, losses), middle = wins + losses == 0 ? 0.5 : wins / (double)(wins + losses);
        return new Interval(Border(0, middle), Border(1, middle));

        double Border(double outside, double inside)
        {
            if (Evidence(outside) < bar)
            {
                return outside;
            }
            for (int i = 0; i < Bisections; i++)
            {
                double half = (outside + inside) / 2;
                (outside, inside) = Evidence(half) < bar ? (outside, half) : (half, inside);
            }
            return outside;
        }

        double Evidence(double rate) => mixture - Term(wins, rate) - Term(losses, 1 - rate);

        static double Term(long count, double rate) => count == 0 ? 0 : count * Math.Log(rate);
    }

    /// <summary>log ∫ p^wins (1 − p)^losses of the beta prior.</summary>
    private static double LogMixture(long wins, long losses)
    {
        double log = 0;
        for (long i = 0; i < wins; i++)
        {
            log += Math.Log((PriorWins + i) / (double)((2 * PriorWins) + i));
        }
        for (long i = 0; i < losses; i++)
        {
            log += Math.Log((PriorWins + i) / (double)((2 * PriorWins) + wins + i));
        }
        return log;
    }
}
