namespace MicroChat.Training.Data;

/// <summary>A set of shards and its part in the mixture.</summary>
/// <param name="Shards">The rows.</param>
/// <param name="Weight">Share of the tokens, relative to the other sources' weights. Positive.</param>
/// <param name="Epochs">How often every row comes at most; null: without end. May be a fraction.</param>
public sealed record BatchSource(ShardSet Shards, double Weight, double? Epochs)
{
    /// <summary>A source whose weight makes it last as long as others that are given by epochs too.</summary>
    public static BatchSource ForEpochs(ShardSet shards, double epochs) => new(shards, Math.Max(1, shards.Counts.Tokens) * epochs, epochs);
}

/// <summary>Where a row of a batch lies.</summary>
/// <param name="Source">Index of the source.</param>
/// <param name="Shard">Index of the shard in its set.</param>
/// <param name="Row">Row in the shard.</param>
/// <param name="Tokens">Its length.</param>
public readonly record struct BatchRow(int Source, int Shard, int Row, int Tokens);

/// <summary>How far a source has got.</summary>
/// <param name="Name">Name of its set, to notice a changed mixture.</param>
/// <param name="Rows">Rows of its set, likewise.</param>
/// <param name="Epoch">Complete passes.</param>
/// <param name="Cursor">Rows taken in the present pass.</param>
/// <param name="Tokens">Tokens taken in all.</param>
public sealed record BatchSourceState(string Name, long Rows, long Epoch, long Cursor, long Tokens);

/// <summary>All that a resumed run needs to go on with exactly the same batches.</summary>
/// <param name="Seed">Seed of the shuffle.</param>
/// <param name="Batches">Batches given so far.</param>
/// <param name="Sources">Each source, in the plan's order.</param>
public sealed record BatchPlanState(ulong Seed, long Batches, IReadOnlyList<BatchSourceState> Sources)
{
    /// <summary>Tokens given so far.</summary>
    public long Tokens => Sources.Sum(source => source.Tokens);
}

/// <summary>
/// Says which rows make up each batch: deterministic, shuffled without replacement in each epoch, sources mixed by weight.
/// The next row comes from the source that is furthest behind its share of tokens, so the mixture is right over any stretch and not only on average.
/// </summary>
public sealed class BatchPlan
{
    private readonly IReadOnlyList<BatchSource> _sources;
    private readonly SourceCursor[] _cursors;
    private readonly int _tokensPerBatch;
    private readonly ulong _seed;
    private long _batches;

    /// <summary>Begins at the first batch.</summary>
    /// <param name="sources">The mixture; at least one.</param>
    /// <param name="seed">Seed of the shuffle.</param>
    /// <param name="tokensPerBatch">Most tokens of a batch; no row may be longer.</param>
    /// <exception cref="ArgumentException">No source, a weight or epoch count that is not positive, or sources made with different tokenizers.</exception>
    /// <exception cref="DatasetException">A row is longer than a batch, or a source is empty.</exception>
    public BatchPlan(IReadOnlyList<BatchSource> sources, ulong seed, int tokensPerBatch)
    {
        (_sources, _seed, _tokensPerBatch) = (sources, seed, tokensPerBatch);
        Validate();
        _cursors = [.. sources.Select((source, index) => new SourceCursor(source, SeededPermutation.Mix(seed + (ulong)index)))];
    }

    /// <summary>Goes on where a state was saved.</summary>
    /// <exception cref="ArgumentException">The state belongs to other sources; the message says which differ.</exception>
    public BatchPlan(IReadOnlyList<BatchSource> sources, BatchPlanState state, int tokensPerBatch) : this(sources, state.Seed, tokensPerBatch)
    {
        string saved = string.Join(", ", state.Sources.Select(source => $"{source.Name} ({source.Rows} rows)"));
        string given = string.Join(", ", sources.Select(source => $"{source.Shards.Name} ({source.Shards.Counts.Rows} rows)"));
        if (saved != given)
        {
            throw new ArgumentException($"The saved position is of the sources {saved}; given are {given}. Resume with the same data, or start a new run.", nameof(state));
        }
        for (int i = 0; i < _cursors.Length; i++)
        {
            _cursors[i].Restore(state.Sources[i]);
        }
        _batches = state.Batches;
    }

    /// <summary>Where the plan stands: between two batches.</summary>
    public BatchPlanState State => new(_seed, _batches, [.. _cursors.Select(cursor => cursor.State)]);

    /// <summary>Tokens that all sources with an end will give together; null: a source has none.</summary>
    public long? TotalTokens => _sources.All(source => source.Epochs is not null) ? (long)_sources.Sum(source => source.Shards.Counts.Tokens * source.Epochs!.Value) : null;

    /// <summary>The next batch.</summary>
    /// <param name="rows">Gets its rows; cleared first. Their tokens together are at most the budget.</param>
    /// <returns>False at the end of all sources; the list is then empty.</returns>
    public bool Next(List<BatchRow> rows)
    {
        rows.Clear();
        int free = _tokensPerBatch;
        while (FurthestBehind() is var source and >= 0 && _cursors[source].Peek(source) is var row && row.Tokens <= free)
        {
            rows.Add(row);
            free -= row.Tokens;
            _cursors[source].Take(row.Tokens);
        }
        _batches += rows.Count > 0 ? 1 : 0;
        return rows.Count > 0;
    }

    private int FurthestBehind()
    {
        int best = -1;
        double least = double.PositiveInfinity;
        for (int i = 0; i < _cursors.Length; i++)
        {
            if (!_cursors[i].Ended && _cursors[i].Progress < least)
            {
                (best, least) = (i, _cursors[i].Progress);
            }
        }
        return best;
    }

    private void Validate()
    {
        if (_sources.Count == 0)
        {
            throw new ArgumentException("No source of rows; wanted at least one. Name a set of shards.", nameof(_sources));
        }
        foreach (BatchSource source in _sources)
        {
            if (!(source.Weight > 0 && double.IsFinite(source.Weight) && source.Epochs is null or > 0))
            {
                throw new ArgumentException($"{source.Shards.Name} has weight {source.Weight} and epochs {source.Epochs}; wanted positive numbers. Leave the source out instead of giving it none.", nameof(_sources));
            }
            if (source.Shards.Info.TokenizerHash != _sources[0].Shards.Info.TokenizerHash)
            {
                throw new ArgumentException($"{source.Shards.Name} was made with the tokenizer {source.Shards.Info.TokenizerHash}; wanted {_sources[0].Shards.Info.TokenizerHash} as {_sources[0].Shards.Name}. Make its shards again.", nameof(_sources));
            }
            foreach (ShardReader shard in source.Shards.Shards)
            {
                RequireRows(shard);
            }
        }
    }

    private void RequireRows(ShardReader shard)
    {
        for (int row = 0; row < shard.Rows; row++)
        {
            if (shard.RowTokens(row) > _tokensPerBatch)
            {
                throw DatasetException.File(shard.Path, $"row {row} has {shard.RowTokens(row)} tokens; wanted at most the batch's {_tokensPerBatch}.", "Raise the tokens per batch, or make the shards with shorter rows.", null);
            }
        }
        if (shard.Rows == 0)
        {
            throw DatasetException.File(shard.Path, "holds no rows.", "Leave the source out, or give it data.", null);
        }
    }
}
