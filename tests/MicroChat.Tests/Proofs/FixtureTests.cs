using MicroChat.Model.Sampling;
using MicroChat.Tests.Objectives;
using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Proofs;

/// <summary>Figures that others have published, or that follow by hand, of everything that stands between scores and slopes.</summary>
public sealed class FixtureTests
{
    [Theory]
    [InlineData(new[] { 0.0, 0, 1 }, new[] { .1, .2, .3 }, .95, new[] { .82675, .765, .7 }, new[] { .92675, .965, 1 })]
    [InlineData(new[] { 0.0, 0, 1 }, new[] { .1, .2, .3 }, 1, new[] { .9, .8, .7 }, new[] { 1.0, 1, 1 })]
    [InlineData(new[] { 0.0, 0, 1 }, new[] { .1, .2, .3 }, 0, new[] { .1, .1, .7 }, new[] { .2, .3, 1 })]
    [InlineData(new[] { -.05, .02, 1.5 }, new[] { .5, -.25, .75 }, .95, new[] { .845875, 1.7325, .75 }, new[] { 1.345875, 1.4825, 1.5 })]
    public void Advantages_and_returns_of_hand_made_rows_are_found(double[] rewards, double[] values, double lambda, double[] advantages, double[] returns)
    {
        double[] a = new double[3], r = new double[3];
        AdvantageEstimation.Evaluate(rewards, values, [true, true, true], [0, 3], [], [], 1, lambda, a, r);
        Close.All(advantages, a, 1e-12, "advantage");
        Close.All(returns, r, 1e-12, "return");
    }

    /// <summary>A_t = Σ_l (γλ)^l δ_{t+l}, written out.</summary>
    [Fact]
    public void The_recursion_of_advantages_equals_the_sum()
    {
        const int B = 20, T = 40;
        const double Gamma = 0.99, Lambda = 0.9;
        var random = new Random(1);
        double[] rewards = Close.Draw(random, B * T), values = Close.Draw(random, B * T), a = new double[B * T], r = new double[B * T];
        AdvantageEstimation.Evaluate(
            rewards, values, [.. rewards.Select(_ => true)], [.. Enumerable.Range(0, B + 1).Select(b => b * T)], [], [], Gamma, Lambda, a, r);
        for (int t = 0; t < B * T; t++)
        {
            double sum = 0;
            for (int l = t, end = ((t / T) + 1) * T; l < end; l++)
            {
                double next = l + 1 < end ? values[l + 1] : 0;
                sum += Math.Pow(Gamma * Lambda, l - t) * (rewards[l] + (Gamma * next) - values[l]);
            }
            Assert.Equal(sum, a[t], 1e-12);
            Assert.Equal(sum + values[t], r[t], 1e-12);
        }
    }

    [Fact]
    public void Masked_statistics_are_the_published_ones()
    {
        bool[] mask = [false, true, true, false];
        Assert.Equal((2.5, 0.5), Whitening.Moments([1, 2, 3, 4], mask, unbiased: true));
        double[] x = [1, 2, 3, 4];
        Whitening.Apply(x, mask, unbiased: true, keepMean: false);
        Close.All([0, -0.70710678, 0.70710678, 0], x, 1e-7, "whitened");

        double[] rewards = [1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0];
        bool[] all = Array.ConvertAll(rewards, _ => true);
        double[] biased = [.. rewards], unbiased = [.. rewards];
        Whitening.Apply(biased, all, unbiased: false, keepMean: true);
        Close.All([.0508, .4381, .8254, 1.2127, 1.6, 1.9873, 2.3746, 2.7619, 3.1492], biased, 5e-5, "biased");
        Whitening.Apply(unbiased, all, unbiased: true, keepMean: true);
        Close.All([.1394, .5046, .8697], unbiased.AsSpan(0, 3), 5e-5, "unbiased");
    }

    /// <summary>Bias and standard deviation over the true divergence of N(0,1) from N(μ,1), by 4 million draws. Source: Schulman 2020.</summary>
    [Theory]
    [InlineData(0.1, new[] { 0, 0.0025, 0 }, new[] { 20, 1.42, 1.42 })]
    [InlineData(1.0, new[] { 0, 0.25, 0 }, new[] { 2, 1.73, 1.7 })]
    public void Divergence_estimators_have_the_published_bias_and_spread(double mean, double[] bias, double[] spread)
    {
        const int Draws = 4_000_000;
        double divergence = mean * mean / 2;
        double[] x = Close.Draw(new Random(1), Draws);
        foreach (KlEstimator estimator in Enum.GetValues<KlEstimator>())
        {
            double sum = 0, squares = 0;
            foreach (double draw in x)
            {
                double k = KlEstimate.Of(-draw * draw / 2, -(draw - mean) * (draw - mean) / 2, estimator) / divergence;
                sum += k;
                squares += k * k;
            }
            double average = sum / Draws, deviation = Math.Sqrt((squares / Draws) - (average * average));
            Assert.Equal(bias[(int)estimator], average - 1, 5 * deviation / Math.Sqrt(Draws));
            Assert.Equal(spread[(int)estimator], deviation, 0.01 * spread[(int)estimator]);
        }
    }

    [Fact]
    public void Over_a_whole_distribution_k1_and_k3_are_the_divergence()
    {
        const int V = 50;
        double[] LogSoftmax(double[] z) => [.. z.Select(a => a - Math.Log(z.Sum(Math.Exp)))];
        double[] p = LogSoftmax(Close.Draw(new Random(2), V)), q = LogSoftmax(Close.Draw(new Random(3), V));
        double Expect(Func<double, double, double> estimate) => p.Select((l, v) => Math.Exp(l) * estimate(l, q[v])).Sum();
        double divergence = p.Select((l, v) => Math.Exp(l) * (l - q[v])).Sum();
        Assert.Equal(divergence, Expect((l, r) => KlEstimate.Of(l, r, KlEstimator.K1)), 1e-12);
        Assert.Equal(divergence, Expect((l, r) => KlEstimate.Of(l, r, KlEstimator.K3)), 1e-12);
        Assert.True(Math.Abs(Expect((l, r) => KlEstimate.Of(r, l, KlEstimator.K3)) / divergence - 1) > 0.1, "k3 with its ratio turned round looks right");
    }

    /// <summary>The fixture of the first implementation; top-p by the usual rule, the smallest set whose mass reaches p.</summary>
    [Theory]
    [InlineData(1, 1, new[] { 6 }, .3978)]
    [InlineData(2, 1, new[] { 1, 6 }, .5456)]
    [InlineData(3, 1, new[] { 1, 2, 6 }, .6921)]
    [InlineData(4, 1, new[] { 0, 1, 2, 6 }, .8384)]
    [InlineData(5, 1, new[] { 0, 1, 2, 3, 4, 5, 6 }, 1)]
    [InlineData(0, .7, new[] { 0, 1, 2, 6 }, .8384)]
    [InlineData(0, .6, new[] { 1, 2, 6 }, .6921)]
    [InlineData(0, .5, new[] { 1, 6 }, .5456)]
    [InlineData(0, 1, new[] { 0, 1, 2, 3, 4, 5, 6 }, 1)]
    public void Top_k_and_top_p_keep_the_published_tokens(int k, double p, int[] kept, double mass)
    {
        float[] logits = [1, 1.01f, 1.001f, 0, 0, 0, 2];
        (int[] ids, double[] probabilities) = new Sampler(new SamplingOptions { Temperature = 1, TopK = k, TopP = p }, 7).Distribution(logits, [], []);
        Assert.Equal(kept, ids);
        double[] whole = [.. logits.Select(z => Math.Exp(z) / logits.Sum(other => Math.Exp(other)))];
        Assert.Equal(mass, kept.Sum(id => whole[id]), 1e-4);
        Close.All([.. kept.Select(id => whole[id] / kept.Sum(other => whole[other]))], probabilities, 1e-6, "probability");
    }
}
