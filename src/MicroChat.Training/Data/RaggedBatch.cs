namespace MicroChat.Training.Data;

/// <summary>The tokens of a batch: rows of different length end to end, never padded. Its arrays are reused from batch to batch.</summary>
public sealed class RaggedBatch
{
    private int[] _ids = [];
    private bool[] _targets = [];
    private readonly List<int> _starts = [0];

    /// <summary>Number of rows.</summary>
    public int Rows => _starts.Count - 1;

    /// <summary>Tokens of all rows.</summary>
    public int Tokens => _starts[^1];

    /// <summary>Tokens that count in the loss.</summary>
    public int TargetTokens { get; private set; }

    /// <summary>UTF-8 bytes of the text that the counting tokens stand for.</summary>
    public long TextBytes { get; private set; }

    /// <summary>All ids, shape (Tokens).</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Tokens);

    /// <summary>Which tokens count in the loss (as the one to be predicted), shape (Tokens).</summary>
    public ReadOnlySpan<bool> Targets => _targets.AsSpan(0, Tokens);

    /// <summary>Where a row begins; for row = Rows, where the last one ends.</summary>
    public int RowStart(int row) => _starts[row];

    /// <summary>Reads the rows of a batch.</summary>
    /// <param name="sources">The sources that the plan was made of.</param>
    /// <param name="rows">The rows.</param>
    public void Load(IReadOnlyList<BatchSource> sources, IReadOnlyList<BatchRow> rows)
    {
        int tokens = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            tokens += rows[i].Tokens;
        }
        Clear(tokens);
        for (int i = 0; i < rows.Count; i++)
        {
            Add(sources[rows[i].Source].Shards.Shards[rows[i].Shard], rows[i].Row);
        }
    }

    /// <summary>Batches that hold every row of a set once, in order, each of at most so many tokens: for validation. The same batch is handed out again and again.</summary>
    /// <exception cref="DatasetException">A row is longer than a batch.</exception>
    public static IEnumerable<RaggedBatch> InOrder(ShardSet set, int tokensPerBatch)
    {
        var batch = new RaggedBatch();
        batch.Clear(tokensPerBatch);
        foreach (ShardReader shard in set.Shards)
        {
            for (int row = 0; row < shard.Rows; row++)
            {
                if (shard.RowTokens(row) > tokensPerBatch)
                {
                    throw DatasetException.File(shard.Path, $"row {row} has {shard.RowTokens(row)} tokens; wanted at most the batch's {tokensPerBatch}.", "Raise the tokens per batch.", null);
                }
                if (batch.Tokens + shard.RowTokens(row) > tokensPerBatch)
                {
                    yield return batch;
                    batch.Clear(tokensPerBatch);
                }
                batch.Add(shard, row);
            }
        }
        if (batch.Rows > 0)
        {
            yield return batch;
        }
    }

    private void Clear(int tokens)
    {
        _starts.RemoveRange(1, _starts.Count - 1);
        (TargetTokens, TextBytes) = (0, 0);
        if (_ids.Length < tokens)
        {
            (_ids, _targets) = (new int[tokens], new bool[tokens]);
        }
    }

    private void Add(ShardReader shard, int row)
    {
        int start = Tokens, tokens = shard.RowTokens(row);
        shard.ReadRow(row, _ids.AsSpan(start, tokens), _targets.AsSpan(start, tokens));
        _starts.Add(start + tokens);
        TargetTokens += _targets.AsSpan(start, tokens).Count(true);
        TextBytes += shard.RowTextBytes(row);
    }
}
