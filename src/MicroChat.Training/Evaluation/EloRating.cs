namespace MicroChat.Training.Evaluation;

/// <summary>A duel of two models or replies.</summary>
/// <param name="First">The one's number, from 0.</param>
/// <param name="Second">The other's.</param>
/// <param name="Result">For the first: 1 won, 0 lost, ½ tie.</param>
public readonly record struct Duel(int First, int Second, double Result);

/// <summary>
/// A running rating: after each duel both move by K times what surprised. It needs no memory but depends on the order of the duels; where all duels are
/// at hand <see cref="DuelStrengths"/> is the better estimate. Source: Elo 1978.
/// </summary>
public static class EloRating
{
    /// <summary>Where everyone begins.</summary>
    public const double Start = 1000;

    /// <summary>Most that one duel moves a rating.</summary>
    private const double K = 32;

    /// <summary>Points of rating that make the odds ten to one.</summary>
    internal const double Scale = 400;

    /// <summary>Plays the duels in their order.</summary>
    /// <param name="players">Number of players.</param>
    /// <param name="duels">The duels.</param>
    /// <returns>(duels,players) ratings after each duel.</returns>
    /// <exception cref="ArgumentException">A player is out of range or duels with itself, or a result is not from 0 to 1.</exception>
    public static double[][] Play(int players, ReadOnlySpan<Duel> duels)
    {
        double[] ratings = new double[players];
        Array.Fill(ratings, Start);
        double[][] after = new double[duels.Length][];
        for (int i = 0; i < duels.Length; i++)
        {
            (int first, int second, double result) = duels[i];
            if ((uint)first >= (uint)players || (uint)second >= (uint)players || first == second || !(result is >= 0 and <= 1))
            {
                throw new ArgumentException($"Duel {i} is {first} against {second} with the result {result}; wanted two different players from 0 to {players - 1} and a result from 0 to 1.", nameof(duels));
            }
            double surprise = K * (result - (1 / (1 + Math.Pow(10, (ratings[second] - ratings[first]) / Scale))));
            ratings[first] += surprise;
            ratings[second] -= surprise;
            after[i] = [.. ratings];
        }
        return after;
    }
}
