using MicroChat.Model.Decoding;
using MicroChat.Proofs.Exact;
using MicroChat.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;
using MicroChat.Training.Rollouts;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Proofs;

/// <summary>What PPO's trainer samples, pays and learns, where neither the optimum nor the ratio of the first update would tell.</summary>
public sealed class RolloutTests(ITestOutputHelper output)
{
    /// <summary>A model whose distributions are far from uniform.</summary>
    private static readonly DecoderConfig s_peaked = EnumerableLanguage.Shape with { InitializerRange = 0.5f };

    /// <summary>
    /// Mean log-probability of sampled replies against its exact expectation, and the first token's frequencies: a trainer that samples from anything
    /// but the distribution whose log-probabilities it trains is found out, even if it measures those itself.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(0.7)]
    public void Replies_come_as_often_as_the_policy_in_training_says(double temperature)
    {
        const int Count = 4_096;
        PpoTrainingOptions options = EnumerableModel.Options(0.1, 3, 1);
        options = options with
        {
            RepliesPerStep = Count,
            Rollouts = options.Rollouts with { Sampling = options.Rollouts.Sampling with { Temperature = temperature } },
        };
        using var model = new EnumerableModel(3, options, shape: s_peaked);
        PpoStep step = model.Trainer.Check();
        Assert.Null(step.Stop);
        model.Roles.Policy.Temperature = (float)temperature;
        double[] logP = model.Policy(), first = new double[4];
        for (int s = 0; s < logP.Length; s++)
        {
            first[EnumerableLanguage.Reply(s)[0]] += Math.Exp(logP[s]);
        }
        double expected = logP.Sum(l => Math.Exp(l) * l), spread = Math.Sqrt(logP.Sum(l => Math.Exp(l) * (l - expected) * (l - expected)) / Count);
        double found = step.Rollouts.Average(reply => logP[reply.Reply.Aggregate(0, (number, token) => (number * 4) + token)]);
        output.WriteLine(FormattableString.Invariant($"mean log-probability {found:F4}, expected {expected:F4} ± {spread:F4}"));
        Assert.InRange(found, expected - (5 * spread), expected + (5 * spread));
        for (int v = 0; v < 4; v++)
        {
            double share = step.Rollouts.Count(reply => reply.Reply[0] == v) / (double)Count, error = Math.Sqrt(first[v] * (1 - first[v]) / Count);
            Assert.InRange(share, first[v] - (5 * error), first[v] + (5 * error));
        }
    }

    [Fact]
    public void The_value_head_learns_what_replies_will_earn()
    {
        using var model = new EnumerableModel(1, EnumerableModel.Options(0.5, 1, 40));
        var explained = new List<double>();
        for (int i = 0; i < 40; i++)
        {
            PpoStep step = model.Trainer.RunStep();
            Assert.True(step.Stop is null, step.Stop);
            explained.Add(step.Metrics[Metrics.ValueExplainedVariance]);
        }
        output.WriteLine(string.Join(' ', explained.Select(share => share.ToString("F2"))));
        Assert.True(explained[0] < 0.1, $"{explained[0]}");                    // the head begins at zero
        Assert.True(explained.TakeLast(10).Average() > 0.3, $"{explained.TakeLast(10).Average()}");
    }

    /// <summary>Token 3 ends a reply: those without it get the penalty and not the score.</summary>
    [Fact]
    public void A_reply_that_was_cut_off_is_paid_the_penalty()
    {
        const double Score = 5, Penalty = -1;
        PpoTrainingOptions options = EnumerableModel.Options(0.1, 2, 1);
        options = options with { Objective = options.Objective with { MissingEnd = MissingEnd.Replace, MissingEndPenalty = Penalty } };
        using var model = new EnumerableModel(2, options, reward: new Constant(Score), shape: EnumerableLanguage.Shape with { EndTokenIds = [3] });
        PpoStep step = model.Trainer.Check();
        Rollout[] replies = step.Rollouts;
        int ended = replies.Count(reply => reply.Reply[^1] == 3);
        Assert.InRange(ended, 1, replies.Length - 1);
        Assert.All(replies, reply => Assert.Equal(reply.Reply[^1] == 3, reply.Ended));
        Assert.All(replies, reply => Assert.True(reply.Ended || reply.Reply.Length == EnumerableLanguage.ReplyTokens));
        Assert.Equal((double)ended / replies.Length, step.Metrics[Metrics.EndRate], 1e-12);
        double paid = ((ended * Score) + ((replies.Length - ended) * Penalty)) / replies.Length;
        Assert.Equal(paid, step.Metrics[Metrics.ObjectiveRlhfReward] - step.Metrics[Metrics.ObjectiveNonScoreReward], 1e-9);
    }

    [Fact]
    public void Pretraining_text_is_learned_at_temperature_1()
    {
        var text = new Text();
        PpoTrainingOptions options = EnumerableModel.Options(0.1, 3, 1);
        options = options with
        {
            Objective = options.Objective with { PretrainingCoefficient = 1, Epochs = 1 },
            Rollouts = options.Rollouts with { Sampling = options.Rollouts.Sampling with { Temperature = 0.5 } },
        };
        using var model = new EnumerableModel(3, options, shape: s_peaked, pretraining: text);
        model.Roles.Policy.Temperature = 1;
        TokenBatch batch = text.Next();
        float[] logProb = model.Roles.Policy.Score(batch, null, entropy: false).LogProb.ToArray();
        double wanted = -logProb.Where((_, t) => batch.Targets[t] != TokenBatch.NoTarget).Average(l => (double)l);
        Assert.Equal(wanted, model.Trainer.RunStep().Metrics[PpoMetrics.PretrainingLoss], 1e-5);
    }

    private sealed class Constant(double score) : IReplyScorer
    {
        public double[] Score(IReadOnlyList<EncodedReply> rows) => [.. rows.Select(_ => score)];
    }

    private sealed class Text : ITrainingSource
    {
        public TokenBatch Next() => TokenBatch.NextToken([0, 1, 2, 3, 2, 1, 0, 0, 3], [0, 5, 9], default);

        public string SavePlace() => "";

        public void RestorePlace(string place)
        {
        }
    }
}
