using MicroChat.Training.Objectives;

namespace MicroChat.Proofs.OverOptimisation;

/// <summary>A reward model that sees of a sequence only how often each token occurs, fitted to comparisons by the Bradley-Terry objective that trains reward models.</summary>
/// <param name="Score">(classes) Unit: standard deviations over all sequences, whose mean is 0.</param>
/// <param name="Accuracy">Share of fresh pairs of which it prefers the truly better one.</param>
internal sealed record CountReward(double[] Score, double Accuracy)
{
    private const int MostRounds = 3_000, Fresh = 4_000;

    /// <summary>Step of the descent; the loss bends by at most ¼ of the largest variance of a pair's counts, 1.5, and by the prior.</summary>
    private const double Rate = 4;

    /// <summary>Prior of the weights: normal with variance 1, so that few labels have a finite answer.</summary>
    private const double Prior = 1;

    /// <summary>Largest slope of a fitted model.</summary>
    private const double Flat = 1e-6;

    /// <summary>Fits a model to so many comparisons, which are as decided as <see cref="CountedLanguage.Compare"/> says.</summary>
    public static CountReward Fit(CountedLanguage language, int labels, double decision, Random random)
    {
        var pairs = new RewardPair[labels];
        for (int i = 0; i < labels; i++)
        {
            (int preferred, int other) = language.Compare(decision, random);
            pairs[i] = new RewardPair(preferred, other) { Weight = 1.0 / labels };
        }
        double[] weights = new double[CountedLanguage.Vocabulary], scores = Scores(weights), dScores = new double[scores.Length];
        for (int round = 0; round < MostRounds; round++)
        {
            BradleyTerry.Evaluate(scores, pairs, new BradleyTerryOptions(), dScores);
            double[] slopes = Slopes(weights, dScores, Prior / labels);
            for (int v = 0; v < weights.Length; v++)
            {
                weights[v] -= Rate * slopes[v];
            }
            scores = Scores(weights);
            if (slopes.Max(slope => Math.Abs(slope)) < Flat)
            {
                break;
            }
        }
        return new CountReward(language.Standardised(scores), Enumerable.Range(0, Fresh).Average(_ => language.IsRight(scores, random)));
    }

    private static double[] Scores(double[] weights)
    {
        double[] scores = new double[CountedLanguage.Counts.Count];
        for (int c = 0; c < scores.Length; c++)
        {
            for (int v = 0; v < weights.Length; v++)
            {
                scores[c] += CountedLanguage.Counts[c][v] * weights[v];
            }
        }
        return scores;
    }

    private static double[] Slopes(double[] weights, double[] dScores, double prior)
    {
        double[] slopes = Array.ConvertAll(weights, weight => prior * weight);
        for (int c = 0; c < dScores.Length; c++)
        {
            for (int v = 0; v < slopes.Length; v++)
            {
                slopes[v] += dScores[c] * CountedLanguage.Counts[c][v];
            }
        }
        return slopes;
    }
}
