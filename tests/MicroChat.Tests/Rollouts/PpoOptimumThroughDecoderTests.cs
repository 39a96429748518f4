using MicroChat.Training.Objectives;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Rollouts;

/// <summary>PPO through the real sampling decoder, training decoder and optimiser reaches the optimum of E[r] − β KL. Seeds: MICROCHAT_PPO_SEEDS, 1 unless set.</summary>
public sealed class PpoOptimumThroughDecoderTests(ITestOutputHelper output)
{
    private const long Steps = 60;

    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("MICROCHAT_PPO_SEEDS"), out int seeds) ? seeds : 1;

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.2)]
    [InlineData(0.1)]
    [InlineData(0.05)]
    public void Training_closes_the_gap_to_the_exact_optimum(double beta)
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            using var model = new EnumerableModel(seed, EnumerableModel.Options(beta, seed, Steps));
            EnumerableResult result = model.Train(Steps);
            output.WriteLine($"β {beta} seed {seed}: gap closed {result.Gap:F4}, E[r] {result.Start:F3} → {result.Reward:F3}, KL {result.Kl:F3}");
            Assert.InRange(result.Gap, 0.95, 1.0001);
        }
    }

    [Fact]
    public void The_third_estimator_in_the_reward_misses_the_optimum()
    {
        PpoTrainingOptions options = EnumerableModel.Options(0.2, 1, Steps);
        using var model = new EnumerableModel(1, options with { Objective = options.Objective with { KlInReward = KlEstimator.K3 } });
        EnumerableResult result = model.Train(Steps);
        output.WriteLine($"{result}");
        Assert.True(result.Gap < 0.95, $"{result}");
    }
}
