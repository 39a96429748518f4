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
}
