namespace MicroChat.Training.Stages;

/// <summary>Where a run of PPO stands, beside its weights and moments. All chance is computed from the seed and these numbers.</summary>
public sealed record PpoState
{
    /// <summary>Steps made.</summary>
    public long Step { get; init; }

    /// <summary>Replies sampled: the place among the prompts, and the number of the next reply's draws.</summary>
    public long Replies { get; init; }

    /// <summary>Tokens of prompts and replies.</summary>
    public long Tokens { get; init; }

    /// <summary>β of the next step.</summary>
    public double Beta { get; init; }

    /// <summary>Place in the pretraining text; null: none is mixed in.</summary>
    public string? PretrainingPlace { get; init; }

    /// <summary>Rewards of the steps so far; empty without a held-out reward model.</summary>
    public IReadOnlyList<RewardPoint> Rewards { get; init; } = [];
}

/// <summary>Names of PPO's own measurements, beside the standard ones.</summary>
public static class PpoMetrics
{
    /// <summary>Largest |ρ − 1| before the step's first update: 0 but for rounding.</summary>
    public const string FirstRatioDeviation = "policy/first_ratio_deviation";

    /// <summary>Policy loss of the step's first update: 0 but for rounding where advantages are whitened over one minibatch.</summary>
    public const string FirstPolicyLoss = "policy/first_loss";

    /// <summary>Clipped share of the step's first update: 0.</summary>
    public const string FirstClipFraction = "policy/first_clipfrac";

    /// <summary>Mean score of the reward model that is not optimised. Unit: its own.</summary>
    public const string HeldOutScores = "objective/held_out_scores";

    /// <summary>Mean loss of the pretraining text that is mixed in. Unit: nats per token.</summary>
    public const string PretrainingLoss = "loss/pretraining";

    /// <summary>Share of a step's time that sampling took.</summary>
    public const string RolloutShare = "time/rollout_share";

    /// <summary>Tokens of all passes of a step's updates per second of them. Unit: tokens/s.</summary>
    public const string UpdateTokensPerSecond = "time/update_tokens_per_second";
}
