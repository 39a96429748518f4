using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Objectives;

public sealed class DirectObjectiveTests
{
    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "dpo", MemberType = typeof(ObjectiveCase))]
    public void Direct_preferences_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        int n = c.Inputs.GetProperty("mask_w").GetArrayLength(), width = c.Input("mask_w").Length / n;
        double[] logProb = Interleave(c.Input("logp_w"), c.Input("logp_l"), width), d = new double[logProb.Length];
        bool[] mask = Array.ConvertAll(Interleave(c.Input("mask_w"), c.Input("mask_l"), width), m => m != 0);
        int[] starts = [.. Enumerable.Range(0, (2 * n) + 1).Select(b => b * width)];
        PreferenceStatistics found = DirectPreference.Evaluate(
            logProb, Interleave(c.Input("ref_w"), c.Input("ref_l"), width), mask, starts, Options(c), n, d);
        c.AssertEqual("loss", found.Loss);
        c.AssertEqual("accuracy", found.Accuracy);
        c.AssertEqual("margin", found.Margin);
        Assert.Equal(c.Wanted("reward_chosen").Average(), found.RewardChosen, 1e-10);
        Assert.Equal(c.Wanted("reward_rejected").Average(), found.RewardRejected, 1e-10);
        Close.All(Interleave(c.Wanted("dlogp_w"), c.Wanted("dlogp_l"), width), d, 1e-10, $"{id} dlogp");
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "kto", MemberType = typeof(ObjectiveCase))]
    public void Thumbs_to_a_policy_equal_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        double[] logProb = c.Input("logp"), d = new double[logProb.Length], reference = c.Input("kl_ref");
        bool[] up = c.Flags("label");
        bool fixedAtZero = c.OptionText("kind") == "apo_zero_unpaired";
        double point = KahnemanTversky.ReferencePoint(fixedAtZero ? [] : [.. c.Input("kl_logp").Select((x, i) => x - reference[i])]);
        var options = new KahnemanTverskyOptions { Beta = c.Option("beta", 0), UpWeight = c.Option("weight_up", 1), DownWeight = c.Option("weight_down", 1) };
        RatingStatistics found = KahnemanTversky.Evaluate(logProb, c.Input("ref"), c.Flags("mask"), c.RowStarts("mask"), up, point, options, up.Length, d);
        c.AssertEqual("reference_point", point);
        c.AssertEqual("loss", found.Loss);
        c.AssertEqual("dlogp", d);
        Assert.Equal(c.Wanted("reward").Average(), found.RewardUp + found.RewardDown, 1e-10);
    }

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(BcoFiles))]
    public void A_stream_of_classified_thumbs_equals_the_reference(string file)
    {
        var mean = default(RunningMean);
        foreach ((string _, string id) in ObjectiveCase.Of("bco").Select(row => row.Data).Where(row => row.Item1 == file))
        {
            var c = ObjectiveCase.Read(file, id);
            double[] logProb = c.Input("logp"), d = new double[logProb.Length];
            bool[] mask = c.Flags("mask"), up = c.Flags("label");
            double beta = c.Option("beta", 0);
            mean = mean.With([.. KahnemanTversky.LogRatios(logProb, c.Input("ref"), mask, c.RowStarts("mask")).Select(r => beta * r)]);
            c.AssertEqual("delta", mean.Mean);
            c.AssertEqual("delta_count", mean.Count);
            c.AssertEqual("loss", BinaryClassifier.Evaluate(logProb, c.Input("ref"), mask, c.RowStarts("mask"), up, beta, mean.Mean, up.Length, d).Loss);
            c.AssertEqual("dlogp", d);
        }
    }

    public static TheoryData<string> BcoFiles => [.. Golden.Files("objectives/bco.json")];

    [Theory]
    [InlineData(DirectPreferenceLoss.Sigmoid, 0)]
    [InlineData(DirectPreferenceLoss.Sigmoid, 0.2)]
    [InlineData(DirectPreferenceLoss.Robust, 0.2)]
    [InlineData(DirectPreferenceLoss.Ipo, 0)]
    [InlineData(DirectPreferenceLoss.IpoSum, 0)]
    [InlineData(DirectPreferenceLoss.Hinge, 0)]
    [InlineData(DirectPreferenceLoss.SigmoidNormalised, 0)]
    public void Slopes_of_direct_preferences_equal_differences(DirectPreferenceLoss loss, double smoothing)
    {
        (double[] x, double[] reference, bool[] mask, int[] starts) = Batch();
        double[] d = new double[x.Length], unused = new double[x.Length];
        var options = new DirectPreferenceOptions { Loss = loss, Beta = 0.5, LabelSmoothing = smoothing };
        DirectPreference.Evaluate(x, reference, mask, starts, options, 5, d);
        Close.Slope(x, d, () => DirectPreference.Evaluate(x, reference, mask, starts, options, 5, unused).Loss);
    }

    [Fact]
    public void Slopes_of_thumbs_equal_differences()
    {
        (double[] x, double[] reference, bool[] mask, int[] starts) = Batch();
        double[] d = new double[x.Length], unused = new double[x.Length];
        bool[] up = [true, false, false, true];
        var options = new KahnemanTverskyOptions { Beta = 0.4, DownWeight = 1.3 };
        KahnemanTversky.Evaluate(x, reference, mask, starts, up, 0.3, options, 6, d);
        Close.Slope(x, d, () => KahnemanTversky.Evaluate(x, reference, mask, starts, up, 0.3, options, 6, unused).Loss);
        BinaryClassifier.Evaluate(x, reference, mask, starts, up, 0.4, -0.2, 6, d);
        Close.Slope(x, d, () => BinaryClassifier.Evaluate(x, reference, mask, starts, up, 0.4, -0.2, 6, unused).Loss);
    }

    [Fact]
    public void Slopes_of_weighted_thumbs_and_pairs_equal_differences_and_a_weight_of_2_is_the_example_twice()
    {
        (double[] x, double[] reference, bool[] mask, int[] starts) = Batch();
        double[] d = new double[x.Length], twice = new double[x.Length], once = new double[x.Length], unused = new double[x.Length];
        bool[] up = [true, false, false, true];
        double[] weights = [1, 0, 0.25, 2];
        var kto = new KahnemanTverskyOptions { Beta = 0.4, DownWeight = 1.3 };
        KahnemanTversky.Evaluate(x, reference, mask, starts, up, weights, 0.3, kto, 6, d);
        Close.Slope(x, d, () => KahnemanTversky.Evaluate(x, reference, mask, starts, up, weights, 0.3, kto, 6, unused).Loss);
        Assert.All(Enumerable.Range(starts[1], starts[2] - starts[1]), t => Assert.Equal(0, d[t]));
        BinaryClassifier.Evaluate(x, reference, mask, starts, up, weights, 0.4, -0.2, 6, d);
        Close.Slope(x, d, () => BinaryClassifier.Evaluate(x, reference, mask, starts, up, weights, 0.4, -0.2, 6, unused).Loss);
        var dpo = new DirectPreferenceOptions { Beta = 0.5 };
        DirectPreference.Evaluate(x, reference, mask, starts, [0.5, 1.5], dpo, 5, d);
        Close.Slope(x, d, () => DirectPreference.Evaluate(x, reference, mask, starts, [0.5, 1.5], dpo, 5, unused).Loss);

        RatingStatistics whole = KahnemanTversky.Evaluate(x, reference, mask, starts, up, [2, 2, 2, 2], 0.3, kto, 8, twice);
        RatingStatistics single = KahnemanTversky.Evaluate(x, reference, mask, starts, up, 0.3, kto, 4, once);
        Assert.Equal((single.Loss, single.RewardUp, single.UpShare), (whole.Loss, whole.RewardUp, whole.UpShare));
        Assert.Equal(once, twice);
        Assert.Throws<ArgumentException>(() => KahnemanTversky.Evaluate(x, reference, mask, starts, up, [1, 1], 0.3, kto, 6, d));
        Assert.Throws<ArgumentException>(() => DirectPreference.Evaluate(x, reference, mask, starts, [1], dpo, 5, d));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void At_the_reference_the_loss_is_ln_2(double smoothing)
    {
        (double[] x, _, bool[] mask, int[] starts) = Batch();
        double[] d = new double[x.Length];
        var options = new DirectPreferenceOptions { Beta = 0.1, LabelSmoothing = smoothing };
        PreferenceStatistics found = DirectPreference.Evaluate(x, x, mask, starts, options, 2, d);
        Assert.Equal(Math.Log(2), found.Loss, 1e-15);
        Assert.All(Enumerable.Range(starts[0], starts[1]), t => Assert.Equal(mask[t] ? -0.1 * (1 - (2 * smoothing)) / 4 : 0, d[t], 1e-16));
    }

    [Fact]
    public void Smoothing_is_used_or_refused_and_never_passed_over()
    {
        (double[] x, double[] reference, bool[] mask, int[] starts) = Batch();
        double[] d = new double[x.Length], smooth = new double[x.Length];
        DirectPreference.Evaluate(x, reference, mask, starts, new DirectPreferenceOptions(), 2, d);
        DirectPreference.Evaluate(x, reference, mask, starts, new DirectPreferenceOptions { LabelSmoothing = 0.2 }, 2, smooth);
        Assert.NotEqual(d, smooth);
        Assert.Contains("no use for it", Assert.Single(new DirectPreferenceOptions { Loss = DirectPreferenceLoss.Ipo, LabelSmoothing = 0.2 }.Validate()));
        Assert.Empty(new DirectPreferenceOptions { LabelSmoothing = 0.2 }.Validate());
    }

    [Fact]
    public void Masked_positions_and_empty_replies_change_nothing()
    {
        double nan = double.NaN;
        double[] d = new double[6];
        foreach (DirectPreferenceLoss loss in Enum.GetValues<DirectPreferenceLoss>())
        {
            PreferenceStatistics found = DirectPreference.Evaluate([nan, -1, nan, nan, -2, nan], [nan, -1.5, nan, nan, -2, nan],
                [false, true, false, false, true, false], [0, 3, 6], new DirectPreferenceOptions { Loss = loss }, 1, d);
            Assert.True(double.IsFinite(found.Loss));
            Assert.Equal(0, d[0] + d[2] + d[3] + d[5]);
            PreferenceStatistics empty = DirectPreference.Evaluate([nan, nan], [nan, nan], [false, false], [0, 1, 2], new DirectPreferenceOptions { Loss = loss }, 1, d.AsSpan(0, 2));
            Assert.True(double.IsFinite(empty.Loss));
            Assert.Equal([0, 0], d[..2]);
        }
    }

    [Fact]
    public void Huge_log_ratios_stay_finite()
    {
        double[] d = new double[2];
        PreferenceStatistics found = DirectPreference.Evaluate([-1e5, 0], [0, -1e5], [true, true], [0, 1, 2], new DirectPreferenceOptions { Beta = 1 }, 1, d);
        Assert.Equal((2e5, -1, 1), (found.Loss, d[0], d[1]));
        KahnemanTversky.Evaluate([-1e5, 0], [0, -1e5], [true, true], [0, 1, 2], [true, false], 0, new KahnemanTverskyOptions(), 2, d);
        Assert.Equal([0, 0], d);
        RatingStatistics classified = BinaryClassifier.Evaluate([-1e5, 0], [0, -1e5], [true, true], [0, 1, 2], [true, false], 1, 0, 2, d);
        Assert.Equal((1e5, -.5, .5), (classified.Loss, d[0], d[1]));
    }

    [Fact]
    public void The_reference_point_is_of_the_whole_update_so_micro_batches_add_up()
    {
        (double[] x, double[] reference, bool[] mask, int[] starts) = Batch();
        bool[] up = [true, true, false, true];
        double[] whole = new double[x.Length];
        double point = KahnemanTversky.ReferencePoint(KahnemanTversky.LogRatios(x, reference, mask, starts));
        var options = new KahnemanTverskyOptions();
        double all = KahnemanTversky.Evaluate(x, reference, mask, starts, up, point, options, 4, whole).Loss, parts = 0;
        for (int b = 0; b < 4; b++)
        {
            int from = starts[b], n = starts[b + 1] - from;
            double[] d = new double[n];
            parts += KahnemanTversky.Evaluate(x.AsSpan(from, n), reference.AsSpan(from, n), mask.AsSpan(from, n), [0, n], up.AsSpan(b, 1), point, options, 4, d).Loss;
            Close.All(whole.AsSpan(from, n), d, 1e-16, "slope");
        }
        Assert.Equal(all, parts, 1e-15);
    }

    [Fact]
    public void No_reply_stands_after_its_own_prompt()
    {
        Assert.Equal([2, 0, 1], KahnemanTversky.Mismatch(3));
        Assert.Throws<ArgumentException>(() => KahnemanTversky.Mismatch(1));
        Assert.Equal(0, KahnemanTversky.ReferencePoint([-3, 1]));
        Assert.Equal(2, KahnemanTversky.ReferencePoint([3, 1]));
    }

    [Theory]
    [InlineData(10, 90, 1, 1 / 9.0)]
    [InlineData(90, 10, 1 / 9.0, 1)]
    [InlineData(5, 5, 1, 1)]
    public void Balanced_weights_make_both_classes_count_the_same(long ups, long downs, double upWeight, double downWeight)
    {
        KahnemanTverskyOptions found = KahnemanTversky.Balanced(new KahnemanTverskyOptions(), ups, downs);
        Assert.Equal((upWeight, downWeight), (found.UpWeight, found.DownWeight));
        Assert.Equal(found.UpWeight * ups, found.DownWeight * downs, 1e-12);
    }

    [Fact]
    public void One_class_alone_is_refused() =>
        Assert.Contains("one class alone", Assert.Throws<ArgumentException>(() => KahnemanTversky.Balanced(new KahnemanTverskyOptions(), 7, 0)).Message);

    private static DirectPreferenceOptions Options(ObjectiveCase c) => new()
    {
        Beta = c.Option("beta", 0),
        LabelSmoothing = c.Option("label_smoothing", 0),
        Loss = c.OptionText("kind") switch
        {
            "sigmoid" or "cdpo" => DirectPreferenceLoss.Sigmoid,
            "robust" => DirectPreferenceLoss.Robust,
            "ipo" => DirectPreferenceLoss.Ipo,
            "ipo_sum" => DirectPreferenceLoss.IpoSum,
            "hinge" => DirectPreferenceLoss.Hinge,
            "sigmoid_norm" => DirectPreferenceLoss.SigmoidNormalised,
            string other => (DirectPreferenceLoss)Skip(other),
            null => DirectPreferenceLoss.Sigmoid,
        },
    };

    private static int Skip(string kind)
    {
        Assert.Skip($"The loss {kind} is not built.");
        return 0;
    }

    private static double[] Interleave(double[] chosen, double[] rejected, int width) =>
        [.. chosen.Chunk(width).Zip(rejected.Chunk(width)).SelectMany(pair => pair.First.Concat(pair.Second))];

    /// <summary>Four rows of different length with prompts at their beginnings.</summary>
    private static (double[] LogProb, double[] Reference, bool[] Mask, int[] Starts) Batch()
    {
        var random = new Random(11);
        return (Close.Draw(random, 14), Close.Draw(random, 14), [false, true, true, false, true, true, true, true, false, true, false, false, true, true], [0, 3, 8, 10, 14]);
    }
}
