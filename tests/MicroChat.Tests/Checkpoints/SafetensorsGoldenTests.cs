using System.Globalization;
using System.Text.Json;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Tests.Checkpoints;

[Trait("Category", Golden.Category)]
public sealed class SafetensorsGoldenTests
{
    public static TheoryData<string, string> Cases(string index)
    {
        var data = new TheoryData<string, string>();
        foreach (string file in Golden.Files(index))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonElement test in json.RootElement.GetProperty("cases").EnumerateArray())
            {
                data.Add(file, test.GetProperty("file").GetString()!);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases), "safetensors/index.json")]
    public void A_readable_file_gives_the_reference_values(string index, string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(index));
        JsonElement test = json.RootElement.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("file").GetString() == name);
        using SafetensorsFile file = SafetensorsFile.Open(Beside(index, name));
        CheckValues(file, test);
        if (test.TryGetProperty("metadata", out JsonElement metadata))
        {
            Assert.Equal(metadata.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString()!), file.Metadata);
        }
        if (test.TryGetProperty("shapes", out JsonElement shapes))
        {
            Assert.Equal(shapes.EnumerateObject().Count(), file.Tensors.Count);
            Assert.All(shapes.EnumerateObject(), s => Assert.Equal(s.Value.EnumerateArray().Select(n => n.GetInt64()), file.Tensors[s.Name].Shape));
        }
        if (test.TryGetProperty("float64_hex", out JsonElement doubles))
        {
            Assert.All(doubles.EnumerateObject(), d => Assert.Equal(d.Value.EnumerateArray().Select(v => HexDouble(v.GetString()!)), ReadDoubles(file, d.Name)));
        }
        if (test.TryGetProperty("float32", out JsonElement expected))
        {
            CheckFloats(file, Beside(index, expected.GetString()!), test.GetProperty("float32_names"));
        }
    }

    [Theory]
    [MemberData(nameof(Cases), "safetensors/hostile/index.json")]
    public void A_hostile_file_is_refused_with_a_clear_message(string index, string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(index));
        JsonElement test = json.RootElement.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("file").GetString() == name);
        bool mayAccept = test.GetProperty("expect").GetString()!.StartsWith("refuse or ", StringComparison.Ordinal);
        string path = Beside(index, name);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? refusal = Record.Exception(() => ShardedWeights.Open(path).Dispose());
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 2_000_000 + (20 * new FileInfo(path).Length), $"{allocated} bytes were allocated");
        if (refusal is null)
        {
            Assert.True(mayAccept, "the file was accepted");
            return;
        }
        Assert.IsType<CheckpointException>(refusal);
        Assert.Contains(Path.GetFileName(name), refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lfs_pointer", "Git LFS")]
    [InlineData("html", "web page")]
    [InlineData("zip", "zip archive")]
    public void A_file_of_another_kind_is_called_by_its_kind(string name, string wanted)
    {
        string path = Golden.Files($"safetensors/hostile/{name}.safetensors").First();
        Assert.Contains(wanted, Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_are_read_through_their_index()
    {
        string folder = Path.GetDirectoryName(Golden.Files("safetensors/sharded/model.safetensors.index.json").First())!;
        using ShardedWeights weights = ShardedWeights.Open(folder);
        Assert.Equal(["lm_head.weight", "model.embed_tokens.weight", "model.layers.0.w", "model.layers.1.w"], weights.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(weights.Tensors.Values, tensor =>
        {
            float[] values = new float[tensor.ElementCount], again = new float[tensor.ElementCount];
            weights.ReadFloat32(tensor.Name, values);
            weights.FileOf(tensor.Name).ReadFloat32(tensor.Name, again);
            Assert.Contains(values, v => v != 0);
            Assert.Equal(again, values);
        });
    }

    [Fact]
    public void Writing_what_was_read_gives_the_same_bytes_as_the_official_library()
    {
        string path = Golden.Files("safetensors/dtypes.safetensors").First();
        using var folder = new TempFolder();
        using SafetensorsFile file = SafetensorsFile.Open(path);
        TensorSource[] tensors = [.. file.Tensors.Values.Reverse().Select(t => TensorSource.Bytes(t.Name, t.Type, t.Shape, (start, chunk) =>
        {
            byte[] all = new byte[t.ByteCount];
            file.ReadBytes(t.Name, all);
            all.AsSpan((int)start, chunk.Length).CopyTo(chunk);
        }))];
        SafetensorsWriter.Write(folder.File("again.safetensors"), tensors, file.Metadata);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(folder.File("again.safetensors")));
    }

    private static string Beside(string index, string name) => Path.Combine(Path.GetDirectoryName(index)!, name);

    private static void CheckValues(SafetensorsFile file, JsonElement test)
    {
        foreach (string kind in (string[])["values", "values_flat", "integers"])
        {
            if (test.TryGetProperty(kind, out JsonElement tensors))
            {
                Assert.All(tensors.EnumerateObject(), t => Assert.Equal(Flat(t.Value), ReadNumbers(file, t.Name)));
            }
        }
    }

    private static void CheckFloats(SafetensorsFile file, string expectedPath, JsonElement names)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(expectedPath);
        foreach (JsonProperty pair in names.EnumerateObject())
        {
            TensorInfo tensor = file.Tensors[pair.Name];
            float[] found = new float[tensor.ElementCount], wanted = new float[tensor.ElementCount];
            file.ReadFloat32(pair.Name, found);
            expected.ReadFloat32(pair.Value.GetString()!, wanted);
            Assert.Equal(wanted.Select(Bits), found.Select(Bits));
        }
    }

    private static uint Bits(float value) => float.IsNaN(value) ? 0x7fc00000 : BitConverter.SingleToUInt32Bits(value);

    private static IEnumerable<decimal> Flat(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Flat),
        JsonValueKind.True => [1],
        JsonValueKind.False => [0],
        _ => [value.GetDecimal()],
    };

    private static IEnumerable<decimal> ReadNumbers(SafetensorsFile file, string name)
    {
        TensorInfo tensor = file.Tensors[name];
        if (tensor.Type.IsFloat())
        {
            float[] floats = new float[tensor.ElementCount];
            file.ReadFloat32(name, floats);
            return floats.Select(f => (decimal)f);
        }
        byte[] bytes = new byte[tensor.ByteCount];
        file.ReadBytes(name, bytes);
        int size = tensor.Type.Bits() / 8;
        return Enumerable.Range(0, (int)tensor.ElementCount).Select(i => Integer(tensor.Type, bytes.AsSpan(i * size, size)));
    }

    private static decimal Integer(TensorType type, ReadOnlySpan<byte> bytes) => type switch
    {
        TensorType.I64 => BitConverter.ToInt64(bytes),
        TensorType.U64 => BitConverter.ToUInt64(bytes),
        TensorType.I32 => BitConverter.ToInt32(bytes),
        TensorType.U32 => BitConverter.ToUInt32(bytes),
        TensorType.I16 => BitConverter.ToInt16(bytes),
        TensorType.U16 => BitConverter.ToUInt16(bytes),
        TensorType.I8 => (sbyte)bytes[0],
        _ => bytes[0],
    };

    private static double[] ReadDoubles(SafetensorsFile file, string name)
    {
        double[] values = new double[file.Tensors[name].ElementCount];
        file.ReadFloat64(name, values);
        return values;
    }

    private static double HexDouble(string text)
    {
        if (!text.Contains("0x", StringComparison.Ordinal))
        {
            return text switch { "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, _ => double.NaN };
        }
        string[] parts = text.TrimStart('-')[2..].Split('.', 'p');
        double mantissa = long.Parse(parts[0] + parts[1], NumberStyles.HexNumber) * Math.Pow(2, -4 * parts[1].Length);
        return Math.CopySign(mantissa * Math.Pow(2, int.Parse(parts[2])), text[0] == '-' ? -1 : 1);
    }
}
