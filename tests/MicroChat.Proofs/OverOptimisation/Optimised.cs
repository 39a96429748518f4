namespace MicroChat.Proofs.OverOptimisation;

/// <summary>A distribution that was optimised against a reward model.</summary>
/// <param name="Distance">d = √KL to the reference. Unit: √nats.</param>
/// <param name="Proxy">Mean score of the reward model. Unit: its standard deviations.</param>
/// <param name="Gold">Mean true worth. Unit: its standard deviations.</param>
internal sealed record OptimisedPoint(double Distance, double Proxy, double Gold);

/// <summary>The two ways of optimising, exactly: nothing is sampled.</summary>
internal static class Optimised
{
    /// <summary>The optimum of E[proxy] − KL / strength, that is p ∝ reference · e^(strength · proxy): what reinforcement learning with a cost of divergence converges to.</summary>
    public static OptimisedPoint Tilted(CountedLanguage language, double[] proxy, double strength)
    {
        double best = proxy.Max();
        double[] p = [.. language.Share.Zip(proxy, (share, score) => share * Math.Exp(strength * (score - best)))];
        double all = p.Sum();
        return Of(language, proxy, Array.ConvertAll(p, x => x / all));
    }

    /// <summary>The best of n samples by the proxy's word; of equal ones any.</summary>
    public static OptimisedPoint BestOf(CountedLanguage language, double[] proxy, int n)
    {
        double[] p = new double[proxy.Length];
        double below = 0;
        foreach (IGrouping<double, int> equal in Enumerable.Range(0, proxy.Length).GroupBy(c => proxy[c]).OrderBy(group => group.Key))
        {
            double share = equal.Sum(c => language.Share[c]), upTo = Math.Min(1, below + share);
            foreach (int c in equal)
            {
                p[c] = (Math.Pow(upTo, n) - Math.Pow(below, n)) * language.Share[c] / share;
            }
            below = upTo;
        }
        return Of(language, proxy, p);
    }

    private static OptimisedPoint Of(CountedLanguage language, double[] proxy, double[] p)
    {
        double kl = 0, mean = 0, gold = 0;
        for (int c = 0; c < p.Length; c++)
        {
            kl += p[c] > 0 ? p[c] * Math.Log(p[c] / language.Share[c]) : 0;
            mean += p[c] * proxy[c];
            gold += p[c] * language.Gold[c];
        }
        return new OptimisedPoint(Math.Sqrt(Math.Max(0, kl)), mean, gold);
    }
}
