namespace MicroChat.Training.Reports;

/// <summary>The names under which every stage logs, so that runs compare. A stage may add names of its own.</summary>
public static class Metrics
{
    /// <summary>Mean cross entropy of the step's training tokens. Unit: nats per token.</summary>
    public const string Loss = "loss";

    /// <summary>Mean cross entropy of the held-out tokens. Unit: nats per token.</summary>
    public const string ValidationLoss = "val_loss";

    /// <summary>Cross entropy of the held-out text per byte of UTF-8: comparable between tokenizers. Unit: bits per byte.</summary>
    public const string BitsPerByte = "bits_per_byte";

    /// <summary>The optimizer's step size after warm-up and decay. No unit.</summary>
    public const string LearningRate = "learning_rate";

    /// <summary>Euclidean norm of all gradients before clipping. No unit.</summary>
    public const string GradientNorm = "gradient_norm";

    /// <summary>Training tokens per second of wall time, evaluation excluded.</summary>
    public const string TokensPerSecond = "tokens_per_second";

    /// <summary>Share of pairs or tokens that were predicted right, 0 to 1.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>Mean reward of the sampled replies. Unit: the reward model's.</summary>
    public const string Reward = "reward";

    /// <summary>Mean divergence of the policy from its reference. Unit: nats per reply.</summary>
    public const string Kl = "kl";

    /// <summary>Mean length of the sampled replies. Unit: tokens.</summary>
    public const string ReplyTokens = "reply_tokens";

    /// <summary>Mean over the replies of the summed log-ratio to the reference (k1). Unit: nats per reply.</summary>
    public const string ObjectiveKl = "objective/kl";

    /// <summary>β of the update. Unit: score per nat.</summary>
    public const string ObjectiveKlCoefficient = "objective/kl_coef";

    /// <summary>Mean over the replies of the summed −log p of their tokens. Unit: nats per reply.</summary>
    public const string ObjectiveEntropy = "objective/entropy";

    /// <summary>Mean of what the reward model said, before penalty and clip. Unit: the reward model's.</summary>
    public const string ObjectiveScores = "objective/scores";

    /// <summary>Mean over the replies of the summed −β·KL. Unit: the reward model's.</summary>
    public const string ObjectiveNonScoreReward = "objective/non_score_reward";

    /// <summary>Mean of score (after penalty and clip) − β·KL: what the policy is trained to raise. Unit: the reward model's.</summary>
    public const string ObjectiveRlhfReward = "objective/rlhf_reward";

    /// <summary>Mean of half the squared log-ratio to the policy that sampled, over the actions. Unit: nats per token.</summary>
    public const string PolicyApproxKl = "policy/approxkl";

    /// <summary>Share of actions whose clipped policy loss is the larger.</summary>
    public const string PolicyClipFraction = "policy/clipfrac";

    /// <summary>Mean entropy of the policy at the actions. Unit: nats per token.</summary>
    public const string PolicyEntropy = "policy/entropy";

    /// <summary>Mean probability ratio to the policy that sampled; 1 in the first pass.</summary>
    public const string PolicyRatio = "policy/ratio";

    /// <summary>Clipped policy loss.</summary>
    public const string PolicyLoss = "policy/loss";

    /// <summary>Clipped value loss, without its coefficient. Unit: the reward model's, squared.</summary>
    public const string ValueLoss = "val/loss";

    /// <summary>Share of actions whose clipped value error is the larger.</summary>
    public const string ValueClipFraction = "val/clipfrac";

    /// <summary>Mean squared error of the value head. Unit: the reward model's, squared.</summary>
    public const string ValueError = "val/error";

    /// <summary>1 − error of the rollout's values / variance of the returns: 1 is perfect, 0 no better than the mean.</summary>
    public const string ValueExplainedVariance = "val/explained_variance";

    /// <summary>Share of replies that ended by themselves.</summary>
    public const string EndRate = "eos_rate";

    /// <summary>Different n-grams of two tokens divided by all of them, over all replies: low where the model repeats itself.</summary>
    public const string DistinctBigrams = "distinct_2";

    /// <summary>Mean implicit or modelled reward of the preferred replies.</summary>
    public const string RewardChosen = "rewards/chosen";

    /// <summary>Mean implicit or modelled reward of the other replies.</summary>
    public const string RewardRejected = "rewards/rejected";

    /// <summary>Difference of the two.</summary>
    public const string RewardMargin = "rewards/margins";

    /// <summary>Share of pairs whose preferred reply has the higher reward.</summary>
    public const string RewardAccuracy = "rewards/accuracies";

    /// <summary>Mean log-probability of a preferred reply. Unit: nats.</summary>
    public const string LogProbChosen = "logps/chosen";

    /// <summary>Mean log-probability of another reply. Unit: nats.</summary>
    public const string LogProbRejected = "logps/rejected";
}
