using MicroChat.Model.Templates;
using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

public sealed class ChatReaderTests : IDisposable
{
    private const string Good = """{"source": "s", "license": "CC0", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]}""";
    private static readonly ChatTurn[] s_goodTurns = [new("user", "Hi"), new("assistant", "Hello!")];
    private readonly DataFiles _files = new();

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\n\n  \n")]
    public void Lines_may_end_in_any_way_and_blank_ones_do_not_count(string end)
    {
        string path = _files.Write("a.jsonl", "\uFEFF" + Good + end + Good);
        Conversation[] rows = [.. Datasets.Conversations(path, new DatasetOptions(), new RowReport())];
        Assert.Equal(2, rows.Length);
        Assert.All(rows, row => Assert.Equal(s_goodTurns, row.Turns));
        Assert.All(rows, row => Assert.Equal(("s", "CC0"), (row.Source, row.License)));
    }

    [Fact]
    public void Gzip_is_found_by_content_also_in_several_members()
    {
        byte[] packed = [.. DataFiles.Gzip(Good + "\n"), .. DataFiles.Gzip(Good + "\n" + Good)];
        Assert.Equal(3, Datasets.Conversations(_files.Write("a.jsonl", packed), new DatasetOptions(), new RowReport()).Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(60)]
    public void A_truncated_gzip_is_refused_before_its_last_rows_are_taken_for_whole(int missing)
    {
        byte[] packed = DataFiles.Gzip(string.Join('\n', Enumerable.Range(0, 200).Select(i => Good.Replace("Hi", $"Hi {i * 7919}"))));
        string path = _files.Write("a.jsonl.gz", packed[..^missing]);
        var options = new DatasetOptions { BadRows = BadRows.Skip };
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Conversations(path, options, new RowReport()).Count());
        Assert.Contains("truncated", e.Message);
        Assert.Contains(path, e.Message);
    }

    [Fact]
    public void A_damaged_gzip_is_refused()
    {
        byte[] packed = DataFiles.Gzip(string.Join('\n', Enumerable.Repeat(Good, 50)));
        packed[^6] ^= 1;
        string path = _files.Write("a.jsonl.gz", packed);
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Conversations(path, new DatasetOptions(), new RowReport()).Count());
        Assert.Contains("damaged", e.Message);
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": " "}]}""", "messages[1].content", "not empty")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant"}]}""", "messages[1].content", "only [role]")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": null}]}""", "messages[1].content", "null")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": ["a"]}]}""", "messages[1].content", "list of 1")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "oracle", "content": "a"}]}""", "messages[1].role", "\"oracle\"")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "user", "content": "a"}]}""", "messages[1]", "the role is user after user; wanted assistant")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "Hi"}]}""", "messages[0]", "wanted user")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}]}""", "messages[0]", "wanted assistant")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Hi"}]}""", "messages[1]", "system")]
    [InlineData("""{"messages": []}""", "messages", "no turns")]
    [InlineData("""{"messages": "Hi"}""", "messages", "the text \"Hi\"")]
    [InlineData("""{"messages": ["Hi"]}""", "messages[0].role", "the text \"Hi\"")]
    [InlineData("""{"massages": []}""", "messages", "[massages]")]
    [InlineData("""{"messages": [{"role": "user", "content": "\ud800"}]}""", "messages[0].content", "surrogate")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, """, null, "broken JSON")]
    [InlineData("[1, 2]", null, "one JSON object per line")]
    public void A_bad_row_is_named_by_line_field_and_value(string row, string? field, string says)
    {
        string path = _files.Write("a.jsonl", $"{Good}\n\n{row}\n{Good}\n");
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Conversations(path, new DatasetOptions(), new RowReport()).Count());
        Assert.Equal((3L, field), (e.Line, e.Field));
        Assert.Contains(says, e.Message);
        Assert.StartsWith($"{path}, line 3", e.Message, StringComparison.Ordinal);

        var report = new RowReport();
        Assert.Equal(2, Datasets.Conversations(path, new DatasetOptions { BadRows = BadRows.Skip }, report).Count());
        Assert.Equal((3L, 2L, 1L), (report.Rows, report.Yielded, report.Skipped));
        Assert.Equal(e.Message, Assert.Single(report.Problems));
    }

    [Fact]
    public void Skipping_stops_at_its_limit()
    {
        string path = _files.Write("a.jsonl", string.Join('\n', Enumerable.Repeat("{}", 4).Prepend(Good)));
        var options = new DatasetOptions { BadRows = BadRows.Skip, SkipLimit = 3 };
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Conversations(path, options, new RowReport()).Count());
        Assert.Contains("4 bad rows", e.Message);
        Assert.Contains("line 5", e.Message);
        Assert.Single(Datasets.Conversations(path, options with { SkipLimit = 4 }, new RowReport()));
    }

    [Fact]
    public void A_line_above_the_limit_is_one_bad_row_and_the_next_is_read()
    {
        string path = _files.Write("a.jsonl", $"{Good}\n{{\"messages\": \"{new string('x', 3_000_000)}\"}}\r\n{Good}");
        var report = new RowReport();
        Assert.Equal(2, Datasets.Conversations(path, new DatasetOptions { BadRows = BadRows.Skip }, report).Count());
        Assert.Contains("line 2: the line has 3000016 bytes; wanted at most 1048576", Assert.Single(report.Problems));
    }

    [Fact]
    public void A_line_of_exactly_the_limit_is_read()
    {
        string path = _files.Write("a.jsonl", $"{Good}\r\n{Good}x\n");
        var options = new DatasetOptions { MaxLineBytes = Good.Length };
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Conversations(path, options, new RowReport()).Count());
        Assert.Equal(2, e.Line);
        Assert.Contains($"{Good.Length + 1} bytes", e.Message);
    }

    [Fact]
    public void Deep_JSON_is_a_bad_row()
    {
        string path = _files.Write("a.jsonl", $"{Good}\n{{\"messages\": {new string('[', 100_000)}");
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Conversations(path, new DatasetOptions(), new RowReport()).Count());
        Assert.Contains("128 levels", e.Message);
    }

    [Fact]
    public void Invalid_UTF8_is_a_bad_row_that_names_byte_and_column()
    {
        byte[] bytes = [.. System.Text.Encoding.UTF8.GetBytes(Good + "\n{\"é\": \""), 0xff, (byte)'"', (byte)'}'];
        string path = _files.Write("a.jsonl", bytes);
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Conversations(path, new DatasetOptions(), new RowReport()).Count());
        Assert.Contains("line 2: the byte 0xff at column 9 is no UTF-8", e.Message);
    }

    [Fact]
    public void Extra_keys_are_kept_out_and_a_missing_source_is_the_files_name()
    {
        string row = """{"id": 7, "weight": 0.5, "tools": [{}], "messages": [{"role": "system", "content": "Be kind.", "name": "x"}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!", "tool_calls": null}]}""";
        Conversation read = Assert.Single(Datasets.Conversations(_files.Write("mine.jsonl", row), new DatasetOptions(), new RowReport()));
        Assert.Equal(("mine", "unknown"), (read.Source, read.License));
        Assert.Equal([new ChatTurn("system", "Be kind."), .. s_goodTurns], read.Turns);
    }

    [Fact]
    public void ShareGpt_rows_are_found_by_their_fields()
    {
        string row = """{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]}""";
        Conversation read = Assert.Single(Datasets.Conversations(_files.Write("a.jsonl", row), new DatasetOptions(), new RowReport()));
        Assert.Equal(s_goodTurns, read.Turns);
        string bad = """{"conversations": [{"from": "human", "value": "Hi"}, {"from": "tool", "value": "4"}]}""";
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Conversations(_files.Write("b.jsonl", bad), new DatasetOptions(), new RowReport()).Count());
        Assert.Equal("conversations[1].from", e.Field);
    }

    [Fact]
    public void Dolly_joins_instruction_and_context()
    {
        string path = _files.Write("a.jsonl",
            """{"instruction": "What?", "context": "A text.", "response": "This. ", "category": "closed_qa"}""" + "\n" +
            """{"instruction": "Why?", "context": "", "response": "So.", "category": "open_qa"}""" + "\n" +
            """{"instruction": "Who?", "context": "", "response": "", "category": "open_qa"}""");
        var report = new RowReport();
        Conversation[] read = [.. Datasets.Conversations(path, new DatasetOptions { BadRows = BadRows.Skip }, report)];
        Assert.Equal(("databricks-dolly-15k", "CC BY-SA 3.0"), (read[0].Source, read[0].License));
        Assert.Equal([new ChatTurn("user", "What?\n\nA text."), new ChatTurn("assistant", "This.")], read[0].Turns);
        Assert.Equal([new ChatTurn("user", "Why?"), new ChatTurn("assistant", "So.")], read[1].Turns);
        Assert.Contains("line 3, field response", Assert.Single(report.Problems));
    }

    [Fact]
    public void A_format_can_be_named_and_an_unfit_one_says_so()
    {
        string path = _files.Write("a.jsonl", Good);
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Preferences(path, new DatasetOptions(), new RowReport()).Count());
        Assert.Contains("layout Messages", e.Message);
        e = Assert.Throws<DatasetException>(() => Datasets.Conversations(path, new DatasetOptions { Format = DatasetFormat.Dolly }, new RowReport()).Count());
        Assert.Equal("instruction", e.Field);
    }

    [Fact]
    public void An_absent_or_empty_file_or_strange_fields_say_so()
    {
        Assert.Contains("can't be opened", Assert.Throws<DatasetException>(() => Datasets.Detect(Path.Combine(_files.Folder, "none"), new DatasetOptions())).Message);
        Assert.Contains("no rows", Assert.Throws<DatasetException>(() => Datasets.Detect(_files.Write("e.jsonl", "\n\n"), new DatasetOptions())).Message);
        Assert.Contains("[a, b]", Assert.Throws<DatasetException>(() => Datasets.Detect(_files.Write("s.jsonl", """{"a": 1, "b": 2}"""), new DatasetOptions())).Message);
    }

    public void Dispose() => _files.Dispose();
}
