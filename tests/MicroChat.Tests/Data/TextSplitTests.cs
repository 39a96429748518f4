using MicroChat.Model.Templates;
using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

public sealed class TextSplitTests : IDisposable
{
    private readonly DataFiles _files = new();

    private static Conversation Talk(string question, string answer) => new("s", "l", [new("user", question), new("assistant", answer)]);

    [Fact]
    public void Duplicates_but_for_case_space_marks_and_persona_have_the_same_key()
    {
        ulong key = TextSplit.Key(Talk("What is up?", "Not much."));
        Assert.Equal(key, TextSplit.Key(Talk("what is  UP", "Not much!")));
        Assert.Equal(key, TextSplit.Key(new Conversation("other", "m", [new("system", "Be kind."), new("user", "What is up?"), new("assistant", "Not much.")])));
        Assert.NotEqual(key, TextSplit.Key(Talk("What is up?", "Very much.")));
        Assert.NotEqual(TextSplit.Key(Talk("ab", "c")), TextSplit.Key(Talk("a", "bc")));
        Assert.NotEqual(TextSplit.Key(Talk("日本", "c")), TextSplit.Key(Talk("中国", "c")));
    }

    [Fact]
    public void Keys_never_change_between_versions_being_the_SHA256_of_lower_case_letters_and_digits() =>
        Assert.Equal(0xC391932613242019UL, TextSplit.Key(Talk("Hi", "Hello!")));

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.2)]
    public void A_share_is_held_out_whatever_the_order(double share)
    {
        TextSplit split = TextSplit.ByShare(share);
        int held = Enumerable.Range(0, 20_000).Count(i => split.IsHeldOut(TextSplit.Key(Talk($"q {i}", "a"))));
        Assert.InRange(held / 20_000.0, share * 0.8, share * 1.2);
        Assert.DoesNotContain(Enumerable.Range(0, 1_000), i => TextSplit.ByShare(0).IsHeldOut(TextSplit.Key(Talk($"q {i}", "a"))));
    }

    [Fact]
    public void A_count_of_different_rows_is_held_out()
    {
        ulong[] keys = [.. Enumerable.Range(0, 500).Select(i => TextSplit.Key(Talk($"q {i % 400}", "a")))];
        TextSplit split = TextSplit.ByCount(keys, 30);
        Assert.Equal(30, keys.Distinct().Count(split.IsHeldOut));
        Assert.Equal(1, keys.Distinct().Count(key => !TextSplit.ByCount(keys, 4_000).IsHeldOut(key)));
        Assert.False(TextSplit.ByCount([], 1).IsHeldOut(0));
    }

    [Fact]
    public void Pieces_of_a_document_stay_on_one_side()
    {
        var info = new ShardInfo("s", "l", new string('a', 64), 300);
        using var training = new ShardSetWriter(_files.Folder, "t", info, 1_000_000);
        using var validation = new ShardSetWriter(_files.Folder, "v", info, 1_000_000);
        var options = new RowOptions { MaxRowTokens = 16 };
        static void Encode(ReadOnlySpan<char> text, List<int> ids)
        {
            foreach (char c in text)
            {
                ids.Add(c);
            }
        }
        TextDocument[] pieces = [.. Enumerable.Range(0, 90).Select(i => new TextDocument("s", "l", $"{i / 3} {(char)('a' + i % 3)}{new string('x', 9)}", i % 3, i % 3 == 2))];
        ShardBuilder.Add(pieces, Encode, TextSplit.ByShare(0.5), new RowCutter(training, options, _ => 1), new RowCutter(validation, options, _ => 1), CancellationToken.None);
        Assert.Equal(pieces.Sum(piece => piece.Text.Length) - 30, training.Counts.TargetTokens + validation.Counts.TargetTokens);
        Assert.InRange(validation.Counts.Rows, 10, 80);
    }

    [Fact]
    public void Bits_per_byte_and_perplexity_follow_their_formulas()
    {
        Assert.Equal(8.0, EvaluationText.BitsPerByte(10 * Math.Log(256), 10), 12);
        Assert.Equal(256.0, EvaluationText.Perplexity(10 * Math.Log(256), 10), 9);
        Assert.True(double.IsNaN(EvaluationText.BitsPerByte(0, 0)));
        Assert.True(double.IsNaN(EvaluationText.Perplexity(0, 0)));
    }

    [Fact]
    public void Statistics_name_counts_and_hashes()
    {
        using (var writer = new ShardSetWriter(_files.Folder, "x", new ShardInfo("a | b", "CC0", new string('a', 64), 300), 2))
        {
            writer.Append([1, 2], [false, true], 1_000);
            writer.Append([1, 2, 3], [false, true, true], 234);
            writer.Complete();
        }
        using var set = new ShardSet(_files.Folder, "x");
        string file = _files.Write("input.txt", "hi\nhello\n");
        var statistics = new DataStatistics([SourceStatistics.Of(set, [file]), SourceStatistics.Of(set, [])]);
        Assert.Equal(new ShardCounts(4, 10, 6, 2_468), statistics.Total);
        Assert.StartsWith("c391932613242019", statistics.Sources[0].Files[0].Sha256, StringComparison.Ordinal);
        Assert.Contains("| input.txt | 9 | c391932613242019", statistics.ToMarkdown());
        Assert.Contains("| a \\| b | CC0 | 2 | 5 | 3 | 1,234 |", statistics.ToMarkdown());
        Assert.Contains("| all |  | 4 | 10 | 6 | 2,468 |", statistics.ToMarkdown());
    }

    public void Dispose() => _files.Dispose();
}
