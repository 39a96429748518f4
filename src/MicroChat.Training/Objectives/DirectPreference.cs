using MicroChat.Kernels;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Objectives;

/// <summary>The function of the log-ratio difference that is minimised.</summary>
public enum DirectPreferenceLoss
{
    /// <summary>−(1 − e) log σ(βh) − e log σ(−βh): DPO (Rafailov et al. 2023), with label smoothing cDPO (Mitchell 2023).</summary>
    Sigmoid,

    /// <summary>(h̄ − 1/2β)², h̄ from means per token: IPO as it is trained in practice.</summary>
    Ipo,

    /// <summary>(h − 1/2β)²: IPO as it was published (Azar et al. 2023).</summary>
    IpoSum,

    /// <summary>((1 − e)(−log σ(βh)) − e(−log σ(−βh))) / (1 − 2e): unbiased under label noise (Chowdhury et al. 2024); may be negative.</summary>
    Robust,

    /// <summary>max(0, 1 − βh): SLiC (Zhao et al. 2023).</summary>
    Hinge,

    /// <summary>−log σ(βh̄): DPO with means per token.</summary>
    SigmoidNormalised,
}

/// <summary>How a policy learns from pairs directly.</summary>
public sealed record DirectPreferenceOptions
{
    /// <summary>The loss.</summary>
    public DirectPreferenceLoss Loss { get; init; } = DirectPreferenceLoss.Sigmoid;

    /// <summary>β: how dear it is to leave the reference. Unit: reward per nat.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>e: share of pairs that are the wrong way round. Used by Sigmoid (cDPO) and Robust.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        bool used = Loss is DirectPreferenceLoss.Sigmoid or DirectPreferenceLoss.Robust;
        return new OptionFaults().Check(Enum.IsDefined(Loss), nameof(Loss), Loss, "one of the named losses").Positive(nameof(Beta), Beta)
            .Check(LabelSmoothing is >= 0 and < 0.5, nameof(LabelSmoothing), LabelSmoothing, "from 0 to below 0.5")
            .Check(used || LabelSmoothing == 0, nameof(LabelSmoothing), LabelSmoothing, $"0 with the loss {Loss}, which has no use for it").All;
    }
}

/// <summary>What a batch of pairs showed; the numbers of an update's micro-batches add up.</summary>
/// <param name="Loss">L.</param>
/// <param name="Accuracy">Share whose chosen reply has the higher reward.</param>
/// <param name="RewardChosen">Mean of β Σ (ℓ − ℓ_ref) over the chosen replies.</param>
/// <param name="RewardRejected">The same over the rejected ones.</param>
/// <param name="LogProbChosen">Mean log-probability of a chosen reply: it may fall although the loss does. Unit: nats.</param>
/// <param name="LogProbRejected">The same of a rejected one.</param>
public readonly record struct PreferenceStatistics(
    double Loss, double Accuracy, double RewardChosen, double RewardRejected, double LogProbChosen, double LogProbRejected) : IStatistics<PreferenceStatistics>
{
    /// <summary>Mean of the chosen reply's reward over the rejected one's.</summary>
    public double Margin => RewardChosen - RewardRejected;

    /// <summary>Micro-batches of one update together.</summary>
    public static PreferenceStatistics operator +(PreferenceStatistics a, PreferenceStatistics b) => new(
        a.Loss + b.Loss, a.Accuracy + b.Accuracy, a.RewardChosen + b.RewardChosen, a.RewardRejected + b.RewardRejected,
        a.LogProbChosen + b.LogProbChosen, a.LogProbRejected + b.LogProbRejected);

    /// <summary>Adds what was seen to a row of metrics.</summary>
    public void Report(IDictionary<string, double> metrics)
    {
        metrics[Metrics.Loss] = Loss;
        metrics[Metrics.RewardAccuracy] = Accuracy;
        metrics[Metrics.RewardChosen] = RewardChosen;
        metrics[Metrics.RewardRejected] = RewardRejected;
        metrics[Metrics.RewardMargin] = Margin;
        metrics[Metrics.LogProbChosen] = LogProbChosen;
        metrics[Metrics.LogProbRejected] = LogProbRejected;
    }
}

/// <summary>
/// Pairs to a policy without a reward model: h = Σ m (ℓ − ℓ_ref) of the chosen reply − the same of the rejected one. Row 2i of a batch is the chosen reply
/// of pair i, row 2i + 1 the rejected one. At the reference itself the loss is ln 2 (Sigmoid).
/// </summary>
public static class DirectPreference
{
    /// <summary>Loss, statistics and slopes of one micro-batch of pairs that all weigh 1.</summary>
    /// <inheritdoc cref="Evaluate(ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{bool}, ReadOnlySpan{int}, ReadOnlySpan{double}, DirectPreferenceOptions, long, Span{double})"/>
    public static PreferenceStatistics Evaluate(
        ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts,
        DirectPreferenceOptions options, long count, Span<double> dLogProb) =>
        Evaluate(logProb, reference, mask, rowStarts, [], options, count, dLogProb);

    /// <summary>Loss, statistics and slopes of one micro-batch.</summary>
    /// <param name="logProb">(T) ℓ of the policy.</param>
    /// <param name="reference">(T) ℓ_ref.</param>
    /// <param name="mask">(T) the replies' tokens.</param>
    /// <param name="rowStarts">(2 pairs + 1)</param>
    /// <param name="weights">(pairs) how much a pair counts, 1 on average over the data; empty: 1 each.</param>
    /// <param name="options">The loss.</param>
    /// <param name="count">Pairs of the whole update.</param>
    /// <param name="dLogProb">(T) out: dL/dℓ.</param>
    /// <exception cref="ArgumentException">A shape does not fit; nothing was written.</exception>
    public static PreferenceStatistics Evaluate(
        ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts,
        ReadOnlySpan<double> weights, DirectPreferenceOptions options, long count, Span<double> dLogProb)
    {
        int T = logProb.Length, B = MaskedRows.RequireRows(rowStarts, T);
        Shape.Require(B % 2 == 0, B, $"even: a chosen and a rejected row per pair");
        Shape.Require(weights.IsEmpty || weights.Length == B / 2, weights.Length, $"0, or the number of pairs, {B / 2}");
        MaskedRows.RequireTokens(reference.Length, T, nameof(reference));
        MaskedRows.RequireTokens(mask.Length, T, nameof(mask));
        MaskedRows.RequireTokens(dLogProb.Length, T, nameof(dLogProb));
        MaskedRows.RequireCount(count, B / 2);
        double[] ratios = new double[B], logProbs = new double[B];
        MaskedRows.Sums(logProb, reference, mask, rowStarts, ratios);
        MaskedRows.Sums(logProb, [], mask, rowStarts, logProbs);
        bool means = options.Loss is DirectPreferenceLoss.Ipo or DirectPreferenceLoss.SigmoidNormalised;
        PreferenceStatistics sum = default;
        for (int w = 0; w < B; w += 2)
        {
            int l = w + 1;
            double share = (weights.IsEmpty ? 1 : weights[w / 2]) / count;
            double perChosen = means ? PerToken(mask, rowStarts, w) : 1, perRejected = means ? PerToken(mask, rowStarts, l) : 1;
            (double loss, double slope) = Loss((ratios[w] * perChosen) - (ratios[l] * perRejected), options);
            MaskedRows.Fill(mask, rowStarts[w], rowStarts[l], share * slope * perChosen, dLogProb);
            MaskedRows.Fill(mask, rowStarts[l], rowStarts[l + 1], -share * slope * perRejected, dLogProb);
            sum += new PreferenceStatistics(
                share * loss, ratios[w] > ratios[l] ? share : 0, share * options.Beta * ratios[w], share * options.Beta * ratios[l],
                share * logProbs[w], share * logProbs[l]);
        }
        return sum;
    }

    /// <summary>1 / counted tokens of a row; 0 for a row without any, whose sums are 0 too.</summary>
    private static double PerToken(ReadOnlySpan<bool> mask, ReadOnlySpan<int> rowStarts, int row) =>
        MaskedRows.Count(mask[rowStarts[row]..rowStarts[row + 1]]) is var tokens and > 0 ? 1.0 / tokens : 0;

    /// <summary>The loss of a pair and its slope by h.</summary>
    private static (double Loss, double Slope) Loss(double h, DirectPreferenceOptions options)
    {
        double beta = options.Beta, e = options.LabelSmoothing, z = beta * h, away = h - (1 / (2 * beta));
        double right = Logistic.Sigmoid(z), wrong = Logistic.Sigmoid(-z);
        return options.Loss switch
        {
            DirectPreferenceLoss.Ipo or DirectPreferenceLoss.IpoSum => (away * away, 2 * away),
            DirectPreferenceLoss.Hinge => (Math.Max(0, 1 - z), z < 1 ? -beta : 0),
            DirectPreferenceLoss.Robust => (
                ((-(1 - e) * Logistic.LogSigmoid(z)) + (e * Logistic.LogSigmoid(-z))) / (1 - (2 * e)),
                -beta * (((1 - e) * wrong) + (e * right)) / (1 - (2 * e))),
            DirectPreferenceLoss.SigmoidNormalised => (-Logistic.LogSigmoid(z), -beta * wrong),
            _ => (BradleyTerry.SoftLoss(z, 1 - e), -beta * (((1 - e) * wrong) - (e * right))),
        };
    }
}
