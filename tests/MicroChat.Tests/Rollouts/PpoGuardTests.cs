using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Proofs.Exact;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;
using MicroChat.Training.Rollouts;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Rollouts;

/// <summary>Each guard stops what it is there for, and a healthy run passes them all.</summary>
public sealed class PpoGuardTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(0.7, true)]
    public void Before_a_steps_first_update_every_ratio_is_1_and_nothing_is_clipped(double temperature, bool usesAdapter)
    {
        PpoTrainingOptions options = Small(usesAdapter);
        options = options with { Rollouts = options.Rollouts with { Sampling = options.Rollouts.Sampling with { Temperature = temperature } } };
        using var model = new EnumerableModel(3, options);
        for (int i = 0; i < 3; i++)                             // from the second step on the adapter is not zero any more
        {
            PpoStep step = model.Trainer.RunStep();
            Assert.True(step.Stop is null, step.Stop);
            Assert.InRange(step.Metrics[PpoMetrics.FirstRatioDeviation], 0, 2e-5);
            Assert.InRange(step.Metrics[PpoMetrics.FirstPolicyLoss], -1e-5, 1e-5);
            Assert.Equal(0, step.Metrics[PpoMetrics.FirstClipFraction]);
            Assert.InRange(step.Metrics[Metrics.PolicyRatio], 0.9, 1.1);         // a mean: actions are counted right
        }
    }

    [Fact]
    public void Log_probabilities_of_another_temperature_are_caught_by_the_first_ratio() =>
        AssertStopped(new Resampling(new SamplingOptions { Temperature = 0.7, TopP = 1 }), "away from 1", "another temperature");

    [Fact]
    public void Renormalised_log_probabilities_of_top_k_are_caught_by_the_first_ratio() =>
        AssertStopped(new Resampling(new SamplingOptions { Temperature = 1, TopP = 1, TopK = 2 }), "away from 1", "top-k");

    [Fact]
    public void A_policy_that_samples_without_its_adapter_is_caught_by_the_first_ratio()
    {
        using var model = new EnumerableModel(3, Small(usesAdapter: true), decoder => new Resampling(null) { Decoder = decoder, DropsAdapter = true });
        Assert.Null(model.Trainer.RunStep().Stop);              // a fresh adapter changes nothing yet
        Assert.Contains("another adapter", model.Trainer.RunStep().Stop);
    }

    [Fact]
    public void A_score_that_is_no_number_stops_before_anything_is_changed()
    {
        using var model = new EnumerableModel(3, Small(false), reward: new Scores(_ => double.NaN));
        double[] before = model.Policy();
        Assert.Contains("no number", model.Trainer.RunStep().Stop);
        Assert.Equal(before, model.Policy());
        Assert.Equal(0, model.Trainer.State.Step);
    }

    [Fact]
    public void A_held_out_reward_that_falls_while_the_proxy_rises_stops_the_run()
    {
        PpoTrainingOptions options = EnumerableModel.Options(0.05, 1, 60);
        options = options with { RepliesPerStep = 64, Guards = options.Guards with { RewardWindow = 4 } };
        using var model = new EnumerableModel(1, options, heldOut: new Scores(reply => -PairScorer.Of(reply)));
        string? stop = null;
        for (int i = 0; i < 60 && stop is null; i++)
        {
            stop = model.Trainer.RunStep().Stop;
        }
        Assert.Contains("Over-optimisation", stop);
        Assert.Equal(model.Trainer.State.Step, model.Trainer.State.Rewards.Count);
    }

    [Fact]
    public void Noise_in_the_held_out_reward_and_rewards_that_rise_together_do_not_stop_a_run()
    {
        var random = new Random(1);
        var options = new PpoGuardOptions();
        RewardPoint[] together = [.. Enumerable.Range(0, 60).Select(i => RewardPoint.Of(i, [i * 0.1], [.. Enumerable.Range(0, 64).Select(_ => (i * 0.02) + random.NextDouble())]))];
        RewardPoint[] noise = [.. Enumerable.Range(0, 60).Select(i => RewardPoint.Of(i, [i * 0.1], [.. Enumerable.Range(0, 64).Select(_ => random.NextDouble())]))];
        Assert.Null(PpoGuards.OverOptimisation(together, options));
        Assert.Null(PpoGuards.OverOptimisation(noise, options));
    }

    [Fact]
    public void A_negative_divergence_is_an_error_and_noise_around_0_is_not()
    {
        Assert.Contains("cannot be negative", PpoGuards.Divergence([-1, -1.2, -0.9, -1.1], new PpoGuardOptions()));
        Assert.Null(PpoGuards.Divergence([-0.5, 0.4, 0.1, -0.2], new PpoGuardOptions()));
    }

    /// <summary>Everything that changes the distribution but the temperature.</summary>
    [Fact]
    public void Sampling_that_is_not_what_is_trained_is_refused()
    {
        SamplingOptions plain = new RolloutOptions().Sampling;
        Assert.Empty(new RolloutOptions().Validate());
        SamplingOptions[] wrong =
        [
            plain with { TopK = 50 }, plain with { TopP = 0.95 }, plain with { MinP = 0.1 }, plain with { TypicalP = 0.9 }, plain with { EpsilonCutoff = 0.01 }, plain with { EtaCutoff = 0.01 },
            plain with { RepetitionPenalty = 1.1 }, plain with { FrequencyPenalty = 0.1 }, plain with { PresencePenalty = 0.1 }, plain with { NoRepeatNgram = 3 },
            plain with { SuppressedTokens = [1] }, plain with { LogitBias = new Dictionary<int, double> { [1] = 1 } }, plain with { Stop = ["x"] }, plain with { Temperature = 0 },
        ];
        Assert.All(wrong, sampling => Assert.Single(new RolloutOptions { Sampling = sampling }.Validate()));
    }

    /// <summary>How a step is cut into micro-batches, and how many replies are in work at once, changes nothing but the order of additions.</summary>
    [Fact]
    public void Micro_batches_and_replies_at_once_do_not_change_a_step()
    {
        PpoTrainingOptions options = Small(false);
        using var whole = new EnumerableModel(4, options);
        using var cut = new EnumerableModel(4, options with { MicroBatchTokens = 40, Rollouts = options.Rollouts with { Sequences = 3 } });
        PpoStep a = whole.Trainer.RunStep(), b = cut.Trainer.RunStep();
        Assert.Equal(a.Rollouts.SelectMany(r => r.Row.Ids), b.Rollouts.SelectMany(r => r.Row.Ids));
        Assert.Equal(a.Metrics[Metrics.GradientNorm], b.Metrics[Metrics.GradientNorm], 1e-5);
        Assert.All(whole.Policy().Zip(cut.Policy()), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_reference_stays_what_the_policy_began_as(bool usesAdapter)
    {
        using var model = new EnumerableModel(5, Small(usesAdapter));
        double[] before = model.Reference(), policy = model.Policy();
        Assert.Equal(before, policy);
        for (int i = 0; i < 2; i++)
        {
            Assert.Null(model.Trainer.RunStep().Stop);
        }
        Assert.Equal(before, model.Reference());
        Assert.NotEqual(before, model.Policy());
    }

    private static PpoTrainingOptions Small(bool usesAdapter) =>
        EnumerableModel.Options(0.1, 2, 10) with { RepliesPerStep = 32, Adapter = usesAdapter ? new LoraOptions { Rank = 4 } : null };

    private static void AssertStopped(Resampling wrong, params string[] words)
    {
        using var model = new EnumerableModel(3, Small(false), decoder =>
        {
            wrong.Decoder = decoder;
            return wrong;
        });
        double[] before = model.Policy();
        string? stop = model.Trainer.RunStep().Stop;
        Assert.All(words, word => Assert.Contains(word, stop));
        Assert.Equal(before, model.Policy());
    }

    /// <summary>A rule as a reward.</summary>
    private sealed class Scores(Func<int[], double> rule) : IReplyScorer
    {
        public double[] Score(IReadOnlyList<EncodedReply> rows) => [.. rows.Select(row => rule(row.Ids[row.PromptTokens..]))];
    }

    /// <summary>A decoder that samples otherwise than it is told.</summary>
    private sealed class Resampling(SamplingOptions? sampling) : IDecoder
    {
        public IDecoder Decoder { get; set; } = null!;

        public bool DropsAdapter { get; init; }

        public DecoderConfig Config => Decoder.Config;

        public int StepTokens => Decoder.StepTokens;

        public KeyValueCache NewCache(int slots) => Decoder.NewCache(slots);

        public void Forward(ReadOnlySpan<int> ids, ReadOnlySpan<int> rowStarts, ReadOnlySpan<KeyValueCache> caches)
        {
            foreach (KeyValueCache cache in caches)
            {
                if (DropsAdapter && cache.Seen == 0)
                {
                    cache.Adapter = null;
                }
            }
            Decoder.Forward(ids, rowStarts, caches);
        }

        public int Sample(int sequence, Sampler sampler, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated, double draw, out float logProb) =>
            Decoder.Sample(sequence, sampling is null ? sampler : new Sampler(sampling, Config.VocabularySize), prompt, generated, draw, out logProb);

        public void ReadLogits(int sequence, Span<float> destination) => Decoder.ReadLogits(sequence, destination);

        public void Dispose() => Decoder.Dispose();
    }
}
