using System.Text.Json;
using MicroChat.Model.Decoding;
using MicroChat.Training.Data;

namespace MicroChat.Training.Stages;

/// <summary>Micro-batches drawn from a mixture of shards.</summary>
/// <param name="sources">The mixture.</param>
/// <param name="seed">Seed of the shuffle.</param>
/// <param name="tokensPerBatch">Most tokens of a micro-batch.</param>
public sealed class ShardSource(IReadOnlyList<BatchSource> sources, ulong seed, int tokensPerBatch) : ITrainingSource
{
    private readonly RaggedBatch _rows = new();
    private readonly List<BatchRow> _next = [];
    private BatchPlan _plan = new(sources, seed, tokensPerBatch);

    /// <inheritdoc/>
    public TokenBatch Next()
    {
        if (!_plan.Next(_next))
        {
            throw new TrainingException("Every source has come as often as its epochs allow; train fewer updates, or give a source more epochs.");
        }
        _rows.Load(sources, _next);
        return ToTokens(_rows);
    }

    /// <inheritdoc/>
    public string SavePlace() => JsonSerializer.Serialize(_plan.State);

    /// <inheritdoc/>
    public void RestorePlace(string place) =>
        _plan = new BatchPlan(sources, JsonSerializer.Deserialize<BatchPlanState>(place) ?? throw new TrainingException("The saved place in the data is empty; delete the checkpoint."), tokensPerBatch);

    /// <summary>A copy of ragged rows as a batch of next-token predictions.</summary>
    internal static TokenBatch ToTokens(RaggedBatch rows)
    {
        int[] starts = [.. Enumerable.Range(0, rows.Rows + 1).Select(rows.RowStart)];
        return TokenBatch.NextToken(rows.Ids.ToArray(), starts, rows.Targets);
    }
}
