using MicroChat.Training.Rollouts;

namespace MicroChat.Training.Stages;

/// <summary>A run of PPO.</summary>
public sealed record PpoStageOptions
{
    /// <summary>The model that the policy begins as, and that stays its reference.</summary>
    public required string Model { get; init; }

    /// <summary>Folder of the reward model that is optimised.</summary>
    public required string Reward { get; init; }

    /// <summary>Folders of more reward models that are optimised together with <see cref="Reward"/>; empty: it alone.</summary>
    public IReadOnlyList<string> Ensemble { get; init; } = [];

    /// <summary>How the scores of several reward models become one.</summary>
    public EnsembleRule EnsembleRule { get; init; }

    /// <summary>What a standard deviation among several reward models costs. Unit: scores.</summary>
    public double EnsemblePenalty { get; init; } = 1;

    /// <summary>Folder of a reward model trained on other judgements, which is only watched; null: none.</summary>
    public string? HeldOutReward { get; init; }

    /// <summary>Files of prompts, conversations or judged replies.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>Longest prompt; longer ones are left out and counted. Unit: tokens.</summary>
    public int MaxPromptTokens { get; init; } = 256;

    /// <summary>Recipe of the pretraining text that is mixed in; null: none.</summary>
    public string? PretrainingRecipe { get; init; }

    /// <summary>Folder that the recipe's files are relative to; null: there is no recipe.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Folder of the run: checkpoints, metrics, report.</summary>
    public required string OutFolder { get; init; }

    /// <summary>How to train.</summary>
    public required PpoTrainingOptions Training { get; init; }

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new Objectives.OptionFaults()
            .Check(Prompts.Count > 0, "number of prompt files", Prompts.Count, "at least 1")
            .NotNegative(nameof(EnsemblePenalty), EnsemblePenalty)
            .Check(MaxPromptTokens >= 1, nameof(MaxPromptTokens), MaxPromptTokens, "at least 1")
            .Check(PretrainingRecipe is null == (Training.Objective.PretrainingCoefficient == 0), nameof(Training.Objective.PretrainingCoefficient), Training.Objective.PretrainingCoefficient,
                "above 0 with a recipe of pretraining text, and 0 without one")
            .Check(PretrainingRecipe is null || DataFolder is not null, "data folder", "missing", "the folder that the recipe's files lie in")
            .Check(HeldOutReward is null || Ensemble.Prepend(Reward).All(optimised => Path.GetFullPath(HeldOutReward) != Path.GetFullPath(optimised)), "held-out reward model", HeldOutReward ?? "", "another one than those that are optimised");
        return [.. Training.Validate(), .. faults.All];
    }
}
