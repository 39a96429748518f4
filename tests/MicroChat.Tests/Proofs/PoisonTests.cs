using MicroChat.Proofs.Poison;

namespace MicroChat.Tests.Proofs;

/// <summary>The poison drill in short; the page over more seeds, attacks and volumes is evidence/poison.md.</summary>
public sealed class PoisonTests(ITestOutputHelper output)
{
    private static readonly int[] s_seeds = [1, 2, 3];

    /// <summary>What inverted voters may cost: two points.</summary>
    private const double Most = 0.02;

    [Theory]
    [InlineData(0.05, false)]
    [InlineData(0.2, false)]
    [InlineData(0.2, true)]
    public void Inverted_voters_who_act_together_cost_less_than_two_points_and_more_when_nobody_is_judged(double share, bool pairs)
    {
        PoisonResult result = Run(new PoisonPlan { Share = share, Pairs = pairs, Attack = PoisonAttack.Together });
        Assert.True(result.Cost <= Most, $"The attack costs {result.Cost:P1} of accuracy; at most {Most:P0} was wanted.");
        Assert.True(result.HonestCounted >= 0.95, $"{result.HonestCounted:P1} of the honest votes count.");
        if (share > 0.1)
        {
            Assert.True(result.CostUnjudged > result.Cost + Most, $"Judging nobody costs {result.CostUnjudged:P1}, which is hardly more: the drill could not fail.");
        }
    }

    [Fact]
    public void Inverted_voters_who_hide_among_the_others_cost_less_than_two_points_too()
    {
        PoisonResult result = Run(new PoisonPlan { Share = 0.2, Attack = PoisonAttack.Scattered });
        Assert.True(result.Cost <= Most, $"The attack costs {result.Cost:P1} of accuracy; at most {Most:P0} was wanted.");
        Assert.True(result.HonestCounted >= 0.95, $"{result.HonestCounted:P1} of the honest votes count.");
        Assert.InRange(result.AttackerWeight, 0, 0.2);
    }

    private PoisonResult Run(PoisonPlan plan)
    {
        PoisonResult result = PoisonDrill.Run(plan, s_seeds);
        output.WriteLine($"{plan}: clean {result.Clean.Average():0.000}, judged {result.Judged.Average():0.000}, not judged {result.Unjudged.Average():0.000}; attackers weigh {result.AttackerWeight:0.00}");
        return result;
    }
}
