using MicroChat.Training.Evaluation;

namespace MicroChat.Tests.Evaluation;

public sealed class EvaluationTests
{
    [Fact]
    public void A_reward_model_is_reported_beside_its_controls()
    {
        ScoredPair[] pairs =
        [
            new(2, 1, 100, 50), new(1, 2, 100, 50), new(3, 1, 40, 42), new(0, 0, 10, 10), new(1, 0, 30, 90), new(-1, -2, 95, 100),
        ];
        RewardModelReport found = RewardModelReport.Of(pairs, new LengthRule(PrefersLonger: true));
        Assert.Equal((4.5, 6), (found.Accuracy.Successes, found.Accuracy.Count));
        Assert.Equal((2.5, 3), (found.LengthMatched.Successes, found.LengthMatched.Count));
        Assert.Equal((2.5, 6), (found.LengthOnly.Successes, found.LengthOnly.Count));
        Assert.Equal(Math.Sqrt(0.75 * 0.25 / 6), found.Accuracy.StandardError, 1e-15);
        Assert.Equal(12, found.Calibration.Bins.Sum(bin => bin.Count));
    }

    [Fact]
    public void The_length_rule_takes_the_direction_that_is_right_more_often()
    {
        Assert.True(LengthRule.Fit([(5, 1), (5, 4), (1, 9)]).PrefersLonger);
        LengthRule shorter = LengthRule.Fit([(1, 5), (2, 3), (9, 1), (4, 4)]);
        Assert.False(shorter.PrefersLonger);
        Assert.Equal(1.5, shorter.Accuracy([new(0, 0, 1, 2), new(0, 0, 2, 1), new(0, 0, 3, 3)]).Successes);
    }

    [Fact]
    public void Scores_that_are_no_numbers_and_no_pairs_at_all_are_refused()
    {
        Assert.Throws<ArgumentException>(() => RewardModelReport.Of([], new LengthRule(true)));
        Assert.Throws<ArgumentException>(() => RewardModelReport.Of([new(double.NaN, 0, 1, 1)], new LengthRule(true)));
    }

    [Fact]
    public void A_calibrated_model_has_small_error_and_a_boastful_one_a_large()
    {
        var random = new Random(1);
        double[] p = [.. Enumerable.Range(0, 20_000).Select(_ => random.NextDouble())];
        bool[] came = [.. p.Select(x => random.NextDouble() < x)];
        Assert.True(Calibration.Of(p, came).ExpectedError < 0.02);
        Assert.True(Calibration.Of([.. p.Select(x => x > 0.5 ? 0.99 : 0.01)], came).ExpectedError > 0.2);
    }

    [Fact]
    public void Certain_predictions_stay_finite_and_others_than_probabilities_are_refused()
    {
        var found = Calibration.Of([1, 0], [false, true]);
        Assert.Equal(-Math.Log(1e-7), found.LogLoss, 1e-6);
        Assert.Equal(1, found.Brier);
        Assert.Throws<ArgumentException>(() => Calibration.Of([1.5], [true]));
        Assert.Throws<ArgumentException>(() => Calibration.Of([double.NaN], [true]));
        Assert.Throws<ArgumentException>(() => Calibration.Of([0.5], []));
    }

    [Fact]
    public void The_bootstrap_repeats_with_its_seed_and_covers_the_mean()
    {
        double[] values = [.. Enumerable.Range(0, 400).Select(i => i % 4 == 0 ? 1.0 : 0)];
        Interval first = Bootstrap.MeanInterval(values, 1000, new Random(3)), again = Bootstrap.MeanInterval(values, 1000, new Random(3));
        Assert.Equal(first, again);
        Assert.True(first.Contains(0.25));
        Assert.InRange(first.High - first.Low, 0.06, 0.11);
        Assert.True(double.IsNaN(Bootstrap.MeanInterval([], 10, new Random(1)).Low));
        Assert.Equal(new Interval(7, 7), Bootstrap.MeanInterval([7], 10, new Random(1)));
    }

    [Fact]
    public void A_win_that_is_only_length_vanishes_at_matched_length()
    {
        double[] first = new double[200], second = new double[200];
        int[] longer = new int[200], shorter = new int[200];
        for (int i = 0; i < 200; i++)
        {
            (longer[i], shorter[i]) = i < 100 ? (100, 50) : (100, 98);
            (first[i], second[i]) = i < 100 || i % 2 == 0 ? (1, 0) : (0, 1);
        }
        ModelComparison found = ModelComparison.Of(first, second, longer, shorter, tolerance: 0.1, resamples: 500, new Random(2));
        Assert.Equal(0.75, found.All.Rate.Share);
        Assert.Equal(new WinRate(50, 0, 50), found.LengthMatched);
        Assert.True(found.BootstrapInterval.Low > 0.5);
        Assert.True(found.MatchedInterval.Contains(0.5));
        Assert.Equal(0.5, found.MeanDifference);
    }

    [Fact]
    public void Ties_count_a_half_and_nothing_has_no_rate()
    {
        Assert.Equal(new WinRate(1, 2, 1), WinRate.Of([1, 2, 3, double.NaN], [0, 2, 4, 1]));
        var none = new Proportion(0, 0);
        Assert.True(double.IsNaN(none.Share));
        Assert.Equal(new Interval(0, 1), none.Wilson);
        Assert.Throws<ArgumentException>(() => WinRate.Of([1], []));
    }

    [Theory]
    [InlineData(0, 12, 0.0, 0.24249400665524085)]
    [InlineData(12, 12, 0.7575059933447592, 1.0)]
    public void The_Wilson_interval_stays_within_0_and_1(double successes, long count, double low, double high)
    {
        Interval found = new Proportion(successes, count).Wilson;
        Assert.Equal(low, found.Low, 1e-14);
        Assert.Equal(high, found.High, 1e-14);
    }

    [Fact]
    public void A_long_sign_test_does_not_underflow() => Assert.InRange(new WinRate(60_000, 0, 50_000).SignTest, 1e-250, 1e-100);

    [Fact]
    public void Replies_are_measured_for_ends_length_and_repetition()
    {
        int[][] replies = [[1, 2, 3], [5, 5, 5, 5, 5, 5]];
        ReplyStatistics found = ReplyStatistics.Of(replies, [true, false]);
        Assert.Equal((0.5, 4.5), (found.Ended.Share, found.MeanTokens));
        Assert.Equal(3 / 7.0, found.DistinctBigrams, 1e-15);
        Assert.Equal((1 - (1 / 3.0)) / 2, found.Repetition, 1e-15);
        var metrics = new Dictionary<string, double>();
        found.Report(metrics);
        Assert.Equal(0.5, metrics["eos_rate"]);
        Assert.Equal(3 / 7.0, metrics["distinct_2"], 1e-15);
        ReplyStatistics none = ReplyStatistics.Of([], []);
        Assert.True(double.IsNaN(none.MeanTokens));
    }

    [Fact]
    public void Weights_of_stale_samples_do_not_overflow()
    {
        var found = ImportanceWeights.Of([800, 0, 0], 2);
        Assert.Equal(1, found.EffectiveSamples, 1e-12);
        Assert.Equal(4 / 3.0, found.TruncatedMean, 1e-12);
    }

    [Fact]
    public void A_constant_measure_has_no_correlation() => Assert.True(double.IsNaN(Correlation.Pearson([1, 1, 1], [1, 2, 3])));
}
