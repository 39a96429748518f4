using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Tests.Checkpoints;

[Trait("Category", Golden.Category)]
public sealed class FloatFormatsGoldenTests
{
    public static TheoryData<string> FilesOf(string name) => [.. Golden.Files($"float/{name}.json")];

    [Theory]
    [MemberData(nameof(FilesOf), "f16_to_f32")]
    public void All_float16_patterns_widen_as_the_reference_does(string file)
    {
        using JsonDocument json = Read(file);
        ushort[] patterns = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] wide = new float[65536];
        FloatFormats.FromFloat16(patterns, wide);
        uint[] bits = [.. wide.Select(OneNaN)];
        Assert.Equal(json.RootElement.GetProperty("sha256_all_65536").GetString(), Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(bits.AsSpan()))));
        foreach (JsonElement pair in json.RootElement.GetProperty("sample").EnumerateArray())
        {
            Assert.Equal(Hex(pair[1]), OneNaN(FloatFormats.FromFloat16((ushort)Hex(pair[0]))));
        }
    }

    [Theory]
    [MemberData(nameof(FilesOf), "f32_to_f16")]
    public void Float32_rounds_to_float16_as_the_reference_does(string file) =>
        CheckRounding(file, FloatFormats.ToFloat16, FloatFormats.ToFloat16, nan: 0x7e00);

    [Theory]
    [MemberData(nameof(FilesOf), "f32_to_bf16")]
    public void Float32_rounds_to_bfloat16_as_the_reference_does(string file) =>
        CheckRounding(file, FloatFormats.ToBFloat16, FloatFormats.ToBFloat16, nan: 0x7fc0);

    [Theory]
    [MemberData(nameof(FilesOf), "e4m3fn")]
    public void E4m3fn_equals_the_reference_and_saturates(string file)
    {
        using JsonDocument json = Read(file);
        CheckByteFormat(json, FloatFormats.FromE4M3, FloatFormats.ToE4M3);
        foreach (JsonElement row in json.RootElement.GetProperty("overflow").EnumerateArray())
        {
            Assert.Equal(Hex(row[1]), FloatFormats.ToE4M3(BitConverter.UInt32BitsToSingle(Hex(row[0]))));
        }
    }

    [Theory]
    [MemberData(nameof(FilesOf), "e5m2")]
    public void E5m2_equals_the_reference(string file)
    {
        using JsonDocument json = Read(file);
        CheckByteFormat(json, FloatFormats.FromE5M2, FloatFormats.ToE5M2);
    }

    private delegate void Narrow(ReadOnlySpan<float> source, Span<ushort> destination);

    private static void CheckRounding(string file, Func<float, ushort> scalar, Narrow span, uint nan)
    {
        using JsonDocument json = Read(file);
        JsonElement[] cases = [.. json.RootElement.GetProperty("cases").EnumerateArray()];
        float[] inputs = [.. cases.Select(c => BitConverter.UInt32BitsToSingle(Hex(c[0])))];
        ushort[] outputs = new ushort[inputs.Length];
        span(inputs, outputs);
        Assert.True(cases.Length > 100, "the file has too few cases to mean anything");
        for (int i = 0; i < cases.Length; i++)
        {
            uint wanted = Hex(cases[i][1]);
            bool isNaN = float.IsNaN(inputs[i]);
            Assert.Equal(wanted, isNaN ? outputs[i] & nan : outputs[i]);
            Assert.Equal(wanted, isNaN ? scalar(inputs[i]) & nan : scalar(inputs[i]));
        }
    }

    private static void CheckByteFormat(JsonDocument json, Func<byte, float> widen, Func<float, byte> narrow)
    {
        JsonElement[] wide = [.. json.RootElement.GetProperty("to_f32").EnumerateArray()];
        for (int i = 0; i < 256; i++)
        {
            Assert.Equal(Hex(wide[i]), OneNaN(widen((byte)i)));
        }
        foreach (JsonElement pair in json.RootElement.GetProperty("from_f32").EnumerateArray())
        {
            float input = BitConverter.UInt32BitsToSingle(Hex(pair[0]));
            byte output = narrow(input);
            Assert.True(float.IsNaN(input) ? float.IsNaN(widen(output)) : output == Hex(pair[1]), $"{pair[0]} gives {output:x2}, wanted {pair[1]}");
        }
    }

    private static JsonDocument Read(string file) => JsonDocument.Parse(File.ReadAllBytes(file));

    private static uint Hex(JsonElement text) => uint.Parse(text.GetString()!, NumberStyles.HexNumber);

    private static uint OneNaN(float value) => float.IsNaN(value) ? 0x7fc00000 : BitConverter.SingleToUInt32Bits(value);
}
