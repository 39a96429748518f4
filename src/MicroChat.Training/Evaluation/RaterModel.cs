using MicroChat.Training.Objectives;

namespace MicroChat.Training.Evaluation;

/// <summary>
/// Who errs how, and what is true, from votes alone: expectation maximisation over the true class of every thing and a confusion matrix per rater.
/// One who votes the wrong way round is recognised and read the right way, as long as the others outweigh him. Source: Dawid and Skene 1979.
/// </summary>
/// <param name="Posterior">(items,classes): probability that a thing is of a class.</param>
/// <param name="Prior">(classes): share of the classes among the things.</param>
/// <param name="Confusion">(raters,classes,answers): probability that a rater answers so when the truth is so.</param>
/// <param name="LogLikelihood">Of the votes, round by round. Unit: nats.</param>
public sealed record RaterModel(double[,] Posterior, double[] Prior, double[,,] Confusion, IReadOnlyList<double> LogLikelihood)
{
    /// <summary>Rounds after which little changes.</summary>
    public const int UsualRounds = 25;

    /// <summary>Added to every count of a confusion matrix, so that none of few votes claims certainty.</summary>
    private const double Smoothing = 0.01;

    /// <summary>Fits the model. The classes are the answers; at first the truth is each thing's share of votes.</summary>
    /// <param name="votes">All votes; a thing without any has the classes' shares as its posterior.</param>
    /// <param name="items">Number of things.</param>
    /// <param name="raters">Number of people.</param>
    /// <param name="answers">Number of different answers.</param>
    /// <param name="rounds">Rounds of the expectation maximisation; <see cref="UsualRounds"/> are plenty.</param>
    /// <exception cref="ArgumentException">A vote is out of range.</exception>
    public static RaterModel Fit(ReadOnlySpan<Vote> votes, int items, int raters, int answers, int rounds)
    {
        Vote.Require(votes, items, raters, answers);
        double[,] posterior = Shares(Vote.Count(votes, items, answers));
        double[] prior = new double[answers], logLikelihood = new double[rounds];
        double[,,] confusion = new double[raters, answers, answers];
        for (int round = 0; round < rounds; round++)
        {
            prior = MeanRow(posterior);
            confusion = Confusions(votes, posterior, raters);
            logLikelihood[round] = Judge(votes, prior, confusion, posterior);
        }
        return new RaterModel(posterior, prior, confusion, logLikelihood);
    }

    /// <summary>Share of each answer among a thing's votes; all alike for a thing without votes.</summary>
    private static double[,] Shares(int[,] counts)
    {
        int items = counts.GetLength(0), answers = counts.GetLength(1);
        double[,] shares = new double[items, answers];
        for (int item = 0; item < items; item++)
        {
            double votes = Enumerable.Range(0, answers).Sum(a => counts[item, a]);
            for (int a = 0; a < answers; a++)
            {
                shares[item, a] = votes > 0 ? counts[item, a] / votes : 1.0 / answers;
            }
        }
        return shares;
    }

    private static double[] MeanRow(double[,] posterior)
    {
        double[] mean = new double[posterior.GetLength(1)];
        for (int item = 0; item < posterior.GetLength(0); item++)
        {
            for (int k = 0; k < mean.Length; k++)
            {
                mean[k] += posterior[item, k] / posterior.GetLength(0);
            }
        }
        return mean;
    }

    /// <summary>Maximisation: every rater's answers, counted by how probable each truth is.</summary>
    private static double[,,] Confusions(ReadOnlySpan<Vote> votes, double[,] posterior, int raters)
    {
        int K = posterior.GetLength(1);
        double[,,] confusion = new double[raters, K, K];
        foreach (Vote vote in votes)
        {
            for (int k = 0; k < K; k++)
            {
                confusion[vote.Rater, k, vote.Answer] += posterior[vote.Item, k];
            }
        }
        for (int rater = 0; rater < raters; rater++)
        {
            for (int k = 0; k < K; k++)
            {
                double all = Enumerable.Range(0, K).Sum(a => confusion[rater, k, a] + Smoothing);
                for (int a = 0; a < K; a++)
                {
                    confusion[rater, k, a] = (confusion[rater, k, a] + Smoothing) / all;
                }
            }
        }
        return confusion;
    }

    /// <summary>Expectation: overwrites the posterior. In logarithms, because hundreds of votes on one thing multiply to 0.</summary>
    /// <returns>Log-likelihood of all votes.</returns>
    private static double Judge(ReadOnlySpan<Vote> votes, double[] prior, double[,,] confusion, double[,] posterior)
    {
        int items = posterior.GetLength(0), K = prior.Length;
        for (int item = 0; item < items; item++)
        {
            for (int k = 0; k < K; k++)
            {
                posterior[item, k] = Math.Log(prior[k]);
            }
        }
        foreach (Vote vote in votes)
        {
            for (int k = 0; k < K; k++)
            {
                posterior[vote.Item, k] += Math.Log(confusion[vote.Rater, k, vote.Answer]);
            }
        }
        double logLikelihood = 0;
        double[] row = new double[K];
        for (int item = 0; item < items; item++)
        {
            for (int k = 0; k < K; k++)
            {
                row[k] = posterior[item, k];
            }
            double all = Logistic.LogSumExp(row);
            logLikelihood += all;
            for (int k = 0; k < K; k++)
            {
                posterior[item, k] = Math.Exp(row[k] - all);
            }
        }
        return logLikelihood;
    }
}
