namespace MicroChat.Discord.Client;

/// <summary>Waits that double with every failure up to a limit, each drawn from its upper half so that clients do not come back together.</summary>
/// <param name="first">The wait after the first failure.</param>
/// <param name="longest">No wait is longer.</param>
/// <param name="chance">Draws them.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Chance chance)
{
    private const int MostDoublings = 20;

    private int _failures;

    public TimeSpan Next()
    {
        TimeSpan whole = first * Math.Pow(2, Math.Min(_failures++, MostDoublings));
        whole = whole < longest ? whole : longest;
        return chance.Between(whole / 2, whole);
    }

    public void Reset() => _failures = 0;
}
