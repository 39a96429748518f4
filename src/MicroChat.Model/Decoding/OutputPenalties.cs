namespace MicroChat.Model.Decoding;

/// <summary>What training on cross entropy adds to −log p of each target; log-probabilities that are reported stay plain. The default adds nothing.</summary>
/// <param name="LabelSmoothing">e: −log p(target) becomes (1 − e) · −log p(target) + e · the mean of −log p over all tokens. From 0 to below 1. Source: Szegedy et al. 2016.</param>
/// <param name="ZLoss">z: adds z · (log Σ e^logit)², which keeps the logits from drifting. 0 or more; 1e-4 is usual. Source: Chowdhery et al. 2022 (PaLM), §5.</param>
public readonly record struct OutputPenalties(float LabelSmoothing, float ZLoss);
