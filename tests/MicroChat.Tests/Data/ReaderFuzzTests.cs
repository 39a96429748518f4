using System.IO.Compression;
using System.Text;
using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

public sealed class ReaderFuzzTests : IDisposable
{
    private static readonly string[] s_rows =
    [
        """{"source": "s", "messages": [{"role": "system", "content": "é"}, {"role": "user", "content": "Hi \ud83d\ude00"}, {"role": "assistant", "content": "Hello!"}]}""",
        """{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]}""",
        """{"instruction": "What?", "context": "A text.", "response": "This. ", "category": "closed_qa"}""",
        """{"message_tree_id": "p", "prompt": {"message_id": "p", "text": "p", "role": "prompter", "lang": "en", "deleted": false, "review_result": true, "replies": [{"text": "a", "role": "assistant", "rank": 0, "replies": []}, {"text": "b", "role": "assistant", "rank": 1}]}}""",
        """{"message_id": "p", "parent_id": null, "text": "p", "role": "prompter", "rank": null, "review_result": true}""",
        """{"chosen": "\n\nHuman: Hi\n\nAssistant: A", "rejected": "\n\nHuman: Hi\n\nAssistant: B"}""",
        """{"prompt": [{"role": "user", "content": "x"}], "chosen": [{"role": "assistant", "content": "A"}], "rejected": "B"}""",
        """{"prompt": "Hi"}""",
        """{"text": "Hi"}""",
    ];

    private readonly DataFiles _files = new();

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, s_rows.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_mutated_row_is_read_or_refused_with_line_and_never_crashes(int which)
    {
        var random = new Random(20261121 + which);
        for (int round = 0; round < 150; round++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(s_rows[which]);
            for (int i = random.Next(1, 5); i > 0; i--)
            {
                Mutate(random, ref bytes);
            }
            string path = _files.Write("a.jsonl", bytes);
            DatasetFormat format = random.Next(2) == 0 ? DatasetFormat.Auto : (DatasetFormat)random.Next(1, Enum.GetValues<DatasetFormat>().Length);
            foreach (BadRows bad in Enum.GetValues<BadRows>())
            {
                ReadAll(path, new DatasetOptions { Format = format, BadRows = bad });
            }
        }
    }

    [Fact]
    public void A_packed_line_of_300_million_bytes_takes_little_memory()
    {
        string path = Path.Combine(_files.Folder, "bomb.jsonl.gz");
        using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            gzip.Write("{\"text\": \""u8);
            byte[] chunk = new byte[1_000_000];
            Array.Fill(chunk, (byte)'x');
            for (int i = 0; i < 300; i++)
            {
                gzip.Write(chunk);
            }
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Documents(path, new DatasetOptions { Format = DatasetFormat.TextRows }, new RowReport()).Count());
        Assert.Contains("300000010 bytes", e.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    private static void Mutate(Random random, ref byte[] bytes)
    {
        int at = random.Next(bytes.Length), length = random.Next(Math.Min(12, bytes.Length - at) + 1);
        bytes = random.Next(4) switch
        {
            0 => [.. bytes[..at], .. bytes[(at + length)..], (byte)' '],
            1 => [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]],
            2 => [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]],
            _ => [.. bytes[..at], (byte)"{}[]\",:\\\n0n"[random.Next(11)], .. bytes[(at + 1)..]],
        };
    }

    private static void ReadAll(string path, DatasetOptions options)
    {
        Func<int>[] readers =
        [
            () => Datasets.Conversations(path, options, new RowReport()).Count(),
            () => Datasets.Preferences(path, options, new RowReport()).Count(),
            () => Datasets.Rankings(path, options, new RowReport()).Count(),
            () => Datasets.Prompts(path, options, new RowReport()).Count(),
            () => Datasets.Documents(path, options, new RowReport()).Count(),
        ];
        foreach (Func<int> read in readers)
        {
            try
            {
                Assert.InRange(read(), 0, 20);
            }
            catch (DatasetException e)
            {
                Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
            }
        }
    }

    public void Dispose() => _files.Dispose();
}
