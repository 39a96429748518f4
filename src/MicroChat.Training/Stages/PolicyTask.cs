using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Stages;

/// <summary>What a policy learns from at once.</summary>
internal interface IPolicyItem
{
    /// <summary>How much it counts; only its ratio to the mean of the training items matters.</summary>
    public double Weight { get; }

    /// <summary>The replies.</summary>
    public IEnumerable<EncodedReply> Rows { get; }

    /// <summary>Tokens of all of them.</summary>
    public int Tokens => Rows.Sum(row => row.Ids.Length);
}

/// <summary>Learning from judged replies without a reward model: passes of policy and reference over micro-batches of items. DPO and KTO differ in their items and their loss.</summary>
/// <typeparam name="TItem">A pair, or a reply with its thumb.</typeparam>
/// <typeparam name="TStatistics">What the loss shows.</typeparam>
internal abstract class PolicyTask<TItem, TStatistics>(TunedModel model, TItem[] training, TItem[] heldOut, int microBatchTokens) : IPreferenceTask
    where TItem : IPolicyItem
    where TStatistics : struct, IStatistics<TStatistics>
{
    private readonly double _meanWeight = training.Length > 0 ? training.Average(item => item.Weight) : 1;

    public int Items => training.Length;

    public PreferenceUpdate Accumulate(IReadOnlyList<int> items)
    {
        var values = new Dictionary<string, double>();
        Evaluate([.. items.Select(item => training[item])], learn: true, out int tokens).Report(values);
        return new PreferenceUpdate(tokens, values);
    }

    public (IReadOnlyDictionary<string, double> Values, string Note) Validate(int limit)
    {
        TItem[] items = heldOut[..Math.Min(limit, heldOut.Length)];
        return Describe(Evaluate(items, learn: false, out _), items.Length);
    }

    public void Complete()
    {
    }

    public virtual string? SaveState() => null;

    public virtual void RestoreState(string state)
    {
    }

    /// <summary>Held-out metrics, and a sentence about them.</summary>
    protected abstract (IReadOnlyDictionary<string, double> Values, string Note) Describe(TStatistics found, int items);

    /// <summary>Before an update's passes: what they need to know of all its items.</summary>
    /// <param name="items">All items of the update.</param>
    /// <param name="learn">Whether the policy will learn from them.</param>
    /// <returns>Tokens read for it.</returns>
    protected virtual int Prepare(TItem[] items, bool learn) => 0;

    /// <summary>The loss of a micro-batch.</summary>
    /// <param name="scores">Its rows by policy and reference, those of an item behind each other.</param>
    /// <param name="items">Its items.</param>
    /// <param name="weights">Their weights, 1 on average over the data.</param>
    /// <param name="count">Items of the whole update.</param>
    /// <param name="slopes">(T) out: dL/dℓ.</param>
    protected abstract TStatistics Loss(PolicyScores scores, IReadOnlyList<TItem> items, double[] weights, int count, double[] slopes);

    /// <summary>Passes of policy and reference over items, cut into micro-batches.</summary>
    protected IEnumerable<(List<TItem> Items, PolicyScores Scores)> Passes(TItem[] items) => MicroBatches
        .Cut(items, item => item.Tokens, microBatchTokens)
        .Select(micro => (micro, new PolicyScores(model, [.. micro.SelectMany(item => item.Rows)])));

    private TStatistics Evaluate(TItem[] items, bool learn, out int tokens)
    {
        tokens = Prepare(items, learn);
        TStatistics sum = default;
        foreach ((List<TItem> micro, PolicyScores scores) in Passes(items))
        {
            double[] slopes = new double[scores.LogProb.Length];
            sum += Loss(scores, micro, [.. micro.Select(item => item.Weight / _meanWeight)], items.Length, slopes);
            if (learn)
            {
                model.Decoder.Backward(Precision.Narrow(slopes), default, default);
            }
            tokens += scores.LogProb.Length;
        }
        return sum;
    }
}
