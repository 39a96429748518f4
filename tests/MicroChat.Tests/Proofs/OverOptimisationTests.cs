using MicroChat.Proofs.OverOptimisation;
using MicroChat.Training.Evaluation;

namespace MicroChat.Tests.Proofs;

/// <summary>What optimising against a reward model does to the truth, exactly, on a language that can be enumerated.</summary>
public sealed class OverOptimisationTests
{
    private static readonly OverOptimisationCurve[] s_curves = [.. Enumerable.Range(1, 5).SelectMany(seed => OverOptimisationCurve.Draw(seed, [20, 1_000, 4_000], CountedLanguage.Decision))];

    [Fact]
    public void The_proxy_rises_with_every_step_of_optimisation_to_about_four_deviations()
    {
        foreach (OverOptimisationCurve curve in s_curves)
        {
            Assert.All(curve.Tilted.Zip(curve.Tilted.Skip(1)), pair => Assert.True(pair.Second.Proxy > pair.First.Proxy && pair.Second.Distance > pair.First.Distance));
            Assert.All(curve.BestOf.Zip(curve.BestOf.Skip(1)), pair => Assert.True(pair.Second.Proxy > pair.First.Proxy && pair.Second.Distance > pair.First.Distance));
        }
        Assert.InRange(Median.Of(s_curves, curve => curve.Tilted[^1].Proxy), 3.4, 4.4);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(1_000)]
    public void Gold_peaks_on_the_way_and_falls(int labels)
    {
        OverOptimisationCurve[] curves = [.. s_curves.Where(curve => curve.Labels == labels)];
        Assert.InRange(Median.Of(curves, curve => OverOptimisationCurve.Peak(curve.Tilted).Distance), 1.3, 2.5);
        Assert.True(Median.Of(curves, curve => OverOptimisationCurve.Peak(curve.Tilted).Gold - curve.Tilted[^1].Gold) > 0.4);
    }

    [Fact]
    public void More_labels_raise_the_peak_until_they_no_longer_do()
    {
        double[] peaks = [.. new[] { 20, 1_000, 4_000 }.Select(labels => Median.Of(s_curves.Where(curve => curve.Labels == labels), curve => OverOptimisationCurve.Peak(curve.Tilted).Gold))];
        Assert.True(peaks[1] > peaks[0] + 0.2, $"{peaks[0]} → {peaks[1]}");
        Assert.Equal(peaks[1], peaks[2], 0.2);
    }

    [Fact]
    public void The_published_laws_describe_gold_by_distance()
    {
        OverOptimisationCurve[] curves = [.. s_curves.Where(curve => curve.Labels == 1_000)];
        Assert.True(Median.Of(curves, curve => GaoFit.BestOfN(curve.BestOf).Explained) > 0.95);
        Assert.True(Median.Of(curves, curve => GaoFit.Reinforcement(curve.Tilted).Explained) > 0.75);
    }

    [Fact]
    public void A_reward_model_that_is_optimised_a_little_is_followed_at_the_slope_of_its_correlation_with_gold()
    {
        var language = new CountedLanguage(new Random(1));
        double[] proxy = CountReward.Fit(language, 1_000, CountedLanguage.Decision, new Random(2)).Score;
        double correlation = proxy.Zip(language.Share, (x, p) => x * p).Zip(language.Gold, (x, gold) => x * gold).Sum();
        OptimisedPoint point = Optimised.Tilted(language, proxy, 1e-3);
        Assert.Equal(correlation * 1e-3, point.Gold, 1e-5);
        Assert.Equal(1e-3, point.Proxy, 1e-5);
        Assert.Equal(1e-3 / Math.Sqrt(2), point.Distance, 1e-5);
    }

    [Fact]
    public void The_best_of_n_is_as_far_away_as_theory_says_where_no_two_are_equal()
    {
        var language = new CountedLanguage(new Random(1));
        double[] proxy = CountReward.Fit(language, 1_000, CountedLanguage.Decision, new Random(2)).Score;
        foreach (int n in new[] { 2, 4, 16 })
        {
            double kl = Math.Pow(Optimised.BestOf(language, proxy, n).Distance, 2);
            Assert.InRange(kl, BestOfN.Divergence(n) - 0.02, BestOfN.Divergence(n) + 1e-9);
        }
    }
}
