using System.Diagnostics;
using System.Text;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Tests.Checkpoints;

public sealed class SafetensorsFileTests
{
    private const string TwoTensors = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2,2],"data_offsets":[8,16]}}""";

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16, "belong to nobody")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "12 bytes follow")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "end <= 7")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "(3)")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", 8, "\"Q4\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "\"-2\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}""", 0, "\"-0\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "twice")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "a begin and an end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}""", 8, "more than 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}""", 4, "does not fit")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}""", 1, "does not fit")]
    public void A_broken_header_is_refused_with_the_reason(string header, int dataBytes, string reason)
    {
        using var folder = new TempFolder();
        string path = folder.Write("x.safetensors", SafetensorsBytes.Of(header, dataBytes));
        string message = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.Contains(path, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        using var folder = new TempFolder();
        byte[] whole = SafetensorsBytes.Of(TwoTensors, 16);
        SafetensorsFile.Open(folder.Write("whole.safetensors", whole)).Dispose();
        for (int length = 0; length < whole.Length; length++)
        {
            string path = folder.Write("cut.safetensors", whole[..length]);
            Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path).Dispose());
        }
    }

    [Fact]
    public void Changed_header_bytes_never_crash_hang_or_eat_memory()
    {
        using var folder = new TempFolder();
        var random = new Random(20261121);
        byte[] whole = SafetensorsBytes.Of("""{"__metadata__":{"format":"pt"},""" + TwoTensors[1..], 16);
        byte[] alphabet = Encoding.UTF8.GetBytes("{}[]\",:0123456789eE+-.\\u \0\xff");
        var watch = Stopwatch.StartNew();
        for (int round = 0; round < 3000; round++)
        {
            byte[] changed = [.. whole];
            for (int n = random.Next(1, 6); n > 0; n--)
            {
                int at = random.Next(0, changed.Length - 16);
                changed[at] = random.Next(2) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
            }
            string path = folder.Write("fuzz.safetensors", changed);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Exception? e = Record.Exception(() => ReadEverything(path));
            Assert.True(e is null or CheckpointException, $"round {round}: {e}");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000, $"round {round} allocated too much");
        }
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"the loop took {watch.Elapsed}");
    }

    [Fact]
    public void A_wrong_type_or_name_or_length_is_named()
    {
        using var folder = new TempFolder();
        string path = folder.Write("x.safetensors", SafetensorsBytes.Of("""{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", 8));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Contains("I64", Assert.Throws<CheckpointException>(() => file.ReadFloat32("ids", new float[1])).Message, StringComparison.Ordinal);
        Assert.Contains("\"other\"", Assert.Throws<CheckpointException>(() => file.ReadInt64("other", new long[1])).Message, StringComparison.Ordinal);
        Assert.Contains("destination.Length is 2", Assert.Throws<ArgumentException>(() => file.ReadInt64("ids", new long[2])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_missing_or_a_folder_gives_a_clear_error()
    {
        using var folder = new TempFolder();
        Assert.Contains("none.safetensors", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.File("none.safetensors"))).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.Path));
        Assert.Contains("model.safetensors.index.json", Assert.Throws<CheckpointException>(() => ShardedWeights.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.BF16)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.F64)]
    public void A_tensor_larger_than_a_chunk_comes_back_whole_and_in_parts(TensorType type)
    {
        using var folder = new TempFolder();
        float[] values = [.. Enumerable.Range(0, 200_001).Select(i => (i % 2048) - 1024f)];
        int size = type.Bits() / 8;
        SafetensorsWriter.Write(folder.File("x.safetensors"), [TensorSource.Floats("w", type, [3, 66_667], values)], new Dictionary<string, string>());
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("x.safetensors"));
        float[] whole = new float[values.Length], part = new float[70_000];
        file.ReadFloat32("w", whole);
        file.ReadFloat32("w", 66_667, part);
        Assert.Equal(values.Select(v => type == TensorType.BF16 ? FloatFormats.FromBFloat16(FloatFormats.ToBFloat16(v)) : v), whole);
        Assert.Equal(whole[66_667..136_667], part);
        Assert.Equal(200_001L * size, file.Tensors["w"].ByteCount);
        Assert.Throws<ArgumentException>(() => file.ReadFloat32("w", 200_000, part));
    }

    [Fact]
    public void Unaligned_integers_come_back()
    {
        using var folder = new TempFolder();
        SafetensorsWriter.Write(
            folder.File("x.safetensors"),
            [TensorSource.Values<long>("l", TensorType.I64, [2], new long[] { long.MinValue, 7 }), TensorSource.Values<int>("i", TensorType.I32, [1], new[] { -5 }), TensorSource.Values<byte>("b", TensorType.U8, [3], new byte[] { 1, 2, 255 })],
            new Dictionary<string, string> { ["format"] = "pt" });
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("x.safetensors"));
        long[] longs = new long[2];
        int[] ints = new int[1];
        byte[] bytes = new byte[3];
        file.ReadInt64("l", longs);
        file.ReadInt32("i", ints);
        file.ReadBytes("b", bytes);
        Assert.Equal([long.MinValue, 7], longs);
        Assert.Equal([-5], ints);
        Assert.Equal([1, 2, 255], bytes);
        Assert.Equal("pt", file.Metadata["format"]);
    }

    private static void ReadEverything(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (TensorInfo tensor in file.Tensors.Values)
        {
            file.ReadBytes(tensor.Name, new byte[tensor.ByteCount]);
        }
    }
}
