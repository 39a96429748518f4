using MicroChat.Kernels;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Objectives;

/// <summary>How a policy learns from single thumbs directly.</summary>
public sealed record KahnemanTverskyOptions
{
    /// <summary>β: how fast the value of a reply saturates. Unit: 1 per nat.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>λ_D: weight of the replies with a thumb up.</summary>
    public double UpWeight { get; init; } = 1;

    /// <summary>λ_U: weight of those with a thumb down.</summary>
    public double DownWeight { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => new OptionFaults()
        .Positive(nameof(Beta), Beta).Positive(nameof(UpWeight), UpWeight).Positive(nameof(DownWeight), DownWeight).All;
}

/// <summary>What a batch of rated replies showed; the numbers of an update's micro-batches add up.</summary>
/// <param name="Loss">L.</param>
/// <param name="RewardUp">Σ over replies with a thumb up of β Σ (ℓ − ℓ_ref), divided by all replies.</param>
/// <param name="RewardDown">The same over those with a thumb down.</param>
/// <param name="UpShare">Share of thumbs up.</param>
/// <param name="DownShare">Share of thumbs down.</param>
public readonly record struct RatingStatistics(double Loss, double RewardUp, double RewardDown, double UpShare, double DownShare) : IStatistics<RatingStatistics>
{
    /// <summary>Micro-batches of one update together.</summary>
    public static RatingStatistics operator +(RatingStatistics a, RatingStatistics b) => new(
        a.Loss + b.Loss, a.RewardUp + b.RewardUp, a.RewardDown + b.RewardDown, a.UpShare + b.UpShare, a.DownShare + b.DownShare);

    /// <summary>Adds what was seen to a row of metrics; mean rewards of a class that did not come are NaN.</summary>
    public void Report(IDictionary<string, double> metrics)
    {
        metrics[Metrics.Loss] = Loss;
        metrics[Metrics.RewardChosen] = UpShare > 0 ? RewardUp / UpShare : double.NaN;
        metrics[Metrics.RewardRejected] = DownShare > 0 ? RewardDown / DownShare : double.NaN;
        metrics[Metrics.RewardMargin] = metrics[Metrics.RewardChosen] - metrics[Metrics.RewardRejected];
    }
}

/// <summary>
/// KTO: <c>r = Σ m (ℓ − ℓ_ref)</c>; thumb up <c>λ_D (1 − σ(β(r − z₀)))</c>, thumb down <c>λ_U (1 − σ(β(z₀ − r)))</c>, mean over the replies of the update.
/// z₀ is the divergence on prompts with another example's reply, taken over the whole update so that it does not depend on micro-batches.
/// Source: Ethayarajh et al. 2024, eq. 8.
/// </summary>
public static class KahnemanTversky
{
    /// <summary>Which example's reply stands after the prompt of example i: the one before it, the last for the first.</summary>
    /// <param name="examples">Examples of the update; at least 2, or a reply would stand after its own prompt.</param>
    public static int[] Mismatch(int examples)
    {
        Shape.Require(examples >= 2, examples, $"at least 2: the reference point needs replies to other prompts");
        return [.. Enumerable.Range(0, examples).Select(i => (i + examples - 1) % examples)];
    }

    /// <summary>z₀ = max(0, mean of Σ m (ℓ − ℓ_ref)) over the mismatched rows of the whole update. It carries no gradient. Unit: nats.</summary>
    /// <param name="logRatios">(examples) Σ m (ℓ − ℓ_ref) of each mismatched row; none: 0, as after fine-tuning on the replies with a thumb up.</param>
    public static double ReferencePoint(ReadOnlySpan<double> logRatios)
    {
        double sum = 0;
        foreach (double logRatio in logRatios)
        {
            sum += logRatio;
        }
        return logRatios.IsEmpty ? 0 : Math.Max(0, sum / logRatios.Length);
    }

    /// <summary>Σ m (ℓ − ℓ_ref) per row.</summary>
    public static double[] LogRatios(ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts)
    {
        double[] sums = new double[MaskedRows.RequireRows(rowStarts, logProb.Length)];
        MaskedRows.RequireTokens(reference.Length, logProb.Length, nameof(reference));
        MaskedRows.RequireTokens(mask.Length, logProb.Length, nameof(mask));
        MaskedRows.Sums(logProb, reference, mask, rowStarts, sums);
        return sums;
    }

    /// <summary>Options whose weights make both classes count the same: the larger class is weighed down, λ_D n_D = λ_U n_U.</summary>
    /// <param name="options">β is kept.</param>
    /// <param name="ups">Thumbs up in the data, by their weights.</param>
    /// <param name="downs">Thumbs down in the data, by their weights.</param>
    /// <exception cref="ArgumentException">There is one class only.</exception>
    public static KahnemanTverskyOptions Balanced(KahnemanTverskyOptions options, double ups, double downs)
    {
        if (!(ups > 0 && downs > 0))
        {
            throw new ArgumentException($"Thumbs up weigh {ups} and thumbs down {downs}; both must be above 0: one class alone teaches nothing but to say more, or less, of everything.");
        }
        return options with { UpWeight = Math.Min(1, downs / ups), DownWeight = Math.Min(1, ups / downs) };
    }

    /// <summary>Loss, statistics and slopes of one micro-batch of replies that all weigh 1.</summary>
    /// <inheritdoc cref="Evaluate(ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{bool}, ReadOnlySpan{int}, ReadOnlySpan{bool}, ReadOnlySpan{double}, double, KahnemanTverskyOptions, long, Span{double})"/>
    public static RatingStatistics Evaluate(
        ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts, ReadOnlySpan<bool> up,
        double referencePoint, KahnemanTverskyOptions options, long count, Span<double> dLogProb) =>
        Evaluate(logProb, reference, mask, rowStarts, up, [], referencePoint, options, count, dLogProb);

    /// <summary>Loss, statistics and slopes of one micro-batch.</summary>
    /// <param name="logProb">(T) ℓ of the policy.</param>
    /// <param name="reference">(T) ℓ_ref.</param>
    /// <param name="mask">(T) the replies' tokens.</param>
    /// <param name="rowStarts">(B + 1) a row per reply.</param>
    /// <param name="up">(B) whether its thumb is up.</param>
    /// <param name="weights">(B) how much its thumb counts, 1 on average over the data; empty: 1 each.</param>
    /// <param name="referencePoint">z₀.</param>
    /// <param name="options">β and weights.</param>
    /// <param name="count">Replies of the whole update.</param>
    /// <param name="dLogProb">(T) out: dL/dℓ.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static RatingStatistics Evaluate(
        ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts, ReadOnlySpan<bool> up,
        ReadOnlySpan<double> weights, double referencePoint, KahnemanTverskyOptions options, long count, Span<double> dLogProb)
    {
        double[] ratios = LogRatios(logProb, reference, mask, rowStarts);
        Shape.Require(up.Length == ratios.Length, up.Length, $"the number of rows, {ratios.Length}");
        Shape.Require(weights.IsEmpty || weights.Length == ratios.Length, weights.Length, $"0, or the number of rows, {ratios.Length}");
        MaskedRows.RequireTokens(dLogProb.Length, logProb.Length, nameof(dLogProb));
        MaskedRows.RequireCount(count, ratios.Length);
        RatingStatistics sum = default;
        for (int b = 0; b < ratios.Length; b++)
        {
            double share = (weights.IsEmpty ? 1 : weights[b]) / count, sign = up[b] ? 1 : -1, weight = share * (up[b] ? options.UpWeight : options.DownWeight);
            double reward = share * options.Beta * ratios[b];
            double z = sign * options.Beta * (ratios[b] - referencePoint), liked = Logistic.Sigmoid(z), disliked = Logistic.Sigmoid(-z);
            double slope = -sign * weight * options.Beta * liked * disliked;
            MaskedRows.Fill(mask, rowStarts[b], rowStarts[b + 1], slope, dLogProb);
            sum += up[b]
                ? new RatingStatistics(weight * disliked, reward, 0, share, 0)
                : new RatingStatistics(weight * disliked, 0, reward, 0, share);
        }
        return sum;
    }
}
