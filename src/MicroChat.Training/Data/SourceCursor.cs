namespace MicroChat.Training.Data;

/// <summary>A source's place in its shuffled rows; every epoch has its own order.</summary>
internal sealed class SourceCursor
{
    private readonly BatchSource _source;
    private readonly ulong _seed;
    private readonly long[] _shardStarts;
    private readonly long _rows, _lastRow;
    private SeededPermutation _order;
    private long _epoch, _cursor, _tokens;

    public SourceCursor(BatchSource source, ulong seed)
    {
        (_source, _seed) = (source, seed);
        _shardStarts = new long[source.Shards.Shards.Count];
        for (int i = 0; i < _shardStarts.Length; i++)
        {
            _shardStarts[i] = _rows;
            _rows += source.Shards.Shards[i].Rows;
        }
        _lastRow = source.Epochs is { } epochs ? (long)Math.Ceiling(Math.Min(epochs * _rows, long.MaxValue / 2)) : long.MaxValue;
        StartEpoch(0);
    }

    public bool Ended => _epoch * _rows + _cursor >= _lastRow;

    /// <summary>Tokens taken per unit of weight.</summary>
    public double Progress => _tokens / _source.Weight;

    public BatchSourceState State => new(_source.Shards.Name, _rows, _epoch, _cursor, _tokens);

    public void Restore(BatchSourceState state)
    {
        if (state.Epoch < 0 || state.Cursor < 0 || state.Cursor >= _rows || state.Tokens < 0)
        {
            throw new ArgumentException($"The saved position of {state.Name} is {state}; wanted a cursor in 0 to {_rows - 1}. Start a new run.", nameof(state));
        }
        StartEpoch(state.Epoch);
        (_cursor, _tokens) = (state.Cursor, state.Tokens);
    }

    /// <summary>The next row, not taken yet.</summary>
    public BatchRow Peek(int source)
    {
        long row = _order[_cursor];
        int shard = Array.BinarySearch(_shardStarts, row);
        shard = shard < 0 ? ~shard - 1 : shard;
        int local = (int)(row - _shardStarts[shard]);
        return new BatchRow(source, shard, local, _source.Shards.Shards[shard].RowTokens(local));
    }

    /// <summary>Takes the row that <see cref="Peek"/> showed.</summary>
    public void Take(int tokens)
    {
        _tokens += tokens;
        if (++_cursor == _rows)
        {
            StartEpoch(_epoch + 1);
        }
    }

    private void StartEpoch(long epoch)
    {
        (_epoch, _cursor) = (epoch, 0);
        _order = new SeededPermutation(_seed ^ SeededPermutation.Mix((ulong)epoch), _rows);
    }
}
