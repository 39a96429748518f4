using MicroChat.Training.Evaluation;
using MicroChat.Training.Evaluation.Trials;

namespace MicroChat.Tests.Evaluation.Trials;

public sealed class ConfidenceSequenceTests
{
    private const double Alpha = 0.05;

    [Fact]
    public void The_mixtures_interval_is_the_closed_form()
    {
        Interval range = ConfidenceSequence.Around(-0.12, 0.0025, Alpha);
        double half = Math.Sqrt(0.0025 * 0.0125 / 0.01 * ((2 * Math.Log(20)) + Math.Log(5)));
        Assert.Equal((-0.12 - half, -0.12 + half), (range.Low, range.High));
    }

    [Fact]
    public void The_borders_of_a_win_rate_are_where_the_evidence_against_it_reaches_its_bar()
    {
        Interval range = ConfidenceSequence.OfWinRate(wins: 40, losses: 12, Alpha);
        foreach (double p in new[] { range.Low, range.High })
        {
            double evidence = LogBeta(42, 14) - LogBeta(2, 2) - (40 * Math.Log(p)) - (12 * Math.Log(1 - p));
            Assert.Equal(Math.Log(1 / Alpha), evidence, tolerance: 1e-6);
        }
        Assert.True(range.Low > 0.5 && range.Contains(40 / 52.0));
        Assert.Equal(new Interval(0, 1), ConfidenceSequence.OfWinRate(0, 0, Alpha));
        Assert.Equal(1, ConfidenceSequence.OfWinRate(9, 0, Alpha).High);
        Assert.Equal(0, ConfidenceSequence.OfWinRate(0, 9, Alpha).Low);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.7)]
    public void A_true_win_rate_is_ever_left_out_in_no_more_than_alpha_of_the_runs(double rate)
    {
        int left = 0;
        const int Runs = 300;
        for (int seed = 0; seed < Runs; seed++)
        {
            var random = new Random(seed);
            long wins = 0;
            for (int n = 1; n <= 400; n++)
            {
                wins += random.NextDouble() < rate ? 1 : 0;
                if (!ConfidenceSequence.OfWinRate(wins, n - wins, Alpha).Contains(rate))
                {
                    left++;
                    break;
                }
            }
        }
        Assert.InRange(left / (double)Runs, 0, Alpha);
    }

    private static double LogBeta(int a, int b) => LogFactorial(a - 1) + LogFactorial(b - 1) - LogFactorial(a + b - 1);

    private static double LogFactorial(int n) => Enumerable.Range(1, n).Sum(i => Math.Log(i));
}
