using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Objectives;

public sealed class ThumbWeightTests
{
    /// <summary>At the reference σ(0) = ½ for both, so the slopes are −λ_D β ¼ and λ_U β ¼ of a half each.</summary>
    [Fact]
    public void Liked_and_disliked_replies_weigh_by_their_own_weights()
    {
        double[] same = [-1, -2], slopes = new double[2];
        var options = new KahnemanTverskyOptions { Beta = 0.1, UpWeight = 3, DownWeight = 5 };
        KahnemanTversky.Evaluate(same, same, [true, true], [0, 1, 2], [true, false], 0, options, 2, slopes);
        Assert.Equal(-3 * 0.1 / 8, slopes[0], 1e-12);
        Assert.Equal(5 * 0.1 / 8, slopes[1], 1e-12);
    }
}
