using MicroChat.Proofs.Exact;
using MicroChat.Training.Objectives;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Rollouts;

/// <summary>
/// PPO through the sampling decoder, training decoder, trainer and optimiser of "train ppo" reaches the optimum of E[r] − β KL. The matrix of β and
/// seeds is in evidence/ppo-optimum.md.
/// </summary>
public sealed class PpoOptimumThroughDecoderTests(ITestOutputHelper output)
{
    private const long Steps = 60;

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.05)]
    public void Training_closes_the_gap_to_the_exact_optimum(double beta)
    {
        using var model = new EnumerableModel(1, EnumerableModel.Options(beta, 1, Steps));
        ExactResult result = model.Train(Steps);
        output.WriteLine(FormattableString.Invariant($"β {beta}: gap closed {result.Gap:F4}, J {result.J:F4} of {result.Best:F4}, E[r] {result.Reward:F3}, KL {result.Kl:F3}"));
        Assert.InRange(result.Gap, 0.95, 1.0001);
    }

    [Fact]
    public void An_adapter_closes_it_too_with_the_base_as_its_reference()
    {
        PpoTrainingOptions options = EnumerableModel.Options(0.2, 1, Steps);
        using var model = new EnumerableModel(1, options with { Adapter = new() { Rank = 8, Alpha = 16 }, Schedule = options.Schedule with { Peak = 1e-2 } });
        ExactResult result = model.Train(Steps);
        output.WriteLine($"{result} {result.Gap}");
        Assert.InRange(result.Gap, 0.95, 1.0001);
    }

    [Fact]
    public void The_third_estimator_in_the_reward_misses_the_optimum()
    {
        PpoTrainingOptions options = EnumerableModel.Options(0.2, 1, Steps);
        using var model = new EnumerableModel(1, options with { Objective = options.Objective with { KlInReward = KlEstimator.K3 } });
        ExactResult result = model.Train(Steps);
        Assert.True(result.Gap < 0.95, $"{result}");
    }
}
