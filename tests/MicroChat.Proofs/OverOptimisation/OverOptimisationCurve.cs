namespace MicroChat.Proofs.OverOptimisation;

/// <summary>How proxy and gold go when a reward model is optimised ever more: one seed, one number of labels, both ways of optimising.</summary>
/// <param name="Labels">Comparisons that the reward model was fitted to.</param>
/// <param name="Accuracy">Of the reward model on fresh comparisons.</param>
/// <param name="Tilted">By strength, rising.</param>
/// <param name="BestOf">By n, rising.</param>
internal sealed record OverOptimisationCurve(int Labels, double Accuracy, OptimisedPoint[] Tilted, OptimisedPoint[] BestOf)
{
    private const int Points = 40;
    private const double Weakest = 0.05, Strongest = 16;

    /// <summary>Strengths of the tilt, rising by the same factor.</summary>
    public static double[] Strengths { get; } = [.. Enumerable.Range(0, Points).Select(i => Weakest * Math.Pow(Strongest / Weakest, i / (Points - 1.0)))];

    /// <summary>n from 2 to 4,096, twice per doubling.</summary>
    public static int[] Tries { get; } = [.. Enumerable.Range(2, 23).Select(i => (int)Math.Round(Math.Pow(2, i / 2.0)))];

    /// <summary>The curves of one seed: the language is drawn once, and for each number of labels a reward model is fitted.</summary>
    public static OverOptimisationCurve[] Draw(int seed, IReadOnlyList<int> labels, double decision)
    {
        var random = new Random(seed);
        var language = new CountedLanguage(random);
        return [.. labels.Select(n => Of(language, n, decision, random))];
    }

    /// <summary>Where gold is highest.</summary>
    public static OptimisedPoint Peak(IReadOnlyList<OptimisedPoint> points) => points.MaxBy(point => point.Gold)!;

    private static OverOptimisationCurve Of(CountedLanguage language, int labels, double decision, Random random)
    {
        var reward = CountReward.Fit(language, labels, decision, random);
        return new OverOptimisationCurve(
            labels, reward.Accuracy,
            Array.ConvertAll(Strengths, strength => Optimised.Tilted(language, reward.Score, strength)),
            Array.ConvertAll(Tries, n => Optimised.BestOf(language, reward.Score, n)));
    }
}
