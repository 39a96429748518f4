namespace MicroChat.Training.Evaluation;

/// <summary>A range that holds a value in 95 of 100 repetitions.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The normal distribution's two-sided 95 % point.</summary>
    internal const double Z95 = 1.959963984540054;

    /// <summary>Whether a value lies in it.</summary>
    public bool Contains(double value) => value >= Low && value <= High;
}

/// <summary>A share of right answers, wins, or ends, with how sure it is.</summary>
/// <param name="Successes">How many; a tie counts a half.</param>
/// <param name="Count">Out of how many.</param>
public readonly record struct Proportion(double Successes, long Count)
{
    /// <summary>The share; NaN of nothing.</summary>
    public double Share => Count == 0 ? double.NaN : Successes / Count;

    /// <summary>√(p (1 − p) / n); NaN of nothing.</summary>
    public double StandardError => Math.Sqrt(Share * (1 - Share) / Count);

    /// <summary>p ± 1.96 standard errors; too narrow near 0 and 1, where <see cref="Wilson"/> holds.</summary>
    public Interval Normal => new(Share - (Interval.Z95 * StandardError), Share + (Interval.Z95 * StandardError));

    /// <summary>The score interval: never empty, never outside 0 to 1; all of 0 to 1 when there is nothing. Source: Wilson 1927.</summary>
    public Interval Wilson
    {
        get
        {
            if (Count == 0)
            {
                return new Interval(0, 1);
            }
            double z2 = Interval.Z95 * Interval.Z95, n = Count, p = Share, middle = p + (z2 / (2 * n));
            double half = Interval.Z95 * Math.Sqrt((p * (1 - p) / n) + (z2 / (4 * n * n))), scale = 1 + (z2 / n);
            return new Interval(Math.Max(0, (middle - half) / scale), Math.Min(1, (middle + half) / scale));
        }
    }

    /// <summary>As "0.596 ± 0.065 (57)".</summary>
    public override string ToString() => $"{Share:0.000} ± {StandardError:0.000} ({Count})";
}
