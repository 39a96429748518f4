using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;
using MicroChat.Training.Rollouts;

namespace MicroChat.Training.Stages;

/// <summary>What one step did.</summary>
/// <param name="Step">Steps made so far, this one included unless it was stopped.</param>
/// <param name="Metrics">What it measured, under the standard names.</param>
/// <param name="Rollouts">Its replies.</param>
/// <param name="Stopped">Why the run must not go on; null: it may. A stopped step is not to be saved.</param>
public sealed record PpoStep(long Step, IReadOnlyDictionary<string, double> Metrics, Rollout[] Rollouts, PpoStop? Stopped)
{
    /// <summary>Why the run must not go on, in words; null: it may.</summary>
    public string? Stop => Stopped?.Why;
}

/// <summary>
/// Proximal policy optimisation against a reward model (Schulman et al. 2017; Ziegler et al. 2019; Ouyang et al. 2022): the policy replies to
/// prompts, the replies are scored, and the policy is moved towards those that earned more than the value head expected, while every
/// nat of divergence from the reference costs β.
/// </summary>
/// <param name="roles">Policy, value and reference.</param>
/// <param name="generator">Samples with the serving decoder over the same weights.</param>
/// <param name="prompts">What the policy replies to.</param>
/// <param name="reward">What is optimised.</param>
/// <param name="heldOut">A second reward model that is only watched; null: none.</param>
/// <param name="pretraining">Text that is mixed in; null: none.</param>
/// <param name="options">How.</param>
/// <param name="time">Measures the parts of a step.</param>
public sealed class Ppo(
    PpoRoles roles, RolloutGenerator generator, PromptBank prompts, IReplyScorer reward, IReplyScorer? heldOut, ITrainingSource? pretraining,
    PpoTrainingOptions options, TimeProvider time)
{
    /// <summary>Keeps the draws of the shuffle apart from those of the replies.</summary>
    private const ulong ShuffleSeed = 0x5053_4855_4646_4C45;

    private readonly double _temperature = options.Rollouts.Sampling.Temperature;

    /// <summary>Where the run stands.</summary>
    public PpoState State { get; private set; } = new() { Beta = options.Objective.Kl.Initial };

    /// <summary>Goes on from a checkpoint's state; weights and moments are restored beside it.</summary>
    public void Resume(PpoState state)
    {
        State = state;
        if (pretraining is not null && state.PretrainingPlace is { } place)
        {
            pretraining.RestorePlace(place);
        }
    }

    /// <summary>Makes one step.</summary>
    public PpoStep RunStep() => Run(learn: true);

    /// <summary>Samples and measures as the next step would, and changes nothing: the guards' word on the policy as it is.</summary>
    public PpoStep Check() => Run(learn: false);

    private PpoStep Run(bool learn)
    {
        var metrics = new Dictionary<string, double>();
        long started = time.GetTimestamp();

        // 1. Rollouts: the policy replies to the next prompts.
        Rollout[] replies = generator.Generate(
            prompts.Take(State.Replies, options.RepliesPerStep), roles.Adapter, options.Rollouts.Sampling, options.Rollouts.Seed, State.Replies);
        EncodedReply[] rows = Array.ConvertAll(replies, reply => reply.Row);
        double sampled = time.GetElapsedTime(started).TotalSeconds;

        // 2. Scores of whole replies, by the reward model that is optimised and by the one that is held out.
        double[] scores = reward.Score(rows);
        double[]? watched = heldOut?.Score(rows);

        // 3. The same tokens by the policy in training, the value head, and the reference: the adapter switched off.
        PpoRollout rollout = Measure(replies, scores, metrics, out double deviation);
        if (PpoStop.Of(PpoGuard.Numbers, PpoGuards.Numbers(rollout, watched)) is { } broken)
        {
            return new PpoStep(State.Step, metrics, replies, broken);
        }

        // 4. Rewards with the cost of divergence, advantages by GAE, whitening: once, before anything changes.
        var experience = new PpoExperience(rollout, State.Beta, options.Objective);
        RewardPoint[] points = watched is null ? [] : [.. State.Rewards, RewardPoint.Of(State.Step + 1, scores, watched)];
        Describe(experience, replies, points, metrics);
        PpoStop? stop = PpoStop.Of(PpoGuard.Ratio, PpoGuards.Ratio(deviation, options.Guards))
            ?? PpoStop.Of(PpoGuard.Divergence, PpoGuards.Divergence(experience.Kl, options.Guards))
            ?? PpoStop.Of(PpoGuard.OverOptimisation, PpoGuards.OverOptimisation(points, options.Guards));

        // 5. Epochs of minibatches, one update each.
        double rate = options.Schedule.At(State.Step + 1);
        long learning = time.GetTimestamp();
        stop ??= !learn ? null : PpoStop.Of(PpoGuard.Numbers, Learn(experience, rows, (float)rate, metrics));
        if (stop is not null || !learn)
        {
            return new PpoStep(State.Step, metrics, replies, stop);
        }

        // 6. β of the next step, and the place that it begins from.
        State = State with
        {
            Step = State.Step + 1,
            Replies = State.Replies + replies.Length,
            Tokens = State.Tokens + rows.Sum(row => (long)row.Ids.Length),
            Rewards = points,
            Beta = KlCoefficient.Next(State.Beta, experience.MeanKl, replies.Length, options.Objective.Kl),
            PretrainingPlace = pretraining?.SavePlace(),
        };
        metrics[Metrics.LearningRate] = rate;
        Clock(rows.Sum(row => row.Ids.Length), started, sampled, learning, metrics);
        return new PpoStep(State.Step, metrics, replies, null);
    }

    /// <summary>How long the parts of a step took.</summary>
    private void Clock(int tokens, long started, double sampled, long learning, Dictionary<string, double> metrics)
    {
        double seconds = Math.Max(1e-9, time.GetElapsedTime(started).TotalSeconds), updating = Math.Max(1e-9, time.GetElapsedTime(learning).TotalSeconds);
        metrics[Metrics.TokensPerSecond] = tokens / seconds;
        metrics[PpoMetrics.RolloutShare] = sampled / seconds;
        metrics[PpoMetrics.UpdateTokensPerSecond] = (double)tokens * options.Objective.Epochs / updating;
    }

    /// <summary>What policy, value head and reference say of the replies before anything is learned from them.</summary>
    private PpoRollout Measure(Rollout[] replies, double[] scores, Dictionary<string, double> metrics, out double deviation)
    {
        int[] starts = [0, .. replies.Select(reply => reply.Row.Ids.Length)];
        for (int b = 0; b < replies.Length; b++)
        {
            starts[b + 1] += starts[b];
        }
        int T = starts[^1];
        var rollout = new PpoRollout
        {
            RowStarts = starts, Mask = new bool[T], LogProb = new double[T], Reference = new double[T], Values = new double[T],
            Scores = scores, Ended = Array.ConvertAll(replies, reply => reply.Ended),
        };
        double[] now = new double[T], entropy = new double[T];
        roles.Frozen.Temperature = roles.Policy.Temperature = (float)_temperature;
        foreach (List<int> part in MicroBatches.Cut(Enumerable.Range(0, replies.Length), b => replies[b].Row.Ids.Length, options.MicroBatchTokens))
        {
            var batch = new ReplyBatch([.. part.Select(b => replies[b].Row)]);
            int at = starts[part[0]];
            TokenScores policy = roles.Policy.Score(batch.Tokens, roles.Value, entropy: true);
            Precision.Widen(policy.LogProb).CopyTo(now, at);
            Precision.Widen(policy.Scalar).CopyTo(rollout.Values, at);
            Precision.Widen(policy.Entropy).CopyTo(entropy, at);
            Precision.Widen(roles.ScoreReference(batch.Tokens).LogProb).CopyTo(rollout.Reference, at);
            batch.Actions.CopyTo(rollout.Mask, at);
        }
        for (int b = 0; b < replies.Length; b++)
        {
            Precision.Widen(replies[b].LogProbs).CopyTo(rollout.LogProb, starts[b] + replies[b].Row.PromptTokens - 1);
        }
        deviation = LargestDeviation(rollout, now);
        metrics[Metrics.PolicyEntropy] = entropy.Sum() / Math.Max(1, MaskedRows.Count(rollout.Mask));
        metrics[PpoMetrics.FirstRatioDeviation] = deviation;
        return rollout;
    }

    private static double LargestDeviation(PpoRollout rollout, double[] now) =>
        PpoLoss.LargestRatioDeviation(new PpoMinibatch(rollout.RowStarts, rollout.Mask, rollout.LogProb, rollout.Values, [], []), now);

    /// <summary>All passes over the step's replies.</summary>
    /// <returns>Why the run must stop, or null.</returns>
    private string? Learn(PpoExperience experience, EncodedReply[] rows, float rate, Dictionary<string, double> metrics)
    {
        int updates = options.Objective.Epochs * options.Objective.Minibatches;
        PpoStatistics sum = default;
        double norms = 0, pretrained = 0;
        for (int update = 0; update < updates; update++)
        {
            int[] order = Shuffled(rows.Length, update / options.Objective.Minibatches);
            int part = update % options.Objective.Minibatches, minibatches = options.Objective.Minibatches;
            int[] chosen = order[(rows.Length * part / minibatches)..(rows.Length * (part + 1) / minibatches)];
            PpoStatistics seen = Accumulate(experience, rows, chosen);
            pretrained += AccumulatePretraining();
            double norm = roles.Policy.Step(rate, options.Optimizer);
            if (PpoGuards.Gradient(norm) is { } broken)
            {
                return broken;
            }
            if (update == 0)
            {
                metrics[PpoMetrics.FirstPolicyLoss] = seen.Policy.Loss;
                metrics[PpoMetrics.FirstClipFraction] = seen.Policy.ClipFraction;
            }
            sum += seen;
            norms += norm;
        }
        double entropy = metrics[Metrics.PolicyEntropy];
        sum.Report(metrics);
        foreach (string mean in new[] { Metrics.PolicyLoss, Metrics.PolicyApproxKl, Metrics.PolicyClipFraction, Metrics.PolicyRatio, Metrics.ValueLoss, Metrics.ValueClipFraction, Metrics.ValueError })
        {
            metrics[mean] /= updates;
        }
        metrics[Metrics.PolicyEntropy] = entropy;
        metrics[Metrics.GradientNorm] = norms / updates;
        if (pretraining is not null)
        {
            metrics[PpoMetrics.PretrainingLoss] = pretrained / updates;
        }
        return null;
    }

    /// <summary>Adds the gradients of one minibatch; how it is cut into micro-batches does not change them.</summary>
    private PpoStatistics Accumulate(PpoExperience experience, EncodedReply[] rows, int[] chosen)
    {
        long actions = chosen.Sum(b => (long)rows[b].ReplyTokens);
        bool usesEntropy = options.Objective.EntropyCoefficient > 0;
        PpoStatistics sum = default;
        foreach (List<int> part in MicroBatches.Cut(chosen, b => rows[b].Ids.Length, options.MicroBatchTokens))
        {
            var batch = new ReplyBatch([.. part.Select(b => rows[b])]);
            TokenScores scores = roles.Policy.Score(batch.Tokens, roles.Value, usesEntropy);
            int T = batch.Tokens.Tokens;
            var slopes = new PpoGradients { LogProb = new double[T], Values = new double[T], Entropy = usesEntropy ? new double[T] : default };
            sum += PpoLoss.Evaluate(
                experience.Select([.. part]), Precision.Widen(scores.LogProb), Precision.Widen(scores.Scalar), Precision.Widen(scores.Entropy), options.Objective, actions, slopes);
            roles.Policy.Backward(Precision.Narrow(slopes.LogProb), Precision.Narrow(slopes.Entropy), Precision.Narrow(slopes.Values));
        }
        return sum;
    }

    /// <summary>Adds the gradients of pretraining text (PPO-ptx).</summary>
    private double AccumulatePretraining() => pretraining is null || options.Objective.PretrainingCoefficient == 0 ? 0
        : TextMix.Accumulate(roles.Policy, pretraining, options.PretrainingBatches, options.Objective.PretrainingCoefficient, out _);

    private static void Describe(PpoExperience experience, Rollout[] replies, RewardPoint[] points, Dictionary<string, double> metrics)
    {
        experience.Report(metrics);
        ReplyStatistics.Of([.. replies.Select(reply => reply.Reply)], experience.Rollout.Ended).Report(metrics);
        if (points.Length > 0)
        {
            metrics[PpoMetrics.HeldOutScores] = points[^1].HeldOut;
        }
    }

    /// <summary>A pass's order of the rows: by its number alone, so that a resumed run shuffles alike.</summary>
    private int[] Shuffled(int count, int pass)
    {
        var draws = new SeededDraws((ulong)options.Rollouts.Seed ^ ShuffleSeed, (ulong)((State.Step * options.Objective.Epochs) + pass));
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int other = (int)(draws.NextDouble() * (i + 1));
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }
}
