using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Objectives;

public sealed class PpoObjectiveTests
{
    /// <summary>Options of a case; what it does not name is off.</summary>
    internal static PpoOptions Options(ObjectiveCase c)
    {
        double clip = c.Option("clip", 0.2);
        System.Text.Json.JsonElement missing = c.Has("missing_eos") ? c.Options.GetProperty("missing_eos") : default;
        return new PpoOptions
        {
            Kl = new KlCoefficientOptions { Initial = c.Option("beta", 0.05) },
            KlInReward = Enum.Parse<KlEstimator>(c.OptionText("kl") ?? "k1", ignoreCase: true),
            MissingEnd = c.Has("missing_eos") ? Enum.Parse<MissingEnd>(missing.GetProperty("mode").GetString()!, ignoreCase: true) : MissingEnd.Keep,
            MissingEndPenalty = c.Has("missing_eos") ? ObjectiveCase.Number(missing.GetProperty("value")) : 0,
            ScoreClip = c.OptionOrNull("score_clip"),
            WhitenRewards = c.Option("whiten_rewards", 0) != 0,
            UnbiasedVariance = c.Option("whiten_biased", 1) == 0,
            Gamma = c.Option("gamma", 1),
            Lambda = c.Option("lambda", 0.95),
            ClipLow = c.Option("clip_low", clip),
            ClipHigh = c.Option("clip_high", clip),
            DualClip = c.OptionOrNull("dual_clip"),
            LogRatioClamp = c.Option("log_ratio_clamp", 20),
            ValueClip = c.OptionOrNull("value_clip"),
            ValueCoefficient = c.Option("vf_coef", 1),
            EntropyCoefficient = c.Option("entropy_coef", 0),
            PretrainingCoefficient = c.Option("ptx_coef", 0),
        };
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "ppo_policy", MemberType = typeof(ObjectiveCase))]
    public void Policy_losses_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        bool[] mask = c.Flags("mask");
        double[] logProb = c.Input("logp"), d = new double[logProb.Length];
        PolicyStatistics found = PpoPolicyLoss.Evaluate(logProb, c.Input("logp_old"), c.Input("advantages"), mask, Options(c), mask.Count(m => m), d);
        c.AssertEqual("loss", found.Loss);
        c.AssertEqual("dlogp", d);
        c.AssertEqual("approxkl", found.ApproxKl);
        c.AssertEqual("approxkl_k3", found.ApproxKl3);
        c.AssertEqual("clipfrac", found.ClipFraction);
        c.AssertEqual("outside_fraction", found.OutsideFraction);
        c.AssertEqual("ratio_mean", found.Ratio);
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "ppo_value", MemberType = typeof(ObjectiveCase))]
    public void Value_losses_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        bool[] mask = c.Flags("mask");
        double[] values = c.Input("values"), returns = c.Input("returns"), d = new double[values.Length];
        ValueStatistics found = PpoValueLoss.Evaluate(values, c.Input("values_old"), returns, mask, Options(c), mask.Count(m => m), d);
        c.AssertEqual("loss", found.Loss);
        c.AssertEqual("value_loss_without_coefficient", found.PlainLoss);
        c.AssertEqual("value_clipfrac", found.ClipFraction);
        c.AssertEqual("value_error", found.Error);
        c.AssertEqual("explained_variance", PpoValueLoss.ExplainedVariance(values, returns, mask));
        c.AssertEqual("dvalues", d);
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "ppo_rewards", MemberType = typeof(ObjectiveCase))]
    public void Rewards_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        double[] logProb = c.Input("logp_old");
        var rollout = new PpoRollout
        {
            RowStarts = c.RowStarts("mask"), Mask = c.Flags("mask"), LogProb = logProb, Reference = c.Input("logp_ref"),
            Values = new double[logProb.Length], Scores = c.Input("score"), Ended = c.Flags("ended"),
        };
        var found = new PpoExperience(rollout, c.Option("beta", 0), Options(c));
        c.AssertEqual("score_used", found.Scores);
        c.AssertEqual("non_score_reward", found.NonScore);
        c.AssertEqual("rewards", found.Rewards);
        c.AssertEqual("kl_per_sequence", found.Kl);
        c.AssertEqual("mean_kl", found.MeanKl);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2.0)]
    public void Slopes_of_policy_and_value_equal_differences(double? dualClip)
    {
        var random = new Random(1);
        const int T = 40;
        double[] x = Close.Draw(random, T), old = Close.Draw(random, T), a = Close.Draw(random, T), d = new double[T], unused = new double[T];
        bool[] mask = Close.DrawMask(random, T, 0.7);
        var options = new PpoOptions { DualClip = dualClip, ClipHigh = 0.3, ValueClip = 0.4, ValueCoefficient = 0.3 };
        PpoPolicyLoss.Evaluate(x, old, a, mask, options, 50, d);
        Assert.Contains(Enumerable.Range(0, T), t => mask[t] && d[t] == 0);
        Close.Slope(x, d, () => PpoPolicyLoss.Evaluate(x, old, a, mask, options, 50, unused).Loss);
        PpoValueLoss.Evaluate(x, old, a, mask, options, 50, d);
        Assert.Contains(Enumerable.Range(0, T), t => mask[t] && d[t] == 0);
        Close.Slope(x, d, () => PpoValueLoss.Evaluate(x, old, a, mask, options, 50, unused).Loss);
    }

    [Fact]
    public void Slopes_of_a_whole_update_equal_differences()
    {
        PpoExperience experience = Experience(new PpoOptions());
        PpoMinibatch batch = experience.Select([2, 0]);
        int T = batch.Mask.Length;
        var random = new Random(7);
        double[] x = Close.Draw(random, T), v = Close.Draw(random, T), h = Close.Draw(random, T), dx = new double[T], dv = new double[T], dh = new double[T];
        var options = new PpoOptions { EntropyCoefficient = 0.1 };
        double Loss() => PpoLoss.Evaluate(batch, x, v, h, options, 9, new PpoGradients { LogProb = new double[T], Values = new double[T], Entropy = new double[T] }).Total;
        PpoLoss.Evaluate(batch, x, v, h, options, 9, new PpoGradients { LogProb = dx, Values = dv, Entropy = dh });
        Close.Slope(x, dx, Loss);
        Close.Slope(v, dv, Loss);
        Close.Slope(h, dh, Loss);
    }

    [Fact]
    public void The_score_lands_on_the_last_action_and_never_behind_it()
    {
        double[] nonScore = new double[8], rewards = new double[8];
        bool[] mask = [false, true, true, false, false, false, true, false];
        PpoRewards.Evaluate(new double[8], new double[8], mask, [0, 4, 5, 8], [10, 20, 30], 0.1, new PpoOptions(), nonScore, rewards);
        Assert.Equal([0, 0, 10, 0, 0, 0, 30, 0], rewards);
    }

    [Theory]
    [InlineData(MissingEnd.Replace, false, 3, -1)]
    [InlineData(MissingEnd.Subtract, false, 3, 2)]
    [InlineData(MissingEnd.Keep, false, 3, 3)]
    [InlineData(MissingEnd.Replace, true, 3, 3)]
    public void A_reply_without_end_is_penalised(MissingEnd missing, bool ended, double score, double wanted) =>
        Assert.Equal(wanted, PpoRewards.Score(score, ended, new PpoOptions { MissingEnd = missing }));

    [Fact]
    public void The_first_pass_has_ratio_1_and_a_policy_loss_of_about_0()
    {
        PpoExperience experience = Experience(new PpoOptions());
        PpoMinibatch all = experience.Select([0, 1, 2]);
        double[] d = new double[all.Mask.Length];
        PolicyStatistics found = PpoPolicyLoss.Evaluate(all.OldLogProb, all.OldLogProb, all.Advantages, all.Mask, new PpoOptions(), all.Actions, d);
        Assert.Equal((0, 0, 0, 1), (found.ApproxKl, found.ClipFraction, found.RatioDeviation, Math.Round(found.Ratio, 14)));
        Assert.Equal(0, found.Loss, 1e-12);
        Assert.Equal(0, PpoLoss.LargestRatioDeviation(all, all.OldLogProb));
        Close.All([.. all.Advantages.Select((a, t) => all.Mask[t] ? -a / all.Actions : 0)], d, 1e-15, "slope");
    }

    [Fact]
    public void Statistics_leave_out_what_is_masked()
    {
        double[] d = new double[3], nan = [double.NaN, -1, double.PositiveInfinity];
        bool[] mask = [false, true, false];
        PolicyStatistics found = PpoPolicyLoss.Evaluate(nan, [0, -1.1, 0], [5, 1, 5], mask, new PpoOptions(), 1, d);
        Assert.Equal(0.1 * 0.1 / 2, found.ApproxKl, 1e-15);
        Assert.Equal(0, d[0] + d[2]);
        ValueStatistics value = PpoValueLoss.Evaluate(nan, [0, -1, 0], [double.NaN, 1, 9], mask, new PpoOptions(), 1, d);
        Assert.Equal((4, 0), (value.Error, d[0] + d[2]));
    }

    [Fact]
    public void Micro_batches_of_an_update_add_up()
    {
        PpoExperience experience = Experience(new PpoOptions());
        var options = new PpoOptions { EntropyCoefficient = 0.05 };
        PpoMinibatch whole = experience.Select([1, 2, 0]);
        int T = whole.Mask.Length;
        double[] x = Close.Draw(new Random(3), T), dx = new double[T], dv = new double[T], dh = new double[T];
        PpoStatistics all = PpoLoss.Evaluate(whole, x, x, x, options, whole.Actions, new PpoGradients { LogProb = dx, Values = dv, Entropy = dh }), sum = default;
        int from = 0;
        foreach (int[] rows in new[] { new[] { 1 }, [2, 0] })
        {
            PpoMinibatch part = experience.Select(rows);
            int n = part.Mask.Length;
            double[] px = new double[n], pv = new double[n], ph = new double[n], piece = x[from..(from + n)];
            sum += PpoLoss.Evaluate(part, piece, piece, piece, options, whole.Actions, new PpoGradients { LogProb = px, Values = pv, Entropy = ph });
            Close.All(dx.AsSpan(from, n), px, 1e-15, "dlogp");
            Close.All(dv.AsSpan(from, n), pv, 1e-15, "dvalue");
            Close.All(dh.AsSpan(from, n), ph, 1e-15, "dentropy");
            from += n;
        }
        Assert.Equal(all.Total, sum.Total, 1e-14);
        Assert.Equal(all.Policy.ApproxKl, sum.Policy.ApproxKl, 1e-14);
        Assert.Equal(all.Value.Error, sum.Value.Error, 1e-14);
    }

    [Fact]
    public void A_row_without_actions_and_an_empty_batch_change_nothing()
    {
        PpoExperience experience = Experience(new PpoOptions());
        Assert.Equal(0, experience.Select([3]).Actions);
        PpoMinibatch none = experience.Select([]);
        PpoStatistics found = PpoLoss.Evaluate(none, [], [], [], new PpoOptions(), 0, new PpoGradients { LogProb = [], Values = [] });
        Assert.Equal(0, found.Total);
    }

    [Fact]
    public void An_absurd_ratio_stays_finite_and_is_not_trained()
    {
        double[] d = new double[2];
        PolicyStatistics found = PpoPolicyLoss.Evaluate([0, -1e9], [-1e9, 0], [-1, 1], [true, true], new PpoOptions(), 2, d);
        Assert.True(double.IsFinite(found.Loss) && double.IsFinite(found.ApproxKl3));
        Assert.Equal([0, 0], d);
    }

    [Fact]
    public void Entropy_of_prompts_and_padding_does_not_count()
    {
        var batch = new PpoMinibatch([0, 3], [false, true, false], new double[3], new double[3], new double[3], new double[3]);
        double[] entropy = [double.NaN, 0.7, 99], d = new double[3];
        PpoStatistics found = PpoLoss.Evaluate(batch, new double[3], new double[3], entropy, new PpoOptions { EntropyCoefficient = 0.1 }, 1,
            new PpoGradients { LogProb = new double[3], Values = new double[3], Entropy = d });
        Assert.Equal(0.7, found.Entropy);
        Close.All([0, -0.1, 0], d, 1e-16, "slope");
    }

    [Fact]
    public void The_pretraining_mix_carries_its_coefficient()
    {
        double[] d = new double[2];
        double loss = PpoLoss.Pretraining([-2, -4], [true, true], 27.8, 2, d);
        Assert.Equal(3, loss);
        Close.All([-13.9, -13.9], d, 1e-14, "slope");
    }

    [Fact]
    public void Divergence_entropy_length_and_ends_are_reported_under_their_names()
    {
        var metrics = new Dictionary<string, double>();
        Experience(new PpoOptions()).Report(metrics);
        Assert.Equal(-1, metrics["objective/scores"]);
        Assert.Equal(0.75, metrics["eos_rate"]);
        Assert.Equal(2, metrics["reply_tokens"]);
        Assert.Equal(metrics["objective/non_score_reward"], -0.05 * metrics["objective/kl"], 1e-15);
        foreach (string name in new[] { "objective/kl_coef", "objective/entropy", "objective/rlhf_reward", "val/explained_variance" })
        {
            Assert.True(double.IsFinite(metrics[name]), name);
        }
    }

    [Fact]
    public void Faults_of_options_are_named()
    {
        Assert.Empty(new PpoOptions().Validate());
        var bad = new PpoOptions
        {
            ClipLow = 0, Gamma = 1.5, Epochs = 0, DualClip = 1.1, ScoreClip = -1, ValueCoefficient = double.NaN,
            Kl = new KlCoefficientOptions { Target = 0, Initial = -1 },
        };
        string all = string.Join('\n', bad.Validate());
        Assert.Equal(8, bad.Validate().Count);
        foreach (string name in new[] { "ClipLow is 0", "Gamma is 1.5", "Epochs is 0", "DualClip is 1.1", "ScoreClip is -1", "ValueCoefficient is NaN", "KL target is 0", "KL coefficient is -1" })
        {
            Assert.Contains(name, all);
        }
    }

    /// <summary>Four rows of 3, 1, 4 and 0 actions between prompts and padding.</summary>
    private static PpoExperience Experience(PpoOptions options)
    {
        var random = new Random(5);
        const int T = 14;
        return new PpoExperience(new PpoRollout
        {
            RowStarts = [0, 5, 7, 12, 14],
            Mask = [false, true, true, true, false, true, false, true, true, true, true, false, false, false],
            LogProb = Close.Draw(random, T), Reference = Close.Draw(random, T), Values = Close.Draw(random, T),
            Scores = [1, -2, 0.5, -3.5], Ended = [true, false, true, true],
        }, options.Kl.Initial, options);
    }
}
