using MicroChat.Kernels;
using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Objectives;

public sealed class TokenObjectiveTests
{
    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "cross_entropy", MemberType = typeof(ObjectiveCase))]
    public void Next_token_loss_equals_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        AssertGradient(c);
        if (c.Has("label_smoothing") || c.Has("z_loss"))
        {
            return; // no function of the target's log-probability alone
        }
        bool[] mask = Array.ConvertAll(c.Ints("targets"), target => target >= 0);
        double[] logProb = c.Wanted("logp"), d = new double[logProb.Length];
        long count = (long)c.Option("num_items", mask.Count(m => m));
        for (int t = 0; t < mask.Length; t++)
        {
            logProb[t] = mask[t] ? logProb[t] : double.NaN;
        }
        c.AssertEqual("loss", MaskedLikelihood.Evaluate(logProb, mask, count, d));
        c.AssertEqual("dlogp", d);
    }

    /// <summary>The kernel that takes log-probabilities and their slopes to the logits, with label smoothing and z-loss where the case has them.</summary>
    private static void AssertGradient(ObjectiveCase c)
    {
        int[] targets = Array.ConvertAll(c.Ints("targets"), target => Math.Max(-1, target));
        int T = targets.Length, V = c.Input("logits").Length / T;
        float temperature = (float)c.Option("temperature", 1);
        float[] z = [.. c.Input("logits").Select(x => (float)(x / temperature))], logProb = new float[T], log = new float[T], dLogProb = new float[T];
        double count = c.Option("num_items", Math.Max(1, targets.Count(target => target >= 0)));
        Array.Fill(dLogProb, (float)(-1 / (count * temperature)));
        using var crew = new Crew(1);
        CrossEntropy.LogProb(crew, z, targets, V, logProb, log, []);
        double largest = z.Where(float.IsFinite).Max(x => Math.Abs(x));
        Close.All(c.Wanted("logp").Select((x, t) => targets[t] >= 0 ? x : 0).ToArray(), Array.ConvertAll(logProb, x => (double)x), 2e-6 * Math.Max(1, largest), "logp");
        CrossEntropy.PenalisedBackward(crew, z, targets, V, log, dLogProb, (float)c.Option("label_smoothing", 0), (float)c.Option("z_loss", 0));
        Close.All(c.Wanted("dlogits"), Array.ConvertAll(z, x => (double)x), 2e-6, "dlogits");
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "logit_chain", MemberType = typeof(ObjectiveCase))]
    public void Slopes_go_on_to_the_logits_as_in_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        double temperature = c.Option("temperature", 1), bonus = c.Option("entropy_coef", 0);
        int[] actions = c.Ints("actions");
        int T = actions.Length, V = c.Input("logits").Length / T;
        float[] z = [.. c.Input("logits").Select(x => (float)(x / temperature))], logProb = new float[T], log = new float[T], entropy = new float[T];
        using var crew = new Crew(1);
        CrossEntropy.LogProb(crew, z, actions, V, logProb, log, entropy);
        float[] upstream = [.. c.Input("upstream").Select(x => (float)x)], dEntropy = [.. c.Input("weight").Select(x => (float)(-bonus * x))];
        CrossEntropy.Backward(crew, z, actions, V, log, entropy, upstream, dEntropy, (float)(1 / temperature));
        Close.All(c.Wanted("logp"), Array.ConvertAll(logProb, x => (double)x), 2e-6, "logp");
        Close.All(c.Wanted("entropy"), Array.ConvertAll(entropy, x => (double)x), 2e-6, "entropy");
        Close.All(c.Wanted("dlogits"), Array.ConvertAll(z, x => (double)x), 2e-6, "dlogits");
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "kl_estimators", MemberType = typeof(ObjectiveCase))]
    public void Divergence_estimates_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        if (!c.Has("estimator"))
        {
            AssertExpectations(c);
            return;
        }
        KlEstimator estimator = Enum.Parse<KlEstimator>(c.OptionText("estimator")!, ignoreCase: true);
        double[] logProb = c.Input("logp"), reference = c.Input("logp_ref"), d = new double[logProb.Length];
        bool[] mask = c.Flags("mask");
        double[] each = [.. logProb.Select((x, t) => mask[t] ? KlEstimate.Of(x, reference[t], estimator) : 0)];
        c.AssertEqual("loss", KlEstimate.Evaluate(logProb, reference, mask, estimator, mask.Count(m => m), d));
        c.AssertEqual("dlogp", d);
        c.AssertEqual("per_token", each);
        c.AssertEqual("mean_per_sequence", each.Sum() / (c.RowStarts("mask").Length - 1));
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "kl_controller", MemberType = typeof(ObjectiveCase))]
    public void Controlled_coefficient_equals_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        var options = new KlCoefficientOptions { Initial = c.Option("initial", 0), Target = c.OptionOrNull("target"), HorizonReplies = c.Option("horizon", 10_000) };
        double beta = options.Initial;
        c.AssertEqual("beta_after", [.. c.Input("kl").Select(kl => beta = KlCoefficient.Next(beta, kl, (long)c.Option("batch", 0), options))]);
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "whiten", MemberType = typeof(ObjectiveCase))]
    public void Whitening_equals_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        bool[] mask = c.Flags("mask");
        foreach ((string bias, bool unbiased) in new[] { ("biased", false), ("unbiased", true) })
        {
            foreach ((string shift, bool keepMean) in new[] { ("shift", false), ("keep_mean", true) })
            {
                double[] x = c.Input("x");
                Whitening.Apply(x, mask, unbiased, keepMean);
                if (c.Expected.TryGetProperty($"whitened_{bias}_{shift}", out _))
                {
                    c.AssertEqual($"whitened_{bias}_{shift}", x);
                }
                Assert.All(x, value => Assert.True(double.IsFinite(value)));
            }
        }
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "gae", MemberType = typeof(ObjectiveCase))]
    public void Advantages_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        double[] rewards = c.Input("rewards"), advantages = new double[rewards.Length], returns = new double[rewards.Length];
        AdvantageEstimation.Evaluate(rewards, c.Input("values"), c.Flags("mask"), c.RowStarts("mask"), c.Input("bootstrap"), c.Flags("terminal"),
            c.Option("gamma", 1), c.Option("lambda", 1), advantages, returns);
        c.AssertEqual("advantages", advantages);
        c.AssertEqual("returns", returns);
    }

    [Fact]
    public void Slopes_of_token_losses_equal_differences()
    {
        var random = new Random(1);
        double[] x = Close.Draw(random, 12), reference = Close.Draw(random, 12), d = new double[12], unused = new double[12];
        bool[] mask = Close.DrawMask(random, 12, 0.6);
        MaskedLikelihood.Evaluate(x, mask, 15, d);
        Close.Slope(x, d, () => MaskedLikelihood.Evaluate(x, mask, 15, unused));
        foreach (KlEstimator estimator in Enum.GetValues<KlEstimator>())
        {
            KlEstimate.Evaluate(x, reference, mask, estimator, 15, d);
            Close.Slope(x, d, () => KlEstimate.Evaluate(x, reference, mask, estimator, 15, unused));
        }
    }

    [Fact]
    public void Nothing_counted_gives_loss_0_and_slope_0()
    {
        double[] d = [7, 7];
        Assert.Equal(0, MaskedLikelihood.Evaluate([double.NaN, double.NegativeInfinity], [false, false], 0, d));
        Assert.Equal([0, 0], d);
        Assert.Equal(0, KlEstimate.Evaluate([double.NaN, 1], [1, double.NaN], [false, false], KlEstimator.K3, 0, d));
        Assert.Equal([0, 0], d);
    }

    [Fact]
    public void Micro_batches_add_up_to_the_update_whatever_their_lengths()
    {
        double[] x = Close.Draw(new Random(2), 9), whole = new double[9], first = new double[2], second = new double[7];
        bool[] mask = [true, false, true, true, true, false, true, true, true];
        double all = MaskedLikelihood.Evaluate(x, mask, 7, whole);
        double parts = MaskedLikelihood.Evaluate(x.AsSpan(0, 2), mask.AsSpan(0, 2), 7, first) + MaskedLikelihood.Evaluate(x.AsSpan(2), mask.AsSpan(2), 7, second);
        Assert.Equal(all, parts, 1e-15);
        Close.All(whole, [.. first, .. second], 0, "slope");
    }

    [Fact]
    public void A_count_of_the_micro_batch_alone_is_refused() => Assert.Contains("over the whole update",
        Assert.Throws<ArgumentException>(() => MaskedLikelihood.Evaluate([1, 2], [true, true], 1, new double[2])).Message);

    [Fact]
    public void An_impossible_target_gives_an_infinite_loss_and_a_finite_slope()
    {
        double[] d = new double[2];
        Assert.Equal(double.PositiveInfinity, MaskedLikelihood.Evaluate([double.NegativeInfinity, -1], [true, true], 2, d));
        Assert.Equal([-0.5, -0.5], d);
    }

    [Fact]
    public void Hand_made_advantages_are_found()
    {
        double[] a = new double[3], r = new double[3];
        foreach ((double lambda, double[] wanted) in new[] { (.95, new[] { .82675, .765, .7 }), (1, [.9, .8, .7]), (0, [.1, .1, .7]) })
        {
            AdvantageEstimation.Evaluate([0, 0, 1], [.1, .2, .3], [true, true, true], [0, 3], [], [], 1, lambda, a, r);
            Close.All(wanted, a, 1e-15, "advantage");
        }
    }

    [Fact]
    public void Rows_do_not_leak_into_each_other_and_padding_changes_nothing()
    {
        double[] rewards = [1, 2, 3, 4, 5], values = [.5, .4, .3, .2, .1], a = new double[5], r = new double[5], padded = new double[9], unused = new double[9];
        bool[] mask = [true, true, true, true, true];
        AdvantageEstimation.Evaluate(rewards, values, mask, [0, 2, 5], [], [], 0.9, 0.8, a, r);
        double nan = double.NaN;
        AdvantageEstimation.Evaluate([nan, 1, 2, nan, nan, 3, 4, 5, nan], [nan, .5, .4, nan, nan, .3, .2, .1, nan],
            [false, true, true, false, false, true, true, true, false], [0, 4, 9], [], [], 0.9, 0.8, padded, unused);
        Assert.Equal([0, a[0], a[1], 0, 0, a[2], a[3], a[4], 0], padded);
    }

    [Theory]
    [InlineData(3, .148464)]
    [InlineData(6, .15)]
    [InlineData(7.2, .151536)]
    [InlineData(1000, .151536)]
    [InlineData(double.NaN, .15)]
    public void The_controller_moves_towards_its_target(double kl, double wanted) =>
        Assert.Equal(wanted, KlCoefficient.Next(.15, kl, 512, new KlCoefficientOptions { Target = 6 }), 1e-12);

    [Fact]
    public void A_third_estimate_of_an_impossible_token_is_finite()
    {
        double k3 = KlEstimate.Of(-5000, 0, KlEstimator.K3);
        Assert.True(double.IsFinite(k3) && k3 > 1e300);
        Assert.Equal(5e-19, KlEstimate.Of(1e-9, 0, KlEstimator.K3), 1e-27);
    }

    /// <summary>k1 and k3 are unbiased; k2, and k3 with the ratio turned round, are not.</summary>
    private static void AssertExpectations(ObjectiveCase c)
    {
        double[] p = c.Input("p"), q = c.Input("q");
        double Expect(Func<double, double, double> estimate) => p.Select((pi, i) => pi * estimate(Math.Log(pi), Math.Log(q[i]))).Sum();
        c.AssertEqual("expected_k1", Expect((a, b) => KlEstimate.Of(a, b, KlEstimator.K1)));
        c.AssertEqual("expected_k2", Expect((a, b) => KlEstimate.Of(a, b, KlEstimator.K2)));
        c.AssertEqual("expected_k3", Expect((a, b) => KlEstimate.Of(a, b, KlEstimator.K3)));
        c.AssertEqual("kl_p_q", Expect((a, b) => KlEstimate.Of(a, b, KlEstimator.K3)));
        c.AssertEqual("wrong_k3_with_inverted_ratio", Expect((a, b) => KlEstimate.Of(b, a, KlEstimator.K3)));
    }
}
