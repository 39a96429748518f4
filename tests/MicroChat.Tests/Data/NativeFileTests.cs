using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

/// <summary>
/// The original files of Dolly, OpenAssistant and hh-rlhf; skipped where they are not at hand.
/// The numbers of trees, paths and rankings were counted by an independent script over the same files.
/// </summary>
public sealed class NativeFileTests
{
    [Theory]
    [InlineData("native/dolly-15k-native-121.jsonl", 121)]
    [InlineData("native/dolly-15k-first-6400-nocontext.jsonl.gz", 6395)]
    public void Dolly_reads_whole(string file, int rows)
    {
        var report = new RowReport();
        Assert.InRange(Datasets.Conversations(DataFiles.Shared(file), new DatasetOptions(), report).Count(), rows - 200, rows);
        Assert.Equal(0, report.Skipped);
    }

    [Fact]
    public void OpenAssistant_says_the_same_in_both_layouts()
    {
        string trees = DataFiles.Shared("native/oasst-en-100-trees.jsonl"), messages = DataFiles.Shared("native/oasst-en-100-messages.jsonl");
        var options = new DatasetOptions { Source = "oasst", OpenAssistant = new OpenAssistantOptions { PathsPerTree = int.MaxValue } };
        string[] fromTrees = Sorted(Datasets.Conversations(trees, options, new RowReport()));
        Assert.Equal(fromTrees, Sorted(Datasets.Conversations(messages, options, new RowReport())));
        Assert.Equal(540, fromTrees.Length);
        Assert.Equal(99, Datasets.Conversations(trees, new DatasetOptions(), new RowReport()).Count());
        Assert.Equal(209, Datasets.Rankings(trees, options, new RowReport()).Count());
        Assert.Equal(747, Datasets.Preferences(trees, options, new RowReport()).Count());
        Assert.Equal(Datasets.Preferences(trees, options, new RowReport()).Select(Text).Order(StringComparer.Ordinal),
            Datasets.Preferences(messages, options, new RowReport()).Select(Text).Order(StringComparer.Ordinal));
        Assert.Equal(99, Datasets.Prompts(trees, options, new RowReport()).Count());
    }

    [Fact]
    public void OpenAssistant_2_reads_whole_and_leaves_out_what_reviewers_refused()
    {
        string path = DataFiles.Shared("native/oasst2-en-trees.jsonl.gz");
        var report = new RowReport();
        Assert.Equal(47, Datasets.Conversations(path, new DatasetOptions(), report).Count());
        Assert.Equal((178L, 0L), (report.Rows, report.Skipped));
        Assert.Equal(112, Datasets.Rankings(path, new DatasetOptions(), new RowReport()).Count());
        Assert.Equal(309, Datasets.Preferences(path, new DatasetOptions(), new RowReport()).Count());
    }

    [Fact]
    public void Hh_rlhf_reads_but_for_a_few_rows()
    {
        var report = new RowReport();
        int pairs = Datasets.Preferences(DataFiles.Shared("native/hh-rlhf-harmless.jsonl.gz"), new DatasetOptions { BadRows = BadRows.Skip, SkipLimit = 20 }, report).Count();
        Assert.InRange(pairs, 1_350, 1_600);
        Assert.All(report.Problems, problem => Assert.Contains("field", problem));
    }

    [Fact]
    public void Wikitext_is_one_document_in_pieces()
    {
        TextDocument[] read = [.. Datasets.Documents(DataFiles.Shared("native/wikitext-2-valid.txt.gz"), new DatasetOptions { MaxDocumentCharacters = 1 << 18 }, new RowReport())];
        Assert.InRange(read.Sum(piece => piece.Text.Length), 1_000_000, 1_200_000);
        Assert.Equal(1, read.Count(piece => piece.IsLast));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("prefs")]
    [InlineData("prompts")]
    public void Every_file_of_the_full_sets_reads_but_for_very_few_rows(string folder)
    {
        foreach (string path in Directory.GetFiles(Path.Combine(Path.GetDirectoryName(DataFiles.Shared("README.md"))!, folder)))
        {
            var report = new RowReport();
            var options = new DatasetOptions { BadRows = BadRows.Skip, SkipLimit = 10 };
            int read = folder switch
            {
                "chat" => Datasets.Conversations(path, options, report).Count(),
                "prefs" => Datasets.Preferences(path, options, report).Count(),
                _ => Datasets.Prompts(path, options, report).Count(),
            };
            Assert.Equal(report.Rows - report.Skipped, read);
            Assert.True(read > 20);
        }
    }

    private static string[] Sorted(IEnumerable<Conversation> rows) =>
        [.. rows.Select(row => string.Join('\0', row.Turns)).Order(StringComparer.Ordinal)];

    private static string Text(PreferencePair pair) => string.Join('\0', pair.Prompt.Select(turn => turn.Content).Append(pair.Chosen).Append(pair.Rejected));
}
