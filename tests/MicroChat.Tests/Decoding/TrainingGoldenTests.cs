using System.Text.Json;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

[Trait("Category", Golden.Category)]
public sealed class TrainingGoldenTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Models() => GoldenModel.Rows("training.json");

    [Theory, MemberData(nameof(Models))]
    public void Twelve_AdamW_steps_follow_the_reference(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new GoldenModel(folder);
        using var decoder = new TrainableDecoder(model.Weights, model.Crew);
        using var wanted = SafetensorsFile.Open(Path.Combine(folder, "training.safetensors"));
        JsonElement training = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "training.json"))).RootElement;
        var options = new OptimizerOptions { WeightDecay = 0.1f, MaxGradientNorm = 1f };
        int number = 0;
        foreach (JsonElement step in training.GetProperty("steps").EnumerateArray())
        {
            TokenBatch batch = ReadBatch(step);
            float[] dLogProb = new float[batch.Tokens];
            Array.Fill(dLogProb, -1f / batch.TargetCount);
            double loss = 0;
            foreach (float logProb in decoder.ScoreAndBackward(batch, dLogProb).LogProb)
            {
                loss -= logProb / batch.TargetCount;
            }
            double norm = decoder.Step((float)step.GetProperty("lr").GetDouble(), options);
            Assert.Equal(step.GetProperty("loss").GetDouble(), loss, 1e-4);
            Assert.Equal(1, norm / step.GetProperty("gradient_norm").GetDouble(), 1e-4);
            if (++number == 1)
            {
                AssertWeights(model, wanted, "step1.");
            }
        }
        AssertWeights(model, wanted, "final.");
    }

    private static TokenBatch ReadBatch(JsonElement step)
    {
        var ids = new List<int>();
        var counts = new List<bool>();
        var starts = new List<int> { 0 };
        foreach (JsonElement row in step.GetProperty("rows").EnumerateArray())
        {
            ids.AddRange(row.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32()));
            counts.AddRange(row.GetProperty("mask").EnumerateArray().Select(e => e.GetInt32() == 1));
            starts.Add(ids.Count);
        }
        return TokenBatch.NextToken([.. ids], [.. starts], counts.ToArray());
    }

    private static void AssertWeights(GoldenModel model, SafetensorsFile wanted, string prefix)
    {
        foreach (Parameter parameter in model.Weights.Parameters)
        {
            float[] values = new float[parameter.Length];
            wanted.ReadFloat32(prefix + parameter.Name, values);
            DecoderGoldenTests.AssertClose(values, model.Weights[parameter], 2e-4);
        }
    }
}
