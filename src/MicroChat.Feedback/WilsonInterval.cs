namespace MicroChat.Feedback;

/// <summary>A share and its 95 % score interval, which stays within 0 and 1 and is honest for few counts. Source: Wilson 1927, J. Am. Stat. Assoc. 22.</summary>
public sealed record WilsonInterval(double Share, double Lower, double Upper)
{
    private const double Z = 1.959963984540054;

    /// <param name="successes">0 … <paramref name="trials"/>.</param>
    /// <param name="trials">At least 1.</param>
    public static WilsonInterval Of(long successes, long trials)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trials);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        double n = trials, p = successes / n, z2 = Z * Z;
        double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
        double half = Z / (1 + z2 / n) * Math.Sqrt(p * (1 - p) / n + z2 / (4 * n * n));
        return new WilsonInterval(p, Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}
