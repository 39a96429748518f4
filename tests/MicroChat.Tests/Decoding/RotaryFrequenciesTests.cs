using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

/// <summary>The expected lists were computed by a separate program from the papers' formulas.</summary>
public sealed class RotaryFrequenciesTests
{
    [Fact]
    public void Without_scaling_the_frequencies_fall_from_one_to_nearly_one_over_the_base()
    {
        RotaryFrequencies found = RotaryFrequencies.For(Config(headSize: 4, context: 16, null), length: 1000);
        Near([1, 0.01], found.InverseFrequencies);
        Assert.Equal(1, found.Scale);
        Assert.False(found.DependsOnLength);
    }

    [Fact]
    public void Linear_divides_every_frequency()
    {
        RotaryFrequencies found = RotaryFrequencies.For(Config(4, 16, new RopeScaling { Kind = "linear", Factor = 4 }), 1000);
        Near([0.25, 0.0025], found.InverseFrequencies);
        Assert.False(found.DependsOnLength);
    }

    [Fact]
    public void Dynamic_grows_the_base_beyond_the_context_only()
    {
        DecoderConfig config = Config(16, 16, new RopeScaling { Kind = "dynamic", Factor = 2 });
        double[] plain = RotaryFrequencies.For(config with { RopeScaling = null }, 1).InverseFrequencies;
        Assert.Equal(plain, RotaryFrequencies.For(config, 16).InverseFrequencies);
        RotaryFrequencies found = RotaryFrequencies.For(config, 40);
        Assert.True(found.DependsOnLength);
        Near(
            [1.0, 0.2594128170149228, 0.0672950096316178, 0.017457188019584336, 0.004528618321319533, 0.0011747816359188909, 0.00030475341355111886, 7.905694150420948e-05],
            found.InverseFrequencies);
    }

    [Fact]
    public void Llama3_keeps_blends_and_divides()
    {
        var scaling = new RopeScaling { Kind = "llama3", Factor = 8, LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalContextTokens = 32 };
        Near(
            [1.0, 0.09583998588296266, 0.0125, 0.003952847075210474, 0.00125, 0.00039528470752104737, 0.000125, 3.952847075210474e-05],
            RotaryFrequencies.For(Config(16, 256, scaling), 1).InverseFrequencies);
    }

    [Fact]
    public void Yarn_ramps_between_rounded_bounds_and_raises_the_scale()
    {
        RotaryFrequencies found = RotaryFrequencies.For(Config(32, 128, new RopeScaling { Kind = "yarn", Factor = 4, OriginalContextTokens = 32 }), 1);
        Near([1.0, 0.42175599389276186, 0.15811388300841897, 0.044456985250973066, 0.025, 0.014058533129758726], found.InverseFrequencies[..6]);
        Assert.Equal((0.1 * Math.Log(4)) + 1, found.Scale, 12);
    }

    [Fact]
    public void Yarn_without_truncation_ramps_between_broken_bounds()
    {
        var scaling = new RopeScaling { Kind = "yarn", Factor = 40, OriginalContextTokens = 4096, Truncate = false, MagnitudeScale = 0.707, MagnitudeScaleAllDims = 1 };
        RotaryFrequencies found = RotaryFrequencies.For(Config(16, 163_840, scaling), 1);
        Near([1.0, 0.31622776601683794, 0.1, 0.02771085847508042, 0.005524062977468265, 0.0007226383418941806, 2.5e-05, 7.905694150420947e-06], found.InverseFrequencies);
        Assert.Equal((1 + (0.0707 * Math.Log(40))) / (1 + (0.1 * Math.Log(40))), found.Scale, 12);
        Assert.Equal(3, RotaryFrequencies.For(Config(16, 163_840, scaling with { AttentionFactor = 3 }), 1).Scale);
    }

    [Fact]
    public void Longrope_takes_the_long_factors_beyond_the_original_context()
    {
        DecoderConfig config = Config(4, 64, new RopeScaling { Kind = "longrope", Factor = 4, OriginalContextTokens = 16, ShortFactors = [1, 2], LongFactors = [4, 5] });
        Near([1, 0.005], RotaryFrequencies.For(config, 16).InverseFrequencies);
        Near([0.25, 0.002], RotaryFrequencies.For(config, 17).InverseFrequencies);
        Assert.Equal(Math.Sqrt(1.5), RotaryFrequencies.For(config, 1).Scale, 12);
        Assert.True(RotaryFrequencies.For(config, 1).DependsOnLength);
    }

    [Fact]
    public void An_unknown_kind_is_named() =>
        Assert.Contains("spiral", Assert.Throws<ArgumentException>(() => RotaryFrequencies.For(Config(4, 16, new RopeScaling { Kind = "spiral" }), 1)).Message, StringComparison.Ordinal);

    private static void Near(double[] wanted, double[] found)
    {
        Assert.Equal(wanted.Length, found.Length);
        Assert.All(wanted.Zip(found), pair => Assert.Equal(1, pair.Second / pair.First, 12));
    }

    private static DecoderConfig Config(int headSize, int context, RopeScaling? scaling) => new()
    {
        ModelType = "llama", VocabularySize = 8, Width = headSize, Layers = 1, Heads = 1, KeyValueHeads = 1, HeadSize = headSize,
        FeedForward = 8, ContextTokens = context, NormEpsilon = 1e-5f, RopeTheta = 10_000, RopeScaling = scaling,
    };
}
