namespace MicroChat.Training.Objectives;

/// <summary>
/// Next-token loss on the counted tokens (pretraining, supervised fine-tuning, the pretraining mix of PPO): <c>L = −Σ m ℓ / N</c>, N the counted
/// tokens of the whole update, so every token weighs the same whatever micro-batch it came in.
/// </summary>
public static class MaskedLikelihood
{
    /// <summary>Loss and slope of one micro-batch; the losses of an update's micro-batches add up to the loss of the update.</summary>
    /// <param name="logProb">(T) log p(target); anything where the mask is false. Unit: nats.</param>
    /// <param name="mask">(T) which tokens count.</param>
    /// <param name="count">N. When it is 0 nothing counts, and loss and slopes are 0.</param>
    /// <param name="dLogProb">(T) out: dL/dlogProb, 0 where the mask is false.</param>
    /// <returns>L.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or N is less than this batch counts; nothing was written.</exception>
    public static double Evaluate(ReadOnlySpan<double> logProb, ReadOnlySpan<bool> mask, long count, Span<double> dLogProb)
    {
        MaskedRows.RequireTokens(mask.Length, logProb.Length, nameof(mask));
        MaskedRows.RequireTokens(dLogProb.Length, logProb.Length, nameof(dLogProb));
        MaskedRows.RequireCount(count, MaskedRows.Count(mask));
        double sum = 0;
        for (int t = 0; t < mask.Length; t++)
        {
            sum += mask[t] ? logProb[t] : 0;
            dLogProb[t] = mask[t] ? -1.0 / count : 0;
        }
        return count == 0 ? 0 : -sum / count;
    }
}
