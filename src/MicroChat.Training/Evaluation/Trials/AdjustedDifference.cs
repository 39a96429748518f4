namespace MicroChat.Training.Evaluation.Trials;

/// <summary>A vote on a reply of one of two generations.</summary>
/// <param name="Rater">Who voted.</param>
/// <param name="Canary">Whether the generation on trial replied; else the live one.</param>
/// <param name="ReplyCharacters">Length of the reply.</param>
/// <param name="Up">👍, else 👎.</param>
public readonly record struct TrialVote(string Rater, bool Canary, int ReplyCharacters, bool Up);

/// <summary>By how much the up-rate of one generation lies above the other's.</summary>
/// <param name="Difference">Canary less live, at equal severity of the raters and equal length of the replies. Unit: shares.</param>
/// <param name="Variance">Of the difference.</param>
/// <param name="Severity">Share of the votes' variance that is the raters' own: 0 means that all are equally severe.</param>
/// <param name="LengthEffect">Up-rate that e times the length brings. Unit: shares.</param>
public sealed record AdjustedEstimate(double Difference, double Variance, double Severity, double LengthEffect);

/// <summary>
/// The difference of two generations' up-rates, adjusted for how severe each rater is and how long the replies are: a linear model of the votes
/// <c>y = β₀ + β₁ canary + β₂ ln length + u(rater) + ε</c> with normal <c>u</c>, by generalised least squares. A rater's votes on both
/// generations are compared with each other; those of raters who saw only one count less, the more votes they gave.
/// </summary>
/// <remarks>
/// The estimates over time have independent increments, as <see cref="ConfidenceSequence"/> needs: Jennison and Turnbull 1997, "Group-sequential
/// analysis incorporating covariate information". The variance components come from the spread within raters: Henderson 1953.
/// </remarks>
public sealed class AdjustedDifference
{
    private const int One = 0, Canary = 1, Length = 2, Effects = 3, Up = 3, Sums = 4;

    /// <summary>A usual length, around which lengths are centred. Unit: characters.</summary>
    private const double UsualCharacters = 200;

    /// <summary>Severity that is assumed before there are votes, and how many votes that counts.</summary>
    private const double PriorSeverity = 0.1, PriorVotes = 20;

    /// <summary>What is thought possible of <see cref="AdjustedEstimate.LengthEffect"/>: its prior standard deviation.</summary>
    private const double PriorLengthEffect = 0.2;

    private const double MostSeverity = 0.9;

    private readonly Dictionary<string, double[,]> _raters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _canaryRaters = new(StringComparer.Ordinal);
    private readonly double[,] _all = new double[Sums, Sums];

    /// <summary>Votes on the generation on trial.</summary>
    public long CanaryVotes => (long)_all[One, Canary];

    /// <summary>Votes on the live one.</summary>
    public long LiveVotes => (long)(_all[One, One] - _all[One, Canary]);

    /// <summary>People who voted on the generation on trial.</summary>
    public int CanaryRaters => _canaryRaters.Count;

    /// <summary>The plain counts of the generation on trial.</summary>
    public Proportion CanaryRate => new(_all[Canary, Up], CanaryVotes);

    /// <summary>The plain counts of the live one.</summary>
    public Proportion LiveRate => new(_all[One, Up] - _all[Canary, Up], LiveVotes);

    /// <summary>Takes a vote in.</summary>
    public void Add(TrialVote vote)
    {
        if (!_raters.TryGetValue(vote.Rater, out double[,]? sums))
        {
            _raters.Add(vote.Rater, sums = new double[Sums, Sums]);
        }
        if (vote.Canary)
        {
            _canaryRaters[vote.Rater] = true;
        }
        ReadOnlySpan<double> row = [1, vote.Canary ? 1 : 0, Math.Log(Math.Max(1, vote.ReplyCharacters) / UsualCharacters), vote.Up ? 1 : 0];
        for (int i = 0; i < Sums; i++)
        {
            for (int j = 0; j < Sums; j++)
            {
                sums[i, j] += row[i] * row[j];
                _all[i, j] += row[i] * row[j];
            }
        }
    }

    /// <summary>The estimate so far; null: one of the generations has no votes yet.</summary>
    public AdjustedEstimate? Estimate()
    {
        if (CanaryVotes == 0 || LiveVotes == 0)
        {
            return null;
        }
        (double severity, double variance) = (PriorSeverity, BinaryVariance());
        double[] effects = [];
        double[,] covariance = new double[Effects, Effects];
        for (int round = 0; round < 2; round++)
        {
            (effects, covariance) = Solve(severity, variance);
            (severity, variance) = Components(effects);
        }
        (effects, covariance) = Solve(severity, variance);
        return new AdjustedEstimate(effects[Canary], covariance[Canary, Canary], severity, effects[Length]);
    }

    /// <summary>p (1 − p) of all votes: less than that the votes do not vary.</summary>
    private double BinaryVariance()
    {
        double p = (_all[One, Up] + 1) / (_all[One, One] + 2);
        return p * (1 - p);
    }

    /// <summary>The effects and their covariance, given how the votes vary.</summary>
    private (double[] Effects, double[,] Covariance) Solve(double severity, double variance)
    {
        double[,] information = new double[Effects, Effects];
        double[] right = new double[Effects];
        information[Length, Length] = 1 / (PriorLengthEffect * PriorLengthEffect);
        double scale = 1 / ((1 - severity) * variance);
        foreach (double[,] sums in _raters.Values)
        {
            double shared = severity / (1 - severity + (sums[One, One] * severity));
            for (int i = 0; i < Effects; i++)
            {
                for (int j = 0; j < Effects; j++)
                {
                    information[i, j] += scale * (sums[i, j] - (shared * sums[One, i] * sums[One, j]));
                }
                right[i] += scale * (sums[i, Up] - (shared * sums[One, i] * sums[One, Up]));
            }
        }
        double[,] covariance = Inverse(information);
        double[] effects = new double[Effects];
        for (int i = 0; i < Effects; i++)
        {
            for (int j = 0; j < Effects; j++)
            {
                effects[i] += covariance[i, j] * right[j];
            }
        }
        return (effects, covariance);
    }

    /// <summary>How much the residuals vary, and which share of that lies between the raters.</summary>
    private (double Severity, double Variance) Components(double[] effects)
    {
        double squares = Squares(_all, effects), within = squares, votes = _all[One, One];
        foreach (double[,] sums in _raters.Values)
        {
            double residual = sums[One, Up];
            for (int i = 0; i < Effects; i++)
            {
                residual -= effects[i] * sums[One, i];
            }
            within -= residual * residual / sums[One, One];
        }
        double variance = Math.Max(squares / votes, BinaryVariance()), freedom = votes - _raters.Count;
        double found = freedom > 0 ? Math.Clamp(1 - (within / freedom / variance), 0, MostSeverity) : 0;
        return (((freedom * found) + (PriorVotes * PriorSeverity)) / (freedom + PriorVotes), variance);
    }

    /// <summary>Sum of the squared residuals.</summary>
    private static double Squares(double[,] sums, double[] effects)
    {
        double squares = sums[Up, Up];
        for (int i = 0; i < Effects; i++)
        {
            squares -= 2 * effects[i] * sums[i, Up];
            for (int j = 0; j < Effects; j++)
            {
                squares += effects[i] * effects[j] * sums[i, j];
            }
        }
        return Math.Max(0, squares);
    }

    /// <summary>Of a positive definite 3 × 3 matrix, by its cofactors.</summary>
    private static double[,] Inverse(double[,] m)
    {
        double[,] inverse = new double[Effects, Effects];
        double determinant = 0;
        for (int i = 0; i < Effects; i++)
        {
            for (int j = 0; j < Effects; j++)
            {
                int r = (i + 1) % Effects, s = (i + 2) % Effects, c = (j + 1) % Effects, d = (j + 2) % Effects;
                inverse[j, i] = (m[r, c] * m[s, d]) - (m[r, d] * m[s, c]);
            }
            determinant += i == 0 ? (m[0, 0] * inverse[0, 0]) + (m[0, 1] * inverse[1, 0]) + (m[0, 2] * inverse[2, 0]) : 0;
        }
        for (int i = 0; i < Effects; i++)
        {
            for (int j = 0; j < Effects; j++)
            {
                inverse[i, j] /= determinant;
            }
        }
        return inverse;
    }
}
