using System.Text.Json;
using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

[Trait("Category", Golden.Category)]
public sealed class MuonGoldenTests
{
    public static IEnumerable<TheoryDataRow<string>> Cases() =>
        Golden.Files("optim/muon.json").SelectMany(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement
            .GetProperty("cases").EnumerateArray().Select(c => new TheoryDataRow<string>(c.GetRawText())));

    [Theory, MemberData(nameof(Cases))]
    public void Every_step_equals_exact_arithmetic(string json)
    {
        JsonElement golden = JsonDocument.Parse(json).RootElement, options = golden.GetProperty("options"), inputs = golden.GetProperty("inputs");
        float[][] start = Matrix(inputs.GetProperty("parameter"));
        float[] w = [.. start.SelectMany(row => row)], momentum = new float[w.Length];
        var step = new MuonStep(
            options.GetProperty("lr").GetSingle(), options.GetProperty("weight_decay").GetSingle(), options.GetProperty("momentum").GetSingle(),
            options.GetProperty("nesterov").GetBoolean(), GradientScale: 1f,
            MatchAdamW: options.GetProperty("adjust_lr_fn").ValueKind == JsonValueKind.String);
        JsonElement[] wanted = [.. golden.GetProperty("expected").GetProperty("exact_arithmetic_after_each_step").EnumerateArray()];
        using var crew = new Crew(2);
        using var muon = new Muon(crew);
        foreach ((int index, JsonElement gradient) in inputs.GetProperty("gradients").EnumerateArray().Index())
        {
            float[] g = [.. Matrix(gradient).SelectMany(row => row)];
            muon.Step(w, g, momentum, start.Length, start[0].Length, step);
            DecoderGoldenTests.AssertClose(Matrix(wanted[index]).SelectMany(row => row).ToArray(), w, 2e-5);
        }
    }

    private static float[][] Matrix(JsonElement rows) => [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(e => e.GetSingle()).ToArray())];
}
