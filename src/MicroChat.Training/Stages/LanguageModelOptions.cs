using MicroChat.Model.Decoding;

namespace MicroChat.Training.Stages;

/// <summary>How a model is trained to predict tokens; the same for pretraining and supervised fine-tuning.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>Micro-batches whose gradients are added up for one update.</summary>
    public int MicroBatchesPerStep { get; init; } = 4;

    /// <summary>Tokens of a micro-batch at most: what is in memory at once. Unit: tokens.</summary>
    public int MicroBatchTokens { get; init; } = 4_096;

    /// <summary>Updates of the whole run. Unit: updates.</summary>
    public required long Steps { get; init; }

    /// <summary>Learning rate by update.</summary>
    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>How an update changes the weights.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Share of each target that is spread over all tokens, so that the model stays less sure; 0: none, .1 is usual. Source: Szegedy et al. 2016.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Weight of (log Σ e^logit)² per token, which keeps the logits from drifting; 0: off, 1e-4 is usual. Source: Chowdhery et al. 2022, §5.</summary>
    public double ZLoss { get; init; }

    /// <summary>Updates between validations and samples; 0: only at the end. Unit: updates.</summary>
    public long ValidateEvery { get; init; } = 250;

    /// <summary>Updates between checkpoints; 0: only at the end. Unit: updates.</summary>
    public long CheckpointEvery { get; init; } = 100;

    /// <summary>Checkpoints that are kept, the newest ones.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Check(faults, MicroBatchesPerStep >= 1, nameof(MicroBatchesPerStep), MicroBatchesPerStep, "at least 1");
        Check(faults, MicroBatchTokens >= 1, nameof(MicroBatchTokens), MicroBatchTokens, "at least 1");
        Check(faults, Steps >= 1, nameof(Steps), Steps, "at least 1");
        Check(faults, Schedule.Peak is > 0 and < 1, "learning rate", Schedule.Peak, "above 0 and below 1");
        Check(faults, Schedule.FloorShare is >= 0 and <= 1, "learning-rate floor", Schedule.FloorShare, "a share from 0 to 1");
        Check(faults, Schedule.WarmupSteps >= 0, "warm-up", Schedule.WarmupSteps, "0 or more updates");
        Check(faults, LabelSmoothing is >= 0 and < 1, "label smoothing", LabelSmoothing, "a share from 0 to below 1");
        Check(faults, ZLoss is >= 0 and <= 1, "z-loss", ZLoss, "from 0 to 1");
        Check(faults, ValidateEvery >= 0, nameof(ValidateEvery), ValidateEvery, "0 or more");
        Check(faults, CheckpointEvery >= 0, nameof(CheckpointEvery), CheckpointEvery, "0 or more");
        Check(faults, KeepCheckpoints >= 1, nameof(KeepCheckpoints), KeepCheckpoints, "at least 1");
        return faults;
    }

    private static void Check(List<string> faults, bool holds, string name, object value, string wish)
    {
        if (!holds)
        {
            faults.Add($"{name} is {value}; it must be {wish}.");
        }
    }
}
