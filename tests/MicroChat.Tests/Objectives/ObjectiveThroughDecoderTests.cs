using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;

namespace MicroChat.Tests.Objectives;

/// <summary>Objectives on a real decoder of two layers: slopes of the weights, identities of the first step, independence of the batch.</summary>
public sealed class ObjectiveThroughDecoderTests : IDisposable
{
    private static readonly DecoderConfig s_config = new()
    {
        ModelType = "llama", VocabularySize = 31, Width = 16, Layers = 2, Heads = 2, KeyValueHeads = 1, HeadSize = 8, FeedForward = 24,
        ContextTokens = 64, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true, InitializerRange = 0.3f,
    };

    private readonly Crew _crew = new(1);
    private readonly ParameterBlock _weights = new(s_config);
    private readonly TrainableDecoder _decoder;
    private readonly ScalarHead _head = new(s_config);
    private readonly Random _random = new(5);

    public ObjectiveThroughDecoderTests()
    {
        WeightInitializer.Initialize(_weights, seed: 7);
        _decoder = new TrainableDecoder(_weights, _crew);
        Precision.Narrow(Close.Draw(_random, s_config.Width, 0.5)).CopyTo(_head.Weight);
    }

    [Fact]
    public void Rankings_reach_the_weights()
    {
        RewardBatch batch = RewardBatch.Of(Groups(), 3);
        AssertSlope(() => Reward(batch).Statistics.Loss, () => _decoder.Backward([], [], batch.Rows.ScalarGradient(Reward(batch).Slopes)));
    }

    [Fact]
    public void Direct_preferences_reach_the_weights()
    {
        var batch = new ReplyBatch(RewardBatch.PairRows(Groups()));
        int T = batch.Tokens.Tokens, pairs = batch.Ends.Length / 2;
        double[] reference = Close.Draw(_random, T), d = new double[T];
        var options = new DirectPreferenceOptions { LabelSmoothing = 0.1 };
        double Loss() => DirectPreference.Evaluate(LogProb(batch), reference, batch.Actions, batch.Tokens.RowStarts, options, pairs, d).Loss;
        AssertSlope(Loss, () => BackwardLogProb(Loss, d));
    }

    [Fact]
    public void Thumbs_reach_the_weights()
    {
        var batch = new ReplyBatch([Row(3, 4), Row(2, 6), Row(5, 1)]);
        int T = batch.Tokens.Tokens;
        double[] reference = Close.Draw(_random, T), d = new double[T];
        double Loss() => KahnemanTversky.Evaluate(
            LogProb(batch), reference, batch.Actions, batch.Tokens.RowStarts, [true, false, true], 0.2, new KahnemanTverskyOptions(), 3, d).Loss;
        AssertSlope(Loss, () => BackwardLogProb(Loss, d));
    }

    [Fact]
    public void Policy_value_and_entropy_reach_the_weights_at_once()
    {
        var batch = new ReplyBatch([Row(3, 4), Row(2, 6), Row(5, 1)]);
        int T = batch.Tokens.Tokens;
        var options = new PpoOptions { EntropyCoefficient = 0.05, ValueCoefficient = 0.5 };
        PpoMinibatch minibatch = Rollout(batch, options, shift: 0.05).Select([0, 1, 2]);
        double[] dLogProb = new double[T], dValues = new double[T], dEntropy = new double[T];
        double Loss()
        {
            TokenScores scores = _decoder.Score(batch.Tokens, _head, entropy: true);
            return PpoLoss.Evaluate(minibatch, Precision.Widen(scores.LogProb), Precision.Widen(scores.Scalar), Precision.Widen(scores.Entropy), options,
                minibatch.Actions, new PpoGradients { LogProb = dLogProb, Values = dValues, Entropy = dEntropy }).Total;
        }
        AssertSlope(Loss, () =>
        {
            Loss();
            _decoder.Backward(Precision.Narrow(dLogProb), Precision.Narrow(dEntropy), Precision.Narrow(dValues));
        });
    }

    [Fact]
    public void The_first_step_has_the_known_losses_and_ratio_1()
    {
        RewardBatch rewards = RewardBatch.Of(Groups(), 3);
        rewards = rewards with { Pairs = [.. rewards.Pairs.Select(pair => pair with { Margin = 0 })] };
        _head.Weight.Clear();
        Assert.Equal(Math.Log(2), Reward(rewards).Statistics.Loss, 1e-12);
        var pairs = new ReplyBatch(RewardBatch.PairRows(Groups()));
        double[] logProb = LogProb(pairs), d = new double[logProb.Length];
        Assert.Equal(Math.Log(2), DirectPreference.Evaluate(logProb, logProb, pairs.Actions, pairs.Tokens.RowStarts, new DirectPreferenceOptions(), 100, d).Loss * 100 * 2 / pairs.Ends.Length, 1e-12);
        var replies = new ReplyBatch([Row(3, 4), Row(2, 6)]);
        PpoMinibatch minibatch = Rollout(replies, new PpoOptions(), shift: 0).Select([0, 1]);
        Assert.Equal(0, PpoLoss.LargestRatioDeviation(minibatch, LogProb(replies)));
    }

    [Fact]
    public void Log_probabilities_at_another_temperature_fail_the_ratio_of_1()
    {
        var replies = new ReplyBatch([Row(3, 4), Row(2, 6)]);
        PpoMinibatch minibatch = Rollout(replies, new PpoOptions(), shift: 0).Select([0, 1]);
        Assert.True(PpoLoss.LargestRatioDeviation(minibatch, [.. LogProb(replies).Select(l => l / 0.7)]) > 1e-2);
    }

    [Fact]
    public void A_reward_does_not_depend_on_its_neighbours()
    {
        EncodedReply first = Row(3, 4), second = Row(2, 9);
        double[] together = Scores(new ReplyBatch([second, first, second])), alone = Scores(new ReplyBatch([first]));
        Assert.Equal(alone[0], together[1], 1e-5);
        Assert.Equal(together[0], together[2], 1e-5);
    }

    [Fact]
    public void Micro_batches_of_groups_add_up_to_the_gradient_of_one_batch()
    {
        IReadOnlyList<EncodedGroup> groups = Groups();
        RewardBatch whole = RewardBatch.Of(groups, groups.Count);
        _decoder.Backward([], [], whole.Rows.ScalarGradient(Reward(whole).Slopes));
        float[] wanted = Gradient();
        foreach (EncodedGroup group in groups)
        {
            RewardBatch part = RewardBatch.Of([group], groups.Count);
            _decoder.Backward([], [], part.Rows.ScalarGradient(Reward(part).Slopes));
        }
        float[] found = Gradient();
        double largest = wanted.Max(Math.Abs);
        Assert.All(wanted.Zip(found), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-5 * largest));
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _head.Dispose();
        _weights.Dispose();
        _crew.Dispose();
    }

    private (PairStatistics Statistics, double[] Slopes) Reward(RewardBatch batch)
    {
        double[] scores = Scores(batch.Rows), d = new double[scores.Length];
        return (BradleyTerry.Evaluate(scores, batch.Pairs, new BradleyTerryOptions { Centring = 0.01 }, d), d);
    }

    private double[] Scores(ReplyBatch batch) => batch.Scores(_decoder.Score(batch.Tokens, _head, entropy: false).Scalar);

    private double[] LogProb(ReplyBatch batch) => Precision.Widen(_decoder.Score(batch.Tokens, null, entropy: false).LogProb);

    private void BackwardLogProb(Func<double> loss, double[] slopes)
    {
        loss();
        _decoder.Backward(Precision.Narrow(slopes), [], []);
    }

    /// <summary>Along its own direction the loss rises by the gradient's norm.</summary>
    private void AssertSlope(Func<double> loss, Action backward)
    {
        const double Step = 2e-3;
        backward();
        float[] gradient = Gradient();
        double norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
        Assert.True(norm > 1e-4);
        double Move(double by)
        {
            int at = 0;
            foreach (Parameter parameter in _weights.Parameters)
            {
                foreach (ref float weight in _weights[parameter])
                {
                    weight += (float)(by * gradient[at++] / norm);
                }
            }
            return loss();
        }
        double above = Move(Step), below = Move(-2 * Step);
        Assert.Equal(norm, (above - below) / (2 * Step), 2e-3 * norm);
    }

    /// <summary>The gradient of all weights, cleared afterwards.</summary>
    private float[] Gradient()
    {
        float[] all = [.. _weights.Parameters.SelectMany(parameter => _decoder.Gradients[parameter].ToArray())];
        _decoder.Gradients.Clear();
        return all;
    }

    private PpoExperience Rollout(ReplyBatch batch, PpoOptions options, double shift)
    {
        TokenScores scores = _decoder.Score(batch.Tokens, _head, entropy: false);
        double[] logProb = Precision.Widen(scores.LogProb), values = Precision.Widen(scores.Scalar);
        return new PpoExperience(new PpoRollout
        {
            RowStarts = batch.Tokens.RowStarts, Mask = batch.Actions, LogProb = [.. logProb.Select(l => l + shift)], Reference = Close.Draw(_random, logProb.Length),
            Values = [.. values.Select(v => v - shift)], Scores = Close.Draw(_random, batch.Ends.Length), Ended = [.. batch.Ends.Select(_ => true)],
        }, 0.05, options);
    }

    private List<EncodedGroup> Groups() =>
    [
        new EncodedGroup(1, [Row(3, 4), Row(3, 2), Row(3, 5)], [new Judgement(0, 1, 1, 0), new Judgement(0, 2, 0.8, 0), new Judgement(2, 1, 1, 0.5)]),
        new EncodedGroup(2, [Row(5, 1), Row(5, 7)], [new Judgement(1, 0, 1, 0)]),
        new EncodedGroup(3, [Row(2, 3), Row(2, 3)], [new Judgement(0, 1, 1, 0)]),
    ];

    private EncodedReply Row(int prompt, int reply) =>
        new([.. Enumerable.Range(0, prompt + reply).Select(_ => _random.Next(s_config.VocabularySize))], prompt);
}
