using System.Text.Json;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Tests.Checkpoints;

namespace MicroChat.Tests.Decoding;

/// <summary>A reward model as transformers computes it: golden/lora/reward_model.</summary>
[Trait("Category", Golden.Category)]
public sealed class ScalarHeadGoldenTests : IDisposable
{
    private readonly Crew _crew = new(2);

    public static IEnumerable<TheoryDataRow<string, string>> Models() => Golden.Folders("lora").Where(f => Path.GetFileName(f) == "reward_model")
        .Select(folder => new TheoryDataRow<string, string>(Golden.Name(folder), folder));

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Models))]
    public void Scores_and_gradients_equal_the_reference(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        using ParameterBlock weights = ScalarHeadFiles.Load(folder, out ScalarHead head);
        using ScalarHead scored = head;
        using var decoder = new TrainableDecoder(weights, _crew);
        head.Learn(_crew);
        (TokenBatch batch, float[] perToken) = Rows(expected);
        float[] coefficients = Floats(expected, "c"), scores = Floats(expected, "score"), dScalar = new float[batch.Tokens];

        ReadOnlySpan<float> scalars = decoder.Score(batch, head, entropy: false).Scalar;
        DecoderGoldenTests.AssertClose(perToken, scalars, 1e-4);
        for (int b = 0; b < scores.Length; b++)
        {
            int last = batch.RowStarts[b + 1] - 1;
            Assert.Equal(scores[b], scalars[last], 1e-4f);
            dScalar[last] = coefficients[b];
        }
        decoder.Backward(default, default, dScalar);

        double largest = weights.Parameters.Max(p => Floats(expected, "grad." + p.Name).Max(MathF.Abs));
        Assert.All(weights.Parameters, p => DecoderGoldenTests.AssertClose(Floats(expected, "grad." + p.Name), decoder.Gradients[p], 2e-5 * largest));
        float[] wantedHead = Floats(expected, "grad.score.weight");
        DecoderGoldenTests.AssertClose(wantedHead, head.Training!.Gradients[ScalarHead.WeightName], 2e-5 * wantedHead.Max(MathF.Abs));
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Models))]
    public void A_reward_model_written_again_has_the_same_tensors_and_counts_one_label(string name, string folder)
    {
        Assert.NotEmpty(name);
        using ParameterBlock weights = ScalarHeadFiles.Load(folder, out ScalarHead head);
        using ScalarHead written = head;
        using var temporary = new TempFolder();
        ScalarHeadFiles.Save(temporary.Path, weights, head, TensorType.F32, new TextFingerprint(new string('a', 64), new string('b', 64)));
        using var before = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        using var after = SafetensorsFile.Open(temporary.File("model.safetensors"));
        Assert.Equal(before.Tensors.Keys.Order(StringComparer.Ordinal), after.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(before.Tensors.Keys, key => Assert.Equal(Floats(before, key), Floats(after, key)));
        JsonElement config = JsonDocument.Parse(File.ReadAllText(temporary.File("config.json"))).RootElement;
        Assert.Equal("LlamaForSequenceClassification", config.GetProperty("architectures")[0].GetString());
        Assert.Equal(1, config.GetProperty("id2label").GetPropertyCount());
    }

    public void Dispose() => _crew.Dispose();

    /// <summary>The right-padded rows without their padding, and the scores of their tokens.</summary>
    private static (TokenBatch Batch, float[] PerToken) Rows(SafetensorsFile expected)
    {
        int[] ids = Ints(expected, "input_ids_right"), mask = Ints(expected, "mask_right");
        float[] scores = Floats(expected, "score_per_token_right");
        int rows = (int)expected.Tensors["input_ids_right"].Shape[0], width = ids.Length / rows;
        int[] starts = [0, .. Enumerable.Range(1, rows).Select(b => mask[..(b * width)].Sum())];
        int[] real = [.. ids.Where((_, i) => mask[i] == 1)], targets = new int[real.Length];
        Array.Fill(targets, TokenBatch.NoTarget);
        return (new TokenBatch(real, starts, targets), [.. scores.Where((_, i) => mask[i] == 1)]);
    }

    private static float[] Floats(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensors[name].ElementCount];
        file.ReadFloat32(name, values);
        return values;
    }

    private static int[] Ints(SafetensorsFile file, string name)
    {
        int[] values = new int[file.Tensors[name].ElementCount];
        file.ReadInt32(name, values);
        return values;
    }
}
