using MicroChat.Kernels;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Objectives;

/// <summary>What was recorded while the policy replied to B prompts; (T) arrays hold the rows end to end.</summary>
public sealed record PpoRollout
{
    /// <summary>(B + 1) borders of the rows.</summary>
    public required int[] RowStarts { get; init; }

    /// <summary>(T) the actions: positions whose target the policy sampled, the end of text among them.</summary>
    public required bool[] Mask { get; init; }

    /// <summary>(T) log-probability of the action, by the policy that took it and at the temperature it was drawn with. Unit: nats.</summary>
    public required double[] LogProb { get; init; }

    /// <summary>(T) the same by the reference.</summary>
    public required double[] Reference { get; init; }

    /// <summary>(T) what the value head said before the action. Unit: the score's.</summary>
    public required double[] Values { get; init; }

    /// <summary>(B) what the reward model says to each reply.</summary>
    public required double[] Scores { get; init; }

    /// <summary>(B) whether the reply ended by itself.</summary>
    public required bool[] Ended { get; init; }
}

/// <summary>Some rows of an experience, for one update or a part of it.</summary>
/// <param name="RowStarts">(B + 1)</param>
/// <param name="Mask">(T)</param>
/// <param name="OldLogProb">(T)</param>
/// <param name="OldValues">(T)</param>
/// <param name="Advantages">(T)</param>
/// <param name="Returns">(T)</param>
public sealed record PpoMinibatch(int[] RowStarts, bool[] Mask, double[] OldLogProb, double[] OldValues, double[] Advantages, double[] Returns)
{
    /// <summary>Actions: what this part adds to an update's count.</summary>
    public int Actions => MaskedRows.Count(Mask);
}

/// <summary>A rollout with rewards, advantages and returns: computed once, before the first update, and fixed through all passes.</summary>
public sealed class PpoExperience
{
    private readonly double _beta;

    /// <summary>Computes everything that does not depend on the policy in training.</summary>
    /// <param name="rollout">The rollout.</param>
    /// <param name="beta">β of this rollout.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public PpoExperience(PpoRollout rollout, double beta, PpoOptions options)
    {
        int T = rollout.LogProb.Length, B = MaskedRows.RequireRows(rollout.RowStarts, T);
        Shape.Require(rollout.Scores.Length == B, rollout.Scores.Length, $"the number of rows, {B}");
        Shape.Require(rollout.Ended.Length == B, rollout.Ended.Length, $"the number of rows, {B}");
        (Rollout, _beta) = (rollout, beta);
        (NonScore, Rewards, Advantages, Returns) = (new double[T], new double[T], new double[T], new double[T]);
        Scores = [.. rollout.Scores.Zip(rollout.Ended, (score, ended) => PpoRewards.Score(score, ended, options))];
        PpoRewards.Evaluate(rollout.LogProb, rollout.Reference, rollout.Mask, rollout.RowStarts, Scores, beta, options, NonScore, Rewards);
        AdvantageEstimation.Evaluate(Rewards, rollout.Values, rollout.Mask, rollout.RowStarts, [], [], options.Gamma, options.Lambda, Advantages, Returns);
        if (options.WhitenAdvantages)
        {
            Whitening.Apply(Advantages, rollout.Mask, options.UnbiasedVariance, keepMean: false);
        }
        Kl = new double[B];
        MaskedRows.Sums(rollout.LogProb, rollout.Reference, rollout.Mask, rollout.RowStarts, Kl);
    }

    /// <summary>What it was made of.</summary>
    public PpoRollout Rollout { get; }

    /// <summary>(B) scores after penalty and clip.</summary>
    public double[] Scores { get; }

    /// <summary>(T) −β k.</summary>
    public double[] NonScore { get; }

    /// <summary>(T) what each action was paid.</summary>
    public double[] Rewards { get; }

    /// <summary>(T) whitened where the options say so.</summary>
    public double[] Advantages { get; }

    /// <summary>(T) what the value head should have said.</summary>
    public double[] Returns { get; }

    /// <summary>(B) summed k1 of each reply. Unit: nats.</summary>
    public double[] Kl { get; }

    /// <summary>Mean of <see cref="Kl"/>: what the budget and the controller look at. Unit: nats per reply.</summary>
    public double MeanKl => Mean(Kl);

    /// <summary>Some of the rows, in the given order.</summary>
    public PpoMinibatch Select(ReadOnlySpan<int> rows)
    {
        int[] starts = new int[rows.Length + 1];
        for (int i = 0; i < rows.Length; i++)
        {
            starts[i + 1] = starts[i] + Rollout.RowStarts[rows[i] + 1] - Rollout.RowStarts[rows[i]];
        }
        var batch = new PpoMinibatch(
            starts, new bool[starts[^1]], new double[starts[^1]], new double[starts[^1]], new double[starts[^1]], new double[starts[^1]]);
        for (int i = 0; i < rows.Length; i++)
        {
            Range from = Rollout.RowStarts[rows[i]]..Rollout.RowStarts[rows[i] + 1];
            Rollout.Mask.AsSpan(from).CopyTo(batch.Mask.AsSpan(starts[i]));
            Rollout.LogProb.AsSpan(from).CopyTo(batch.OldLogProb.AsSpan(starts[i]));
            Rollout.Values.AsSpan(from).CopyTo(batch.OldValues.AsSpan(starts[i]));
            Advantages.AsSpan(from).CopyTo(batch.Advantages.AsSpan(starts[i]));
            Returns.AsSpan(from).CopyTo(batch.Returns.AsSpan(starts[i]));
        }
        return batch;
    }

    /// <summary>Adds what the rollout shows to a row of metrics.</summary>
    public void Report(IDictionary<string, double> metrics)
    {
        int B = Kl.Length;
        double[] surprise = new double[B], nonScore = new double[B];
        MaskedRows.Sums(Rollout.LogProb, [], Rollout.Mask, Rollout.RowStarts, surprise);
        MaskedRows.Sums(NonScore, [], Rollout.Mask, Rollout.RowStarts, nonScore);
        metrics[Metrics.ObjectiveKl] = MeanKl;
        metrics[Metrics.ObjectiveKlCoefficient] = _beta;
        metrics[Metrics.ObjectiveEntropy] = -Mean(surprise);
        metrics[Metrics.ObjectiveScores] = Mean(Rollout.Scores);
        metrics[Metrics.ObjectiveNonScoreReward] = Mean(nonScore);
        metrics[Metrics.ObjectiveRlhfReward] = Mean(nonScore) + Mean(Scores);
        metrics[Metrics.ReplyTokens] = B == 0 ? double.NaN : (double)MaskedRows.Count(Rollout.Mask) / B;
        metrics[Metrics.EndRate] = B == 0 ? double.NaN : (double)MaskedRows.Count(Rollout.Ended) / B;
        metrics[Metrics.ValueExplainedVariance] = PpoValueLoss.ExplainedVariance(Rollout.Values, Returns, Rollout.Mask);
    }

    private static double Mean(double[] values) => values.Length == 0 ? double.NaN : values.Sum() / values.Length;
}
