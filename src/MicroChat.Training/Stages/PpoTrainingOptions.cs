using MicroChat.Model.Decoding;
using MicroChat.Training.Objectives;
using MicroChat.Training.Rollouts;

namespace MicroChat.Training.Stages;

/// <summary>How a policy is trained by PPO.</summary>
public sealed record PpoTrainingOptions
{
    /// <summary>Steps of the whole run; each samples replies and learns from them in several passes. Unit: steps.</summary>
    public required long Steps { get; init; }

    /// <summary>Learning rate by step.</summary>
    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>Rewards, clips, passes.</summary>
    public PpoOptions Objective { get; init; } = new();

    /// <summary>How replies are sampled.</summary>
    public RolloutOptions Rollouts { get; init; } = new();

    /// <summary>When the run must not go on.</summary>
    public PpoGuardOptions Guards { get; init; } = new();

    /// <summary>Replies of a step, one to each of so many prompts. Unit: replies.</summary>
    public int RepliesPerStep { get; init; } = 64;

    /// <summary>Tokens in memory at once. Unit: tokens.</summary>
    public int MicroBatchTokens { get; init; } = 4_096;

    /// <summary>Shape of the policy's adapter; null: all weights learn, and the reference is a copy of them.</summary>
    public LoraOptions? Adapter { get; init; } = new();

    /// <summary>How an update changes the weights. No decay: it would pull the policy away from the reference for nothing.</summary>
    public OptimizerOptions Optimizer { get; init; } = new() { Epsilon = 1e-5f, WeightDecay = 0 };

    /// <summary>Micro-batches of pretraining text in every update, where the objective mixes it in.</summary>
    public int PretrainingBatches { get; init; } = 1;

    /// <summary>Whether blocks are computed again in the backward pass: a third more work, much less memory.</summary>
    public bool Recompute { get; init; }

    /// <summary>Steps between samples; 0: only at the end. Unit: steps.</summary>
    public long SampleEvery { get; init; } = 25;

    /// <summary>Steps between checkpoints; 0: only at the end. Unit: steps.</summary>
    public long CheckpointEvery { get; init; } = 10;

    /// <summary>Checkpoints that are kept, the newest ones; the last good one is kept besides.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new OptionFaults()
            .Check(Steps >= 1, nameof(Steps), Steps, "at least 1")
            .Check(Schedule.Peak is > 0 and < 1, "learning rate", Schedule.Peak, "above 0 and below 1")
            .Share("learning-rate floor", Schedule.FloorShare)
            .Check(Schedule.WarmupSteps >= 0, "warm-up", Schedule.WarmupSteps, "0 or more steps")
            .Check(RepliesPerStep >= 2, nameof(RepliesPerStep), RepliesPerStep, "at least 2: advantages are compared over a step's replies")
            .Check(RepliesPerStep >= Objective.Minibatches, nameof(Objective.Minibatches), Objective.Minibatches, $"at most the {RepliesPerStep} replies of a step")
            .Check(MicroBatchTokens >= 1, nameof(MicroBatchTokens), MicroBatchTokens, "at least 1")
            .Check(PretrainingBatches >= 1, nameof(PretrainingBatches), PretrainingBatches, "at least 1")
            .Check(SampleEvery >= 0, nameof(SampleEvery), SampleEvery, "0 or more").Check(CheckpointEvery >= 0, nameof(CheckpointEvery), CheckpointEvery, "0 or more")
            .Check(KeepCheckpoints >= 1, nameof(KeepCheckpoints), KeepCheckpoints, "at least 1");
        return [.. Objective.Validate(), .. Rollouts.Validate(), .. Guards.Validate(), .. faults.All];
    }
}
