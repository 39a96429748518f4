using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Objectives;

/// <summary>
/// PPO reaches the optimum that theory gives for E[r] − β KL, and what is wrong with it shows in J and not in the reward.
/// </summary>
public sealed class PpoOptimumTests
{
    private const int Updates = 150;
    private const double Rate = 0.1;

    [Theory]
    [InlineData(0.5, 0.95)]
    [InlineData(0.2, 0.985)]
    [InlineData(0.1, 0.985)]
    [InlineData(0.05, 0.985)]
    public void The_gap_to_the_optimum_is_closed_from_every_seed(double beta, double bar)
    {
        double[] gaps = [.. Enumerable.Range(1, 5).Select(seed => new TabularTrainer(seed, beta).Run(Updates, Rate).Gap)];
        Assert.True(gaps.Min() >= bar && gaps.Max() <= 1, string.Join(' ', gaps));
    }

    [Fact]
    public void A_flipped_or_missing_divergence_earns_as_much_reward_and_is_seen_in_J_alone()
    {
        const double Beta = 0.2;
        (double Gap, double Reward) healthy = new TabularTrainer(1, Beta).Run(Updates, Rate);
        foreach (double wrong in new[] { -Beta, 0 })
        {
            (double gap, double reward) = new TabularTrainer(1, Beta) { RewardBeta = wrong }.Run(Updates, Rate);
            Assert.True(reward >= healthy.Reward, $"reward {reward} with β {wrong}");
            Assert.True(gap < 0.95, $"gap {gap} with β {wrong}");
        }
    }

    [Fact]
    public void The_third_estimator_in_the_reward_steers_worse() =>
        Assert.True(new TabularTrainer(1, 0.2) { Estimator = KlEstimator.K3 }.Run(Updates, Rate).Gap < 0.95);

    /// <summary>
    /// Over all tokens of a distribution the slope of k1 averages to nothing (Σ_v p_v dℓ_v/dz = 0), while k2's is the slope of the divergence itself:
    /// that is why k1 as a loss teaches nothing.
    /// </summary>
    [Fact]
    public void As_a_loss_k1_has_no_slope_on_average_and_k2_has_that_of_the_divergence()
    {
        double[] z = [0.3, -1, 0.8, 0.1], q = [-1.2, -0.9, -2, -1.6];
        double[] Log() => [.. z.Select(a => a - Math.Log(z.Sum(Math.Exp)))];
        double[] logP = Log();
        foreach ((KlEstimator estimator, bool informs) in new[] { (KlEstimator.K1, false), (KlEstimator.K2, true) })
        {
            double[] slope = new double[z.Length], d = new double[1];
            for (int y = 0; y < z.Length; y++)
            {
                KlEstimate.Evaluate([logP[y]], [q[y]], [true], estimator, 1, d);
                for (int v = 0; v < z.Length; v++)
                {
                    slope[v] += Math.Exp(logP[y]) * d[0] * ((v == y ? 1 : 0) - Math.Exp(logP[v]));
                }
            }
            Close.Slope(z, slope, () => informs ? Log().Select((l, y) => Math.Exp(l) * (l - q[y])).Sum() : 0);
        }
    }
}
