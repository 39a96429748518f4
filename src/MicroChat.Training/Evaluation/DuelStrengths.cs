using MicroChat.Training.Objectives;

namespace MicroChat.Training.Evaluation;

/// <summary>
/// How strong models or replies are, from all duels between them at once: P(i beats j) = σ(s_i − s_j) at greatest likelihood, the strengths summing to 0.
/// A tie is half a win for each. Source: Bradley and Terry 1952; the existence of the estimate: Ford 1957.
/// </summary>
public sealed class DuelStrengths
{
    private const int MostRounds = 100;
    private const double Smallest = 1e-12, Rounding = 1e-13;

    /// <summary>Rating points per unit of strength.</summary>
    private static readonly double s_eloPerUnit = EloRating.Scale / Math.Log(10);

    private readonly double[,] _covariance;

    private DuelStrengths(double[] strength, double[,] covariance, double logLikelihood) =>
        (Strength, _covariance, LogLikelihood) = (strength, covariance, logLikelihood);

    /// <summary>(n) s. Unit: nats of odds.</summary>
    public IReadOnlyList<double> Strength { get; }

    /// <summary>Of all duels. Unit: nats.</summary>
    public double LogLikelihood { get; }

    /// <summary>Finds the strengths.</summary>
    /// <param name="wins">(n,n): how often row beat column.</param>
    /// <param name="ties">(n,n): how often row and column tied; symmetric.</param>
    /// <exception cref="ArgumentException">
    /// The tables are not square and alike, a count is negative, the ties are not symmetric, or there is no finite estimate: some players never lost to any of the others, or never met them.
    /// </exception>
    public static DuelStrengths Of(double[,] wins, double[,] ties)
    {
        double[,] scores = Scores(wins, ties);
        RequireConnected(scores);
        double[] strength = new double[scores.GetLength(0)];
        for (int round = 0; round < MostRounds; round++)
        {
            double[] step = NewtonStep(scores, strength);
            double before = Likelihood(scores, strength), share = 1;
            double[] next = Moved(strength, step, share);
            while (Likelihood(scores, next) < before - (Rounding * Math.Abs(before)) && share > Smallest)
            {
                share /= 2;                                             // far from the peak Newton's step may overshoot it
                next = Moved(strength, step, share);
            }
            strength = next;
            if (step.Max(move => Math.Abs(move)) < Smallest)
            {
                break;
            }
        }
        return new DuelStrengths(strength, Covariance(scores, strength), Likelihood(scores, strength));
    }

    /// <summary>Of a strength.</summary>
    public double StandardError(int player) => Math.Sqrt(_covariance[player, player]);

    /// <summary>Of the difference of two strengths.</summary>
    public double StandardError(int first, int second) =>
        Math.Sqrt(Math.Max(0, _covariance[first, first] + _covariance[second, second] - (2 * _covariance[first, second])));

    /// <summary>P(first beats second).</summary>
    public double Probability(int first, int second) => Logistic.Sigmoid(Strength[first] - Strength[second]);

    /// <summary>The strength on the scale of chess ratings, the average player at 1000.</summary>
    public double Elo(int player) => EloRating.Start + (s_eloPerUnit * Strength[player]);

    /// <summary>The rating's 95 % interval.</summary>
    public Interval EloInterval(int player)
    {
        double half = Interval.Z95 * s_eloPerUnit * StandardError(player);
        return new Interval(Elo(player) - half, Elo(player) + half);
    }

    /// <summary>(n,n) wins with half the ties.</summary>
    private static double[,] Scores(double[,] wins, double[,] ties)
    {
        int n = wins.GetLength(0);
        if (n == 0 || wins.GetLength(1) != n || ties.GetLength(0) != n || ties.GetLength(1) != n)
        {
            throw new ArgumentException($"The tables of wins and ties have {n} x {wins.GetLength(1)} and {ties.GetLength(0)} x {ties.GetLength(1)} entries; both must be n x n.");
        }
        double[,] scores = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                if (!(wins[i, j] >= 0 && ties[i, j] >= 0 && ties[i, j] == ties[j, i]))
                {
                    throw new ArgumentException($"Players {i} and {j} have {wins[i, j]} wins, {ties[i, j]} ties and the other way round {ties[j, i]}; counts must be 0 or more and ties the same both ways.");
                }
                scores[i, j] = i == j ? 0 : wins[i, j] + (ties[i, j] / 2);
            }
        }
        return scores;
    }

    /// <summary>There is a finite estimate when from every player a chain of wins leads to every other.</summary>
    private static void RequireConnected(double[,] scores)
    {
        int n = scores.GetLength(0);
        foreach (bool forward in new[] { true, false })
        {
            var reached = new HashSet<int> { 0 };
            var open = new Stack<int>([0]);
            while (open.TryPop(out int i))
            {
                foreach (int j in Enumerable.Range(0, n).Where(j => (forward ? scores[i, j] : scores[j, i]) > 0 && reached.Add(j)))
                {
                    open.Push(j);
                }
            }
            if (reached.Count < n)
            {
                throw new ArgumentException(
                    $"The players {string.Join(", ", reached.Order())} have never {(forward ? "beaten" : "lost to")} any of the others, so no finite strengths fit. Let them play more, or compare them apart.");
            }
        }
    }

    private static double Likelihood(double[,] scores, double[] strength)
    {
        double sum = 0;
        for (int i = 0; i < strength.Length; i++)
        {
            for (int j = 0; j < strength.Length; j++)
            {
                sum += scores[i, j] == 0 ? 0 : scores[i, j] * Logistic.LogSigmoid(strength[i] - strength[j]);
            }
        }
        return sum;
    }

    /// <summary>Covariance times the games won beyond what the strengths let expect.</summary>
    private static double[] NewtonStep(double[,] scores, double[] strength)
    {
        int n = strength.Length;
        double[] up = new double[n], step = new double[n];
        double[,] covariance = Covariance(scores, strength);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                up[i] += (scores[i, j] * Logistic.Sigmoid(strength[j] - strength[i])) - (scores[j, i] * Logistic.Sigmoid(strength[i] - strength[j]));
            }
        }
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                step[i] += covariance[i, j] * up[j];
            }
        }
        return step;
    }

    private static double[] Moved(double[] strength, double[] step, double share) => [.. strength.Zip(step, (s, move) => s + (share * move))];

    /// <summary>Pseudo-inverse of the Fisher information, whose null direction is "all stronger": (I + 11ᵀ/n)⁻¹ − 11ᵀ/n.</summary>
    private static double[,] Covariance(double[,] scores, double[] strength)
    {
        int n = strength.Length;
        double[,] information = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double part = (scores[i, j] + scores[j, i]) * Logistic.Sigmoid(strength[i] - strength[j]) * Logistic.Sigmoid(strength[j] - strength[i]);
                information[i, j] += (1.0 / n) - part;
                information[i, i] += part;
            }
        }
        double[,] inverse = Inverse(information);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                inverse[i, j] -= 1.0 / n;
            }
        }
        return inverse;
    }

    /// <summary>Gauss and Jordan's; a positive definite matrix needs no pivoting.</summary>
    private static double[,] Inverse(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        double[,] a = (double[,])matrix.Clone(), inverse = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            inverse[i, i] = 1;
        }
        for (int column = 0; column < n; column++)
        {
            double pivot = a[column, column];
            for (int k = 0; k < n; k++)
            {
                a[column, k] /= pivot;
                inverse[column, k] /= pivot;
            }
            for (int row = 0; row < n; row++)
            {
                double factor = row == column ? 0 : a[row, column];
                for (int k = 0; k < n; k++)
                {
                    a[row, k] -= factor * a[column, k];
                    inverse[row, k] -= factor * inverse[column, k];
                }
            }
        }
        return inverse;
    }
}
