using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Sampling;

public sealed class SamplingOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(new SamplingOptions().Validate());

    [Fact]
    public void Everything_wrong_is_listed_at_once_with_setting_value_and_wish()
    {
        var options = new SamplingOptions
        {
            Temperature = double.NaN,
            TopK = -1,
            TopP = 1.5,
            MinP = -0.1,
            TypicalP = 0,
            EpsilonCutoff = 1,
            EtaCutoff = double.PositiveInfinity,
            RepetitionPenalty = 0,
            FrequencyPenalty = double.NegativeInfinity,
            PresencePenalty = double.NaN,
            NoRepeatNgram = -2,
            MaxReplyTokens = 0,
            LogitBias = new Dictionary<int, double> { [-5] = 1, [7] = double.NaN },
            SuppressedTokens = [1, -3],
            Stop = ["fine", "", "\ud800x", new string('x', 5_000)],
        };
        string[] wanted =
        [
            "Temperature is NaN; it must be 0 or from", "TopK is -1", "TopP is 1.5; it must be from 0 to 1", "MinP is -0.1", "TypicalP is 0",
            "EpsilonCutoff is 1", "EtaCutoff is Infinity", "RepetitionPenalty is 0", "FrequencyPenalty is -Infinity", "PresencePenalty is NaN",
            "NoRepeatNgram is -2", "MaxReplyTokens is 0", "LogitBias:-5 is -5", "LogitBias:7 is NaN", "SuppressedTokens:1 is -3",
            "Stop:1 is empty", "Stop:2 is ill-formed", "Stop:3 is 5000 characters long",
        ];
        IReadOnlyList<string> faults = options.Validate();
        Assert.Equal(wanted.Length, faults.Count);
        Assert.All(wanted, text => Assert.Contains(faults, fault => fault.StartsWith("Sampling:" + text, StringComparison.Ordinal)));
        Assert.Contains("TopK is -1", Assert.Throws<ArgumentException>(() => new Sampler(options, 10)).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-6)]
    [InlineData(100)]
    public void Extreme_temperatures_work(double temperature)
    {
        var options = new SamplingOptions { Temperature = temperature };
        Assert.Empty(options.Validate());
        float[] logits = [.. Enumerable.Range(0, 5_000).Select(i => i == 77 ? 3e38f : -3e38f)];
        Assert.Equal(77, new Sampler(options, logits.Length).Sample(logits, [], [], 0.999999, out float logProb));
        Assert.Equal(0f, logProb, 1e-6f);
    }

    [Fact]
    public void Null_collections_are_faults_not_crashes() =>
        Assert.Equal(3, new SamplingOptions { LogitBias = null!, SuppressedTokens = null!, Stop = null! }.Validate().Count);
}
