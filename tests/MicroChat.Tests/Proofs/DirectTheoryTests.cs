using MicroChat.Proofs.Exact;
using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Proofs;

/// <summary>
/// DPO and KTO against what theory says, with the tasks of "train dpo" and "train kto" on a model whose optimum is known. More sizes and seeds
/// are in evidence/dpo-theory.md and evidence/kto-theory.md.
/// </summary>
public sealed class DirectTheoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Dpo_on_many_pairs_reaches_the_optimum_and_on_few_does_not()
    {
        DirectResult many = Dpo(50_000, 250), few = Dpo(200, 250);
        output.WriteLine($"50,000 pairs: gap {many.Exact.Gap:F4}, 200 pairs: gap {few.Exact.Gap:F4}; log p of chosen {few.LikedBefore:F3} → {few.LikedAfter:F3}");
        Assert.Equal(Math.Log(2), many.FirstLoss, 1e-6);
        Assert.InRange(many.Exact.Gap, 0.8, 1.0001);
        Assert.True(few.Exact.Gap < 0.2, $"{few}");
    }

    [Fact]
    public void Balanced_weights_earn_more_where_one_kind_of_thumb_is_rare()
    {
        DirectResult balanced = Kto(balanced: true), plain = Kto(balanced: false);
        output.WriteLine($"balanced E[r] {balanced.Exact.Reward:F3}, plain {plain.Exact.Reward:F3}, reference {plain.Exact.Start:F3}");
        Assert.Equal(0.5, plain.FirstLoss, 1e-6);
        Assert.True(balanced.Exact.Reward > balanced.Exact.Start + 0.3, $"{balanced}");
        Assert.True(balanced.Exact.Reward > plain.Exact.Reward + 0.1, $"{balanced.Exact.Reward} and {plain.Exact.Reward}");
    }

    private static DirectResult Dpo(int pairs, int updates)
    {
        using var model = new DirectModel(1);
        return model.Dpo(pairs, 0.2, updates, DirectPreferenceLoss.Sigmoid);
    }

    private static DirectResult Kto(bool balanced)
    {
        using var model = new DirectModel(1);
        return model.Kto(4_500, 500, balanced, 0.1, 150);
    }
}
