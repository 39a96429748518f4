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
        _head.Learn(_crew);
    }

    [Theory]
    [InlineData("fine-tuning")]
    [InlineData("pretraining mix")]
    [InlineData("k2")]
    [InlineData("k3")]
    [InlineData("bco")]
    public void Losses_on_log_probabilities_reach_the_weights(string loss)
    {
        var batch = new ReplyBatch([Row(3, 4), Row(2, 6), Row(5, 1)]);
        int T = batch.Tokens.Tokens;
        double[] reference = Close.Draw(_random, T), d = new double[T];
        double Loss()
        {
            double[] logProb = LogProb(batch);
            return loss switch
            {
                "k2" => KlEstimate.Evaluate(logProb, reference, batch.Actions, KlEstimator.K2, 12, d),
                "k3" => KlEstimate.Evaluate(logProb, [.. logProb.Select((_, t) => -3 + (0.2 * reference[t]))], batch.Actions, KlEstimator.K3, 12, d),
                "bco" => BinaryClassifier.Evaluate(logProb, reference, batch.Actions, batch.Tokens.RowStarts, [true, false, true], 0.3, 0.1, 3, d).Loss,
                "pretraining mix" => 27.8 * PpoLoss.Pretraining(logProb, batch.Actions, 27.8, 11, d),
                _ => MaskedLikelihood.Evaluate(logProb, batch.Actions, 11, d),
            };
        }
        AssertSlope(Loss, () => BackwardLogProb(Loss, d));
    }

    [Theory]
    [InlineData("choices")]
    [InlineData("best of four")]
    [InlineData("raters")]
    [InlineData("erring raters")]
    public void Losses_on_scores_reach_the_weights(string loss)
    {
        var batch = new ReplyBatch([Row(3, 4), Row(3, 2), Row(3, 6), Row(3, 1)]);
        double[] d = new double[4], two = new double[2], others = new double[2];
        double Loss()
        {
            double[] scores = Scores(batch);
            return loss switch
            {
                "raters" => RatedReplies.Evaluate(scores, [new Thumb(0, 0, 1), new Thumb(1, 1, 0), new Thumb(2, 0, 0.3), new Thumb(3, 1, 1)], [1.2, -0.5], [0.1, -0.3], 4, d, two, others).Loss,
                "erring raters" => CrowdBradleyTerry.Evaluate(scores, [new RewardPair(0, 1) { Weight = 0.5 }, new RewardPair(3, 2) { Weight = 0.5 }], [0, 1], [0.9, 0.6], d, two),
                "best of four" => PlackettLuce.Evaluate(scores, [0, 4], 1, 1, d),
                _ => PlackettLuce.Evaluate(scores, [0, 4], PlackettLuce.AllStages, 1, d),
            };
        }
        AssertSlope(Loss, () =>
        {
            Loss();
            _decoder.Backward([], [], batch.ScalarGradient(d));
        });
    }

    [Fact]
    public void Rankings_reach_the_weights()
    {
        RewardBatch batch = RewardBatch.Of(Groups(), 3);
        AssertSlope(() => Reward(batch).Statistics.Loss, () => _decoder.Backward([], [], batch.Rows.ScalarGradient(Reward(batch).Slopes)));
    }

    [Theory]
    [InlineData(DirectPreferenceLoss.Sigmoid, 0.1)]
    [InlineData(DirectPreferenceLoss.Robust, 0.1)]
    [InlineData(DirectPreferenceLoss.Ipo, 0)]
    [InlineData(DirectPreferenceLoss.IpoSum, 0)]
    [InlineData(DirectPreferenceLoss.SigmoidNormalised, 0)]
    public void Direct_preferences_reach_the_weights(DirectPreferenceLoss kind, double smoothing)
    {
        var batch = new ReplyBatch(RewardBatch.PairRows(Groups()));
        int T = batch.Tokens.Tokens, pairs = batch.Ends.Length / 2;
        double[] reference = Close.Draw(_random, T), d = new double[T];
        var options = new DirectPreferenceOptions { Loss = kind, LabelSmoothing = smoothing };
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
        var options = new PpoOptions { EntropyCoefficient = 0.05, ValueCoefficient = 0.5, ClipLow = 0.6, ClipHigh = 0.6, ValueClip = 2 }; // no kink within the steps
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

    /// <summary>
    /// Moving any tensor along its own gradient raises the loss by the norm of that gradient, to 1e-4 of the whole gradient's norm. Differences over
    /// two steps, so that the step's own error is of fourth order and float32's rounding does not show.
    /// </summary>
    private void AssertSlope(Func<double> loss, Action backward)
    {
        backward();
        var tensors = new List<(Func<Span<float>> Weights, float[] Gradient)>();
        tensors.AddRange(_weights.Parameters.Select(parameter => ((Func<Span<float>>)(() => _weights[parameter]), _decoder.Gradients[parameter].ToArray())));
        tensors.AddRange(_head.Weights.Parameters.Select(parameter => ((Func<Span<float>>)(() => _head.Weights[parameter]), _head.Training!.Gradients[parameter].ToArray())));
        _decoder.Gradients.Clear();
        _head.Training!.Gradients.Clear();
        double whole = Norm(tensors.SelectMany(tensor => tensor.Gradient));
        Assert.True(whole > 1e-4);
        double step = Math.Clamp(0.1 / whole, 1e-3, 1e-2);     // a steep loss is a curved one
        foreach ((Func<Span<float>> weights, float[] gradient) in tensors)
        {
            double norm = Norm(gradient);
            if (norm == 0)
            {
                continue;
            }
            float[] kept = weights().ToArray();
            double Move(double by)
            {
                for (int i = 0; i < kept.Length; i++)
                {
                    weights()[i] = kept[i] + (float)(by * gradient[i] / norm);
                }
                return loss();
            }
            double slope = ((8 * (Move(step) - Move(-step))) - (Move(2 * step) - Move(-2 * step))) / (12 * step);
            kept.CopyTo(weights());
            Assert.True(Math.Abs(slope - norm) <= 1e-4 * whole, $"{slope} by differences, {norm} by the gradient, of {whole}");
        }
    }

    private static double Norm(IEnumerable<float> gradient) => Math.Sqrt(gradient.Sum(g => (double)g * g));

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
