using System.Text.Json;
using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

public sealed class BatchPlanTests : IDisposable
{
    private readonly DataFiles _files = new();
    private readonly List<ShardSet> _sets = [];

    private ShardSet Set(string name, int rows, int maxTokens, int seed, char hash)
    {
        var random = new Random(seed);
        using (var writer = new ShardSetWriter(_files.Folder, name, new ShardInfo(name, "CC0", new string(hash, 64), 500), tokensPerShard: 300))
        {
            for (int i = 0; i < rows; i++)
            {
                (int[] ids, bool[] targets) = ShardTests.Row(random, random.Next(1, maxTokens + 1), 500);
                writer.Append(ids, targets, i);
            }
            writer.Complete();
        }
        _sets.Add(new ShardSet(_files.Folder, name));
        return _sets[^1];
    }

    private static List<BatchRow[]> Take(BatchPlan plan, int batches)
    {
        var taken = new List<BatchRow[]>();
        var rows = new List<BatchRow>();
        while (taken.Count < batches && plan.Next(rows))
        {
            taken.Add([.. rows]);
        }
        return taken;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1_000)]
    [InlineData(70_000)]
    public void A_seeded_permutation_holds_every_number_once(int count)
    {
        var order = new SeededPermutation(7, count);
        long[] values = [.. Enumerable.Range(0, count).Select(i => order[i])];
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), values.Order());
        if (count >= 1_000)
        {
            Assert.InRange(values.Where((value, place) => value == place).Count(), 0, 10);
            var other = new SeededPermutation(8, count);
            Assert.InRange(values.Where((value, place) => value == other[place]).Count(), 0, 10);
            double mean = values.Take(count / 2).Average();
            Assert.InRange(mean / count, 0.45, 0.55);
        }
    }

    [Fact]
    public void Every_epoch_holds_every_row_once_in_another_order_and_no_batch_is_over_budget()
    {
        BatchSource source = new(Set("a", 150, 20, 1, 'a'), 1, Epochs: 3);
        List<BatchRow[]> batches = Take(new BatchPlan([source], 5, 64), int.MaxValue);
        Assert.All(batches, batch => Assert.InRange(batch.Sum(row => row.Tokens), 1, 64));
        Assert.All(batches.SkipLast(1), batch => Assert.InRange(batch.Sum(row => row.Tokens), 45, 64));
        BatchRow[][] epochs = [.. batches.SelectMany(batch => batch).Chunk(150)];
        Assert.Equal(3, epochs.Length);
        Assert.All(epochs, epoch => Assert.Equal(150, epoch.Distinct().Count()));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.NotEqual(epochs[1], epochs[2]);
        Assert.True(epochs[0].Select(row => row.Shard).Distinct().Count() > 3);
    }

    [Fact]
    public void Sources_keep_their_weights_over_every_stretch()
    {
        BatchSource[] sources = [new(Set("a", 100, 20, 1, 'a'), 3, null), new(Set("b", 40, 9, 2, 'a'), 1, null)];
        var plan = new BatchPlan(sources, 5, 200);
        for (int stretch = 0; stretch < 5; stretch++)
        {
            BatchRow[] rows = [.. Take(plan, 20).SelectMany(batch => batch)];
            double share = rows.Where(row => row.Source == 0).Sum(row => row.Tokens) / (double)rows.Sum(row => row.Tokens);
            Assert.InRange(share, 0.74, 0.76);
        }
    }

    [Fact]
    public void Sources_given_by_epochs_end_together()
    {
        BatchSource[] sources = [BatchSource.ForEpochs(Set("a", 300, 20, 1, 'a'), 2), BatchSource.ForEpochs(Set("b", 100, 20, 2, 'a'), 0.5)];
        var plan = new BatchPlan(sources, 5, 100);
        List<BatchRow[]> batches = Take(plan, int.MaxValue);
        Assert.Equal(600, batches.SelectMany(batch => batch).Count(row => row.Source == 0));
        Assert.Equal(50, batches.SelectMany(batch => batch).Count(row => row.Source == 1));
        Assert.Contains(batches[^4..].SelectMany(batch => batch), row => row.Source == 0);
        Assert.Contains(batches[^6..].SelectMany(batch => batch), row => row.Source == 1);
        Assert.False(plan.Next([]));
    }

    [Fact]
    public void A_resumed_plan_gives_exactly_the_same_batches_from_any_point()
    {
        BatchSource[] sources = [new(Set("a", 50, 20, 1, 'a'), 2, 3), new(Set("b", 30, 20, 2, 'a'), 1, null)];
        List<BatchRow[]> whole = Take(new BatchPlan(sources, 11, 64), 60);
        for (int stop = 0; stop < 60; stop += 7)
        {
            var first = new BatchPlan(sources, 11, 64);
            Take(first, stop);
            BatchPlanState state = JsonSerializer.Deserialize<BatchPlanState>(JsonSerializer.Serialize(first.State))!;
            Assert.Equal(stop, state.Batches);
            Assert.Equal(whole[..stop].SelectMany(batch => batch).Sum(row => row.Tokens), state.Tokens);
            List<BatchRow[]> rest = Take(new BatchPlan(sources, state, 64), 60 - stop);
            Assert.Equal(whole[stop..], rest);
        }
        Assert.NotEqual(whole, Take(new BatchPlan(sources, 12, 64), 60));
    }

    [Fact]
    public void A_batch_holds_the_rows_end_to_end()
    {
        BatchSource[] sources = [new(Set("a", 50, 20, 1, 'a'), 1, 1)];
        var rows = new List<BatchRow>();
        var plan = new BatchPlan(sources, 1, 64);
        var batch = new RaggedBatch();
        while (plan.Next(rows))
        {
            batch.Load(sources, rows);
            Assert.Equal(rows.Count, batch.Rows);
            for (int r = 0; r < rows.Count; r++)
            {
                int[] ids = new int[rows[r].Tokens];
                bool[] targets = new bool[ids.Length];
                sources[0].Shards.Shards[rows[r].Shard].ReadRow(rows[r].Row, ids, targets);
                Assert.Equal(ids, batch.Ids[batch.RowStart(r)..batch.RowStart(r + 1)].ToArray());
                Assert.Equal(targets, batch.Targets[batch.RowStart(r)..batch.RowStart(r + 1)].ToArray());
            }
            Assert.Equal(batch.Targets.Count(true), batch.TargetTokens);
            Assert.Equal(rows.Sum(row => (long)sources[0].Shards.Shards[row.Shard].RowTextBytes(row.Row)), batch.TextBytes);
        }
    }

    [Fact]
    public void Wrong_mixtures_and_foreign_positions_are_refused()
    {
        ShardSet a = Set("a", 50, 20, 1, 'a'), b = Set("b", 50, 20, 1, 'b');
        Assert.Throws<ArgumentException>(() => new BatchPlan([], 1, 64));
        Assert.Throws<ArgumentException>(() => new BatchPlan([new(a, 0, null)], 1, 64));
        Assert.Throws<ArgumentException>(() => new BatchPlan([new(a, 1, 0)], 1, 64));
        Assert.Contains("tokenizer", Assert.Throws<ArgumentException>(() => new BatchPlan([new(a, 1, null), new(b, 1, null)], 1, 64)).Message);
        Assert.Contains("at most the batch's 5", Assert.Throws<DatasetException>(() => new BatchPlan([new(a, 1, null)], 1, 5)).Message);
        BatchPlanState state = new BatchPlan([new(a, 1, null)], 1, 64).State;
        Assert.Contains("b (50 rows)", Assert.Throws<ArgumentException>(() => new BatchPlan([new(b, 1, null)], state, 64)).Message);
        Assert.Throws<ArgumentException>(() => new BatchPlan([new(a, 1, null)], state with { Sources = [state.Sources[0] with { Cursor = 50 }] }, 64));
    }

    public void Dispose()
    {
        _sets.ForEach(set => set.Dispose());
        _files.Dispose();
    }
}
