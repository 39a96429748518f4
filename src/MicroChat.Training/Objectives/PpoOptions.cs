namespace MicroChat.Training.Objectives;

/// <summary>What happens to the score of a reply that did not end by itself.</summary>
public enum MissingEnd
{
    /// <summary>Nothing.</summary>
    Keep,

    /// <summary>The score becomes the penalty, whatever it was.</summary>
    Replace,

    /// <summary>The penalty's size is taken off the score.</summary>
    Subtract,
}

/// <summary>
/// Proximal policy optimisation. The defaults are those of Ziegler et al. 2019 and Huang et al. 2024 ("N implementation details of RLHF"),
/// the variance biased and taken over the whole rollout batch.
/// </summary>
public sealed record PpoOptions
{
    /// <summary>Cost of divergence from the reference.</summary>
    public KlCoefficientOptions Kl { get; init; } = new();

    /// <summary>Estimator of the divergence in the reward; k1 steers best.</summary>
    public KlEstimator KlInReward { get; init; } = KlEstimator.K1;

    /// <summary>What happens to the score of a reply without end.</summary>
    public MissingEnd MissingEnd { get; init; } = MissingEnd.Replace;

    /// <summary>Replaces the score, or is subtracted from it by its size. Unit: the score's.</summary>
    public double MissingEndPenalty { get; init; } = -1;

    /// <summary>Scores are cut to ± this, after the penalty; null: not. Unit: the score's.</summary>
    public double? ScoreClip { get; init; }

    /// <summary>Whether the whole array of rewards is scaled to variance 1, its mean kept.</summary>
    public bool WhitenRewards { get; init; }

    /// <summary>Whether advantages are whitened over the rollout batch.</summary>
    public bool WhitenAdvantages { get; init; } = true;

    /// <summary>Whether variances are divided by n − 1 and not by n.</summary>
    public bool UnbiasedVariance { get; init; }

    /// <summary>γ, the discount per token.</summary>
    public double Gamma { get; init; } = 1;

    /// <summary>λ of the advantage estimate.</summary>
    public double Lambda { get; init; } = 0.95;

    /// <summary>How far below 1 the probability ratio still pays.</summary>
    public double ClipLow { get; init; } = 0.2;

    /// <summary>How far above 1 the probability ratio still pays.</summary>
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>Ratio beyond which a bad action is given up (Ye et al. 2020); null: never.</summary>
    public double? DualClip { get; init; }

    /// <summary>Bound of the log-ratio, so that its exponential stays finite. Unit: nats.</summary>
    public double LogRatioClamp { get; init; } = 20;

    /// <summary>How far a value may move from the rollout's and still be trained; null: any way. Unit: the score's.</summary>
    public double? ValueClip { get; init; } = 0.2;

    /// <summary>Weight of the value loss.</summary>
    public double ValueCoefficient { get; init; } = 0.1;

    /// <summary>Weight of the entropy bonus; 0: off.</summary>
    public double EntropyCoefficient { get; init; }

    /// <summary>Weight of the pretraining loss per token that is mixed in (PPO-ptx); 0: off.</summary>
    public double PretrainingCoefficient { get; init; }

    /// <summary>Passes over each rollout batch.</summary>
    public int Epochs { get; init; } = 4;

    /// <summary>Updates per pass.</summary>
    public int Minibatches { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new OptionFaults()
            .Check(double.IsFinite(MissingEndPenalty), nameof(MissingEndPenalty), MissingEndPenalty, "a number")
            .Positive(nameof(ScoreClip), ScoreClip ?? 1).Share(nameof(Gamma), Gamma).Share(nameof(Lambda), Lambda)
            .Check(ClipLow is > 0 and <= 1, nameof(ClipLow), ClipLow, "above 0 and at most 1").Positive(nameof(ClipHigh), ClipHigh)
            .Check(DualClip is null || (DualClip > 1 + ClipHigh && double.IsFinite(DualClip.Value)), nameof(DualClip), DualClip ?? 0, $"above 1 + {nameof(ClipHigh)} = {1 + ClipHigh}")
            .Check(LogRatioClamp is > 0 and <= 80, nameof(LogRatioClamp), LogRatioClamp, "above 0 and at most 80: float32 gradients overflow beyond")
            .Positive(nameof(ValueClip), ValueClip ?? 1).NotNegative(nameof(ValueCoefficient), ValueCoefficient)
            .NotNegative(nameof(EntropyCoefficient), EntropyCoefficient).NotNegative(nameof(PretrainingCoefficient), PretrainingCoefficient)
            .Check(Epochs >= 1, nameof(Epochs), Epochs, "at least 1").Check(Minibatches >= 1, nameof(Minibatches), Minibatches, "at least 1");
        return [.. Kl.Validate(), .. faults.All];
    }
}
