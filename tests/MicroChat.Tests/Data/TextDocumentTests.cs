using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

public sealed class TextDocumentTests : IDisposable
{
    private readonly DataFiles _files = new();

    [Fact]
    public void Documents_end_at_the_separator_line_and_lose_empty_lines_at_their_ends()
    {
        string path = _files.Write("t.txt", "\r\nOne\r\n\r\nmore <|endoftext|>\r\n\r\n<|endoftext|>\r\n<|endoftext|>\nTwo");
        TextDocument[] read = [.. Datasets.Documents(path, new DatasetOptions { License = "CC0" }, new RowReport())];
        Assert.Equal([new TextDocument("t", "CC0", "One\n\nmore <|endoftext|>", 0, true), new TextDocument("t", "CC0", "Two", 0, true)], read);
    }

    [Fact]
    public void A_long_document_comes_in_pieces_that_join_to_it()
    {
        string[] lines = [.. Enumerable.Range(0, 1_000).Select(i => i % 7 == 0 ? "" : $"line {i}")];
        string path = _files.Write("t.txt.gz", DataFiles.Gzip(string.Join('\n', lines) + "\n<|endoftext|>\nend\n"));
        TextDocument[] read = [.. Datasets.Documents(path, new DatasetOptions { MaxDocumentCharacters = 500 }, new RowReport())];
        TextDocument[] first = read[..^1];
        Assert.True(first.Length > 10);
        Assert.All(first, piece => Assert.InRange(piece.Text.Length, 1, 510));
        Assert.Equal(Enumerable.Range(0, first.Length), first.Select(piece => piece.Piece));
        Assert.Equal(first.Length - 1, Array.FindIndex(first, piece => piece.IsLast));
        Assert.Equal(string.Join('\n', lines).Trim('\n'), string.Concat(first.Select(piece => piece.Text)));
        Assert.Equal(("end", 0, true), (read[^1].Text, read[^1].Piece, read[^1].IsLast));
    }

    [Fact]
    public void A_line_that_is_no_UTF8_stops_or_is_left_out()
    {
        string path = _files.Write("t.txt", [(byte)'a', (byte)'\n', 0xc3, (byte)'\n', (byte)'b']);
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Documents(path, new DatasetOptions(), new RowReport()).Count());
        Assert.Equal(2, e.Line);
        Assert.Equal("a\nb", Assert.Single(Datasets.Documents(path, new DatasetOptions { BadRows = BadRows.Skip }, new RowReport())).Text);
    }

    [Fact]
    public void Rows_with_a_text_are_documents()
    {
        string path = _files.Write("t.jsonl", """{"text": "a\r\nb", "id": 1}""");
        Assert.Equal("a\nb", Assert.Single(Datasets.Documents(path, new DatasetOptions(), new RowReport())).Text);
    }

    public void Dispose() => _files.Dispose();
}
