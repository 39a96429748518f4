using System.Text;
using MicroChat.Model.Templates;
using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

public sealed class ShardTests : IDisposable
{
    private static readonly string s_hash = new('a', 64);
    private readonly DataFiles _files = new();

    private string PathOf(string name) => Path.Combine(_files.Folder, name);

    internal static (int[] Ids, bool[] Targets) Row(Random random, int tokens, int vocabulary)
    {
        int[] ids = [.. Enumerable.Range(0, tokens).Select(_ => random.Next(vocabulary))];
        return (ids, [.. ids.Select(_ => random.Next(2) == 0)]);
    }

    private string Write(int vocabulary, int rows)
    {
        var random = new Random(1);
        using var writer = new ShardWriter(PathOf("a.shard"), new ShardInfo("Quelle é", "CC0", s_hash, vocabulary));
        for (int i = 0; i < rows; i++)
        {
            (int[] ids, bool[] targets) = Row(random, 1 + i * 37 % 97, vocabulary);
            writer.Append(ids, targets, i);
        }
        writer.Complete();
        return PathOf("a.shard");
    }

    [Theory]
    [InlineData(300)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    public void Rows_come_back_as_written_in_any_order(int vocabulary)
    {
        using var shard = new ShardReader(Write(vocabulary, 200));
        shard.Verify();
        Assert.Equal(new ShardInfo("Quelle é", "CC0", s_hash, vocabulary), shard.Info);
        var random = new Random(1);
        (int[] Ids, bool[] Targets)[] wanted = [.. Enumerable.Range(0, 200).Select(i => Row(random, 1 + i * 37 % 97, vocabulary))];
        for (int i = 199; i >= 0; i--)
        {
            int[] ids = new int[shard.RowTokens(i)];
            bool[] targets = new bool[ids.Length];
            shard.ReadRow(i, ids, targets);
            Assert.Equal(wanted[i].Ids, ids);
            Assert.Equal(wanted[i].Targets, targets);
            Assert.Equal(i, shard.RowTextBytes(i));
        }
        Assert.Equal(new ShardCounts(200, wanted.Sum(row => row.Ids.Length), wanted.Sum(row => row.Targets.Count(t => t)), 199 * 100), shard.Counts);
    }

    [Fact]
    public void A_long_row_reads_its_marks_across_buffers()
    {
        (int[] ids, bool[] targets) = Row(new Random(2), 50_001, 70_000);
        using (var writer = new ShardWriter(PathOf("a.shard"), new ShardInfo("s", "l", s_hash, 70_000)))
        {
            writer.Append([1, 2, 3], [true, false, true], 0);
            writer.Append(ids, targets, 7);
            writer.Complete();
        }
        using var shard = new ShardReader(PathOf("a.shard"));
        int[] read = new int[ids.Length];
        bool[] marks = new bool[ids.Length];
        shard.ReadRow(1, read, marks);
        Assert.Equal(ids, read);
        Assert.Equal(targets, marks);
    }

    [Fact]
    public void A_shard_that_is_not_completed_leaves_nothing_and_keeps_the_old_one()
    {
        byte[] before = File.ReadAllBytes(Write(300, 3));
        using (var writer = new ShardWriter(PathOf("a.shard"), new ShardInfo("s", "l", s_hash, 10)))
        {
            writer.Append([1, 2], [true, true], 2);
        }
        Assert.Equal([PathOf("a.shard")], Directory.GetFiles(_files.Folder));
        Assert.Equal(before, File.ReadAllBytes(PathOf("a.shard")));
    }

    [Fact]
    public void Ids_beyond_the_vocabulary_and_odd_shapes_are_refused_before_anything_is_added()
    {
        using var writer = new ShardWriter(PathOf("a.shard"), new ShardInfo("s", "l", s_hash, 10));
        Assert.Contains("ids[1] is 10", Assert.Throws<ArgumentException>(() => writer.Append([9, 10], [true, true], 2)).Message);
        Assert.Throws<ArgumentException>(() => writer.Append([-1], [true], 2));
        Assert.Throws<ArgumentException>(() => writer.Append([1, 2], [true], 2));
        Assert.Throws<ArgumentException>(() => writer.Append([], [], 2));
        Assert.Equal(default, writer.Counts);
        Assert.Throws<ArgumentException>(() => new ShardWriter(PathOf("b.shard"), new ShardInfo("s", "l", "abc", 10)));
        Assert.Throws<ArgumentException>(() => new ShardWriter(PathOf("b.shard"), new ShardInfo(new string('s', 5_000), "l", s_hash, 10)));
        Assert.False(File.Exists(PathOf("b.shard.part")));
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = File.ReadAllBytes(Write(300, 5));
        foreach (int length in new[] { 0, 1, 7, 100, 4_095, 4_096, 4_100, whole.Length - 1 })
        {
            string path = _files.Write("cut.shard", whole[..length]);
            Assert.StartsWith(path, Assert.Throws<DatasetException>(() => new ShardReader(path)).Message, StringComparison.Ordinal);
        }
        Assert.Throws<DatasetException>(() => new ShardReader(_files.Write("long.shard", [.. whole, 0])));
    }

    [Fact]
    public void Any_flipped_bit_is_an_error_and_never_a_crash()
    {
        byte[] whole = File.ReadAllBytes(Write(300, 20));
        var random = new Random(3);
        for (int round = 0; round < 400; round++)
        {
            byte[] bad = [.. whole];
            int at = round % 2 == 0 ? random.Next(220) : random.Next(whole.Length);
            bad[at] ^= (byte)(1 << random.Next(8));
            string path = _files.Write("bad.shard", bad);
            Assert.Throws<DatasetException>(() =>
            {
                using var shard = new ShardReader(path);
                for (int row = 0; row < shard.Rows; row++)
                {
                    shard.ReadRow(row, new int[shard.RowTokens(row)], new bool[shard.RowTokens(row)]);
                }
                shard.Verify();
            });
        }
    }

    [Fact]
    public void A_set_rolls_over_and_replaces_an_older_one_whole()
    {
        var info = new ShardInfo("s", "l", s_hash, 10);
        foreach (int rows in new[] { 10, 4 })
        {
            using var set = new ShardSetWriter(_files.Folder, "x", info, tokensPerShard: 6);
            for (int i = 0; i < rows; i++)
            {
                set.Append([i % 10, 1, 2], [false, true, true], i);
            }
            set.Complete();
            using var read = new ShardSet(_files.Folder, "x");
            Assert.Equal((rows + 1) / 2, read.Shards.Count);
            Assert.Equal(new ShardCounts(rows, 3 * rows, 2 * rows, rows * (rows - 1) / 2), read.Counts);
            Assert.Equal(read.Counts, set.Counts);
            Assert.Equal((rows + 1) / 2, Directory.GetFiles(_files.Folder).Length);
        }
        Assert.Throws<DatasetException>(() => new ShardSet(_files.Folder, "y"));
    }

    /// <summary>A token per byte, so that what is covered can be counted by hand.</summary>
    private static void EncodeBytes(ReadOnlySpan<char> text, List<int> ids)
    {
        foreach (byte b in Encoding.UTF8.GetBytes(text.ToString()))
        {
            ids.Add(b);
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(6, true)]
    [InlineData(7, true)]
    [InlineData(8, true)]
    [InlineData(100, true)]
    [InlineData(100, false)]
    public void Every_token_of_a_document_is_a_target_once_and_rows_overlap_by_one(int letters, bool framed)
    {
        string text = string.Concat(Enumerable.Range(0, letters).Select(i => (char)('a' + i % 26)));
        var options = new RowOptions { MaxRowTokens = 8, BeginTokenId = framed ? 256 : null, EndTokenId = framed ? 257 : null };
        using (var set = new ShardSetWriter(_files.Folder, "x", new ShardInfo("s", "l", s_hash, 258), 1_000))
        {
            var cutter = new RowCutter(set, options, id => id < 256 ? 1 : 0);
            cutter.Add(new TextDocument("s", "l", text[..(letters / 3)], 0, false), EncodeBytes);
            cutter.Add(new TextDocument("s", "l", text[(letters / 3)..], 1, true), EncodeBytes);
            set.Complete();
        }
        using var read = new ShardSet(_files.Folder, "x");
        var targets = new List<int>();
        int last = framed ? 256 : text[0];
        foreach (RaggedBatch batch in RaggedBatch.InOrder(read, 8))
        {
            Assert.InRange(batch.Tokens, 2, 8);
            Assert.Equal(last, batch.Ids[0]);
            Assert.Equal([false, .. Enumerable.Repeat(true, batch.Tokens - 1)], batch.Targets.ToArray());
            targets.AddRange(batch.Ids[1..]);
            last = batch.Ids[^1];
        }
        int[] wanted = framed ? [.. text.Select(c => (int)c), 257] : [.. text.Skip(1).Select(c => (int)c)];
        Assert.Equal(wanted, targets);
        Assert.Equal(framed ? letters : letters - 1, read.Counts.TextBytes);
    }

    [Fact]
    public void A_conversation_too_long_loses_whole_rounds_from_its_end_or_is_left_out()
    {
        static int Encode(Conversation conversation, List<int> ids, List<bool> targets)
        {
            int bytes = 0;
            foreach (ChatTurn turn in conversation.Turns)
            {
                ids.AddRange(turn.Content.Select(c => (int)c));
                targets.AddRange(turn.Content.Select(_ => turn.Role == "assistant"));
                bytes += turn.Role == "assistant" ? turn.Content.Length : 0;
            }
            return bytes;
        }
        ChatTurn[] turns = [new("user", "aaa"), new("assistant", "bbb"), new("user", "ccc"), new("assistant", "ddddd")];
        using var set = new ShardSetWriter(_files.Folder, "x", new ShardInfo("s", "l", s_hash, 256), 1_000);
        var cutter = new RowCutter(set, new RowOptions { MaxRowTokens = 10 }, _ => 1);
        Assert.True(cutter.Add(new Conversation("s", "l", turns), Encode));
        Assert.Equal(new ShardCounts(1, 6, 3, 3), set.Counts);
        Assert.False(cutter.Add(new Conversation("s", "l", [new("user", new string('a', 20)), turns[1]]), Encode));
        Assert.Equal((1L, 1L), (cutter.Shortened, cutter.LeftOut));
    }

    public void Dispose() => _files.Dispose();
}
