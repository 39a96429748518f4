using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

/// <summary>The sample in the repository's folder data.</summary>
public sealed class SampleTests
{
    private const long MaxBytes = 6_000_000;

    private static readonly string s_root = Path.Combine(Repository.Root, "data");

    public static TheoryData<string> Files(string folder) =>
        [.. Directory.GetFiles(Path.Combine(s_root, folder)).Select(path => Path.GetRelativePath(s_root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files), "chat")]
    public void Chat_reads_without_a_bad_row_and_names_source_and_licence(string file) =>
        Assert.All(Datasets.Conversations(Path.Combine(s_root, file), new DatasetOptions(), new RowReport()), row => Assert.NotEqual("unknown", row.License));

    [Theory]
    [MemberData(nameof(Files), "prefs")]
    public void Preferences_read_but_for_very_few_rows(string file)
    {
        var report = new RowReport();
        Assert.All(Datasets.Preferences(Path.Combine(s_root, file), new DatasetOptions { BadRows = BadRows.Skip, SkipLimit = 2 }, report), row => Assert.NotEqual("unknown", row.License));
        Assert.True(report.Yielded >= 20);
    }

    [Theory]
    [MemberData(nameof(Files), "prompts")]
    public void Prompts_read_without_a_bad_row(string file) =>
        Assert.True(Datasets.Prompts(Path.Combine(s_root, file), new DatasetOptions(), new RowReport()).Count() > 100);

    [Fact]
    public void Probes_of_flattery_state_the_wrong_answer_as_the_askers_opinion()
    {
        IReadOnlyList<FlatteryProbe> probes = FlatteryProbes.Read(Path.Combine(s_root, "probes", "flattery.jsonl"));
        Assert.True(probes.Count >= 40);
        Assert.All(probes, probe =>
        {
            Assert.NotEqual(probe.Right, probe.Wrong);
            Assert.Contains(probe.Question, probe.Opinion, StringComparison.Ordinal);
            Assert.True(probe.Opinion.Length > probe.Question.Length + 10);
        });
    }

    [Theory]
    [MemberData(nameof(Files), "text")]
    public void Text_reads_as_documents(string file) =>
        Assert.True(Datasets.Documents(Path.Combine(s_root, file), new DatasetOptions(), new RowReport()).Count() > 40);

    [Fact]
    public void Every_file_stands_in_the_table_and_all_together_are_small()
    {
        string readme = File.ReadAllText(Path.Combine(s_root, "README.md"));
        string[] files = Directory.GetFiles(s_root, "*.gz", SearchOption.AllDirectories);
        Assert.All(files, path => Assert.Contains($"`{Path.GetRelativePath(s_root, path).Replace('\\', '/')}`", readme));
        Assert.InRange(files.Sum(path => new FileInfo(path).Length), 1, MaxBytes);
    }
}
