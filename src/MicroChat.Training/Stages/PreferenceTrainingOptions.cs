using MicroChat.Model.Decoding;
using MicroChat.Training.Objectives;

namespace MicroChat.Training.Stages;

/// <summary>How a model learns from judged replies; the same for reward models and for policies that learn from preferences directly.</summary>
public sealed record PreferenceTrainingOptions
{
    /// <summary>Learning rate after the warm-up.</summary>
    public required double LearningRate { get; init; }

    /// <summary>How often every item is seen.</summary>
    public double Epochs { get; init; } = 1;

    /// <summary>Items of one update: prompts with all their judged replies, pairs, or thumbs.</summary>
    public int ItemsPerStep { get; init; } = 32;

    /// <summary>Tokens in memory at once, at most; a single item that is longer goes alone. Unit: tokens.</summary>
    public int MicroBatchTokens { get; init; } = 4_096;

    /// <summary>Share of the updates in which the rate rises.</summary>
    public double WarmupShare { get; init; } = 0.05;

    /// <summary>Rate at the end of the cosine, as a share of the peak.</summary>
    public double FloorShare { get; init; } = 0.1;

    /// <summary>The adapter that learns; null: all weights do.</summary>
    public LoraOptions? Adapter { get; init; } = new();

    /// <summary>Whether blocks are computed again in the backward pass: less memory, a third more work.</summary>
    public bool Recompute { get; init; }

    /// <summary>How an update changes the weights.</summary>
    public OptimizerOptions Optimizer { get; init; } = new() { WeightDecay = 0 };

    /// <summary>Updates between validations; 0: only at the end. Unit: updates.</summary>
    public long ValidateEvery { get; init; } = 25;

    /// <summary>Updates between checkpoints; 0: only at the end. Unit: updates.</summary>
    public long CheckpointEvery { get; init; } = 50;

    /// <summary>Checkpoints that are kept, the newest ones.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => new OptionFaults()
        .Check(LearningRate is > 0 and < 1, nameof(LearningRate), LearningRate, "above 0 and below 1")
        .Positive(nameof(Epochs), Epochs)
        .Check(ItemsPerStep >= 2, nameof(ItemsPerStep), ItemsPerStep, "at least 2")
        .Check(MicroBatchTokens >= 1, nameof(MicroBatchTokens), MicroBatchTokens, "at least 1")
        .Share(nameof(WarmupShare), WarmupShare).Share(nameof(FloorShare), FloorShare)
        .Check(Adapter is null or { Rank: >= 1 }, "adapter rank", Adapter?.Rank ?? 0, "at least 1")
        .Check(Adapter is null || (Adapter.Alpha > 0 && double.IsFinite(Adapter.Alpha)), "adapter alpha", Adapter?.Alpha ?? 0, "above 0")
        .Check(ValidateEvery >= 0, nameof(ValidateEvery), ValidateEvery, "0 or more")
        .Check(CheckpointEvery >= 0, nameof(CheckpointEvery), CheckpointEvery, "0 or more")
        .Check(KeepCheckpoints >= 1, nameof(KeepCheckpoints), KeepCheckpoints, "at least 1").All;

    /// <summary>Updates of a run over so many items; the last, incomplete batch of an epoch is filled from the next one.</summary>
    internal long Steps(int items) => Math.Max(1, (long)Math.Ceiling(Epochs * items / Math.Min(items, ItemsPerStep)));

    /// <summary>The learning rate of such a run.</summary>
    internal LearningRateSchedule Schedule(long steps)
    {
        long warmup = (long)Math.Ceiling(WarmupShare * steps);
        return new LearningRateSchedule { Peak = LearningRate, WarmupSteps = warmup, DecaySteps = steps - warmup, FloorShare = FloorShare };
    }
}
