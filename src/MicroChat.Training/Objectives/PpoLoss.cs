using MicroChat.Training.Reports;

namespace MicroChat.Training.Objectives;

/// <summary>Where the slopes of a PPO loss go, each (T); they are overwritten.</summary>
public readonly ref struct PpoGradients
{
    /// <summary>dL/dℓ.</summary>
    public required Span<double> LogProb { get; init; }

    /// <summary>dL/dV.</summary>
    public required Span<double> Values { get; init; }

    /// <summary>dL/dentropy; empty when there is no entropy bonus.</summary>
    public Span<double> Entropy { get; init; }
}

/// <summary>What an update saw; the numbers of its micro-batches add up.</summary>
/// <param name="Policy">Of the policy.</param>
/// <param name="Value">Of the value head.</param>
/// <param name="Entropy">Mean entropy per action, 0 when it was not asked for. Unit: nats.</param>
/// <param name="Total">Policy + value − entropy bonus; the pretraining mix is not in it.</param>
public readonly record struct PpoStatistics(PolicyStatistics Policy, ValueStatistics Value, double Entropy, double Total)
{
    /// <summary>Micro-batches of one update together.</summary>
    public static PpoStatistics operator +(PpoStatistics a, PpoStatistics b) =>
        new(a.Policy + b.Policy, a.Value + b.Value, a.Entropy + b.Entropy, a.Total + b.Total);

    /// <summary>Adds what was seen to a row of metrics.</summary>
    public void Report(IDictionary<string, double> metrics)
    {
        metrics[Metrics.PolicyLoss] = Policy.Loss;
        metrics[Metrics.PolicyApproxKl] = Policy.ApproxKl;
        metrics[Metrics.PolicyClipFraction] = Policy.ClipFraction;
        metrics[Metrics.PolicyEntropy] = Entropy;
        metrics[Metrics.PolicyRatio] = Policy.Ratio;
        metrics[Metrics.ValueLoss] = Value.PlainLoss;
        metrics[Metrics.ValueClipFraction] = Value.ClipFraction;
        metrics[Metrics.ValueError] = Value.Error;
    }
}

/// <summary>One update of PPO: clipped policy loss, clipped value loss, entropy bonus; and the pretraining loss that may be mixed in.</summary>
public static class PpoLoss
{
    /// <summary>Loss, statistics and slopes of one micro-batch of an update.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="logProb">(T) of the policy now, at the rollout's temperature.</param>
    /// <param name="values">(T) of the value head now.</param>
    /// <param name="entropy">(T); may be empty where the options ask for no entropy bonus.</param>
    /// <param name="options">How.</param>
    /// <param name="count">Actions of the whole update.</param>
    /// <param name="gradients">Out.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public static PpoStatistics Evaluate(
        PpoMinibatch batch, ReadOnlySpan<double> logProb, ReadOnlySpan<double> values, ReadOnlySpan<double> entropy, PpoOptions options, long count,
        PpoGradients gradients)
    {
        PolicyStatistics policy = PpoPolicyLoss.Evaluate(logProb, batch.OldLogProb, batch.Advantages, batch.Mask, options, count, gradients.LogProb);
        ValueStatistics value = PpoValueLoss.Evaluate(values, batch.OldValues, batch.Returns, batch.Mask, options, count, gradients.Values);
        double mean = 0;
        if (!entropy.IsEmpty || options.EntropyCoefficient > 0)
        {
            MaskedRows.RequireTokens(entropy.Length, batch.Mask.Length, nameof(entropy));
            MaskedRows.RequireTokens(gradients.Entropy.Length, batch.Mask.Length, nameof(gradients.Entropy));
            mean = -MaskedLikelihood.Evaluate(entropy, batch.Mask, count, gradients.Entropy);
            Scale(gradients.Entropy, options.EntropyCoefficient);
        }
        return new PpoStatistics(policy, value, mean, policy.Loss + value.Loss - (options.EntropyCoefficient * mean));
    }

    /// <summary>The pretraining mix of PPO-ptx: <c>L = c · −Σ m ℓ / N</c> on text of the pretraining, per token (Ouyang et al. 2022, eq. 2).</summary>
    /// <param name="logProb">(T) at temperature 1.</param>
    /// <param name="mask">(T)</param>
    /// <param name="coefficient">c.</param>
    /// <param name="count">N: counted tokens of pretraining text in the whole update.</param>
    /// <param name="dLogProb">(T) out: dL/dℓ, with the coefficient.</param>
    /// <returns>The loss without the coefficient. Unit: nats per token.</returns>
    public static double Pretraining(ReadOnlySpan<double> logProb, ReadOnlySpan<bool> mask, double coefficient, long count, Span<double> dLogProb)
    {
        double loss = MaskedLikelihood.Evaluate(logProb, mask, count, dLogProb);
        Scale(dLogProb, coefficient);
        return loss;
    }

    /// <summary>The largest |ρ − 1| of the actions. Before the first update it must be ≈ 0; if it is not, what was sampled is not what is trained.</summary>
    public static double LargestRatioDeviation(PpoMinibatch batch, ReadOnlySpan<double> logProb)
    {
        MaskedRows.RequireTokens(logProb.Length, batch.Mask.Length, nameof(logProb));
        double largest = 0;
        for (int t = 0; t < logProb.Length; t++)
        {
            largest = batch.Mask[t] ? Math.Max(largest, Math.Abs(Math.Exp(logProb[t] - batch.OldLogProb[t]) - 1)) : largest;
        }
        return largest;
    }

    private static void Scale(Span<double> gradient, double factor)
    {
        foreach (ref double slope in gradient)
        {
            slope *= factor;
        }
    }
}
