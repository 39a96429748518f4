namespace MicroChat.Discord.Simulator.Town;

/// <summary>Draws that <see cref="Random"/> does not have.</summary>
internal static class TownRandom
{
    /// <summary>A draw from the normal distribution with mean 0 and variance 1 (Box and Muller 1958).</summary>
    public static double NextGaussian(this Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>A draw from the Poisson distribution (Knuth's product of uniforms).</summary>
    public static int NextPoisson(this Random random, double mean)
    {
        double product = random.NextDouble(), end = Math.Exp(-mean);
        int count = 0;
        while (product > end)
        {
            product *= random.NextDouble();
            count++;
        }
        return count;
    }
}
