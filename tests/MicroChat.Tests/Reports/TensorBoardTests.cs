using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using MicroChat.Training.Reports;

namespace MicroChat.Tests.Reports;

[Trait("Category", Golden.Category)]
public sealed class TensorBoardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("microchat-").FullName;

    public static TheoryData<string> Framing() => [.. Golden.Files("tensorboard/framing.json")];

    public static TheoryData<string> Content() => [.. Golden.Files("tensorboard/content.json")];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Framing))]
    public void Checksums_and_frames_are_the_references(string path)
    {
        JsonElement golden = Json(path);
        foreach (JsonElement c in golden.GetProperty("crc").EnumerateArray())
        {
            byte[] bytes = Hex(c, "bytes_hex");
            Assert.Equal(c.GetProperty("crc32c").GetString(), Crc32C.Compute(bytes).ToString("x8"));
            Assert.Equal(c.GetProperty("masked").GetString(), Crc32C.Masked(bytes).ToString("x8"));
        }
        Assert.All(golden.GetProperty("records").EnumerateArray(), r => Assert.Equal(Hex(r, "record_hex"), TensorBoardWriter.Frame(Hex(r, "protobuf_hex"))));
    }

    [Theory]
    [MemberData(nameof(Framing))]
    public void Records_equal_the_references_bytes(string path) => Assert.Equal(4, Compare(Json(path), r => r.GetProperty("event")));

    [Theory]
    [MemberData(nameof(Content))]
    public void Records_equal_those_of_the_reference_writer(string path) => Assert.Equal(11, Compare(Json(path), r => r));

    [Fact]
    public void Every_start_writes_a_file_of_its_own()
    {
        var clock = new ManualClock(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        for (int start = 0; start < 3; start++)
        {
            using var writer = TensorBoardWriter.Create(_folder, clock);
            writer.Scalar("loss", start, 1);
        }
        string[] files = [.. Directory.GetFiles(_folder).Order()];
        Assert.Equal(3, files.Length);
        Assert.All(files, file => Assert.Contains("tfevents.1700000000", file));
        Assert.All(files, file => Assert.Equal(2, Messages(File.ReadAllBytes(file)).Count));
    }

    /// <summary>Writes the same events at the same times; returns how many were compared (histograms are not written here).</summary>
    private static int Compare(JsonElement golden, Func<JsonElement, JsonElement> eventOf)
    {
        var stream = new MemoryStream();
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var wanted = new List<byte[]>();
        TensorBoardWriter? writer = null;
        foreach (JsonElement record in golden.GetProperty("records").EnumerateArray())
        {
            JsonElement e = eventOf(record);
            clock.Now = DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(e.GetProperty("wall_time").GetDouble());
            JsonElement value = e.TryGetProperty("values", out JsonElement values) ? values[0] : default;
            if (value.ValueKind == JsonValueKind.Undefined)
            {
                writer = new TensorBoardWriter(stream, clock);
            }
            else if (!Write(writer!, e.GetProperty("step").GetInt64(), value))
            {
                continue;
            }
            string hex = record.GetProperty("protobuf_hex").GetString()!;
            bool named = e.TryGetProperty("source_metadata", out _);               // the reference also names its writer
            wanted.Add(named ? [] : Convert.FromHexString(hex.TrimEnd('.')));      // long messages are cut there
        }
        List<byte[]> found = Messages(stream.ToArray());
        Assert.Equal(wanted.Count, found.Count);
        Assert.All(wanted.Zip(found), pair => Assert.Equal(pair.First, pair.Second[..pair.First.Length]));
        return found.Count;
    }

    private static bool Write(TensorBoardWriter writer, long step, JsonElement value)
    {
        string tag = value.GetProperty("tag").GetString()!;
        if (value.TryGetProperty("simple_value", out JsonElement number))
        {
            writer.Scalar(tag, step, number.ValueKind == JsonValueKind.Number ? number.GetDouble() : double.Parse(number.GetString()!, CultureInfo.InvariantCulture));
            return true;
        }
        if (value.TryGetProperty("tensor", out JsonElement tensor))
        {
            writer.Text(tag.Replace("/text_summary", "", StringComparison.Ordinal), step, tensor.GetProperty("string_val")[0].GetString()!);
            return true;
        }
        return false;
    }

    /// <summary>Walks a file by its frames and checks both sums of each.</summary>
    private static List<byte[]> Messages(byte[] file)
    {
        var messages = new List<byte[]>();
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Crc32C.Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            messages.Add(file[(at + 12)..(at + 12 + length)]);
            Assert.Equal(Crc32C.Masked(messages[^1]), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            at += 16 + length;
        }
        return messages;
    }

    private static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllText(path)).RootElement;

    private static byte[] Hex(JsonElement e, string name) => Convert.FromHexString(e.GetProperty(name).GetString()!);
}
