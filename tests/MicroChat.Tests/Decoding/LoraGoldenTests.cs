using System.Text.Json;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Tests.Checkpoints;

namespace MicroChat.Tests.Decoding;

/// <summary>Adapters as PEFT computes them: golden/lora.</summary>
[Trait("Category", Golden.Category)]
public sealed class LoraGoldenTests
{
    private const double LogitTolerance = 1e-4;

    /// <summary>Every adapter; those of families that are not built are skipped with the reason.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Adapters()
    {
        foreach (string folder in Golden.Folders("lora").Where(AdapterFiles.IsAdapter))
        {
            JsonElement config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json"))).RootElement;
            string family = Path.GetFileName(config.GetProperty("base_model_name_or_path").GetString()!);
            yield return new TheoryDataRow<string, string>(Golden.Name(folder), folder) { Skip = family == "llama" ? null : $"the {family} family is not built yet" };
        }
    }

    public static IEnumerable<TheoryDataRow<string, string>> Refused() =>
        Golden.Files("lora/index.json").Select(f => Path.GetDirectoryName(f)!).Concat(Golden.Roots.Select(r => Path.Combine(r, "lora"))).Distinct()
            .Select(root => Path.Combine(root, "refused")).Where(Directory.Exists).SelectMany(Directory.GetDirectories)
            .Select(folder => new TheoryDataRow<string, string>(Golden.Name(folder), folder));

    [Theory, MemberData(nameof(Adapters))]
    public void Log_probabilities_and_gradients_of_an_adapter_equal_the_reference(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new AdaptedModel(folder);
        using var workspace = new TrainingWorkspace();
        using var decoder = new TrainableDecoder(model.Base, model.Crew, frozen: true, workspace) { Adapter = model.Adapter };
        Trainable learning = model.Adapter.Learn(model.Crew);
        float[] w = model.Floats("w");
        TokenBatch batch = model.Batch();

        TokenScores scores = decoder.Score(batch, null, entropy: false);
        double objective = 0;
        for (int t = 0; t < batch.Tokens; t++)
        {
            objective += (double)w[t] * scores.LogProb[t];
        }
        Assert.Equal(model.Floats("J")[0], objective, 1e-3);
        decoder.Backward(w, default, default);

        double largest = model.Adapter.Weights.Parameters.Max(p => model.Floats("grad." + p.Name).Max(MathF.Abs));
        Assert.All(model.Adapter.Weights.Parameters, p => DecoderGoldenTests.AssertClose(model.Floats("grad." + p.Name), learning.Gradients[p], 2e-5 * largest));
    }

    [Theory, MemberData(nameof(Adapters))]
    public void Serving_with_the_adapter_without_it_and_merged_gives_the_reference_logits(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new AdaptedModel(folder);
        using var decoder = new Decoder(model.Base, model.Crew);
        AssertLogits(model, decoder, model.Adapter, "logits_adapter");
        AssertLogits(model, decoder, null, "logits_disabled");
        model.Adapter.MergeInto(model.Base, model.Crew);
        AssertLogits(model, decoder, null, "logits_merged");
        Assert.All(model.Base.Parameters.Where(p => model.Has("merged." + p.Name)),
            p => DecoderGoldenTests.AssertClose(model.Floats("merged." + p.Name), model.Base[p], 1e-5));
    }

    [Theory, MemberData(nameof(Adapters))]
    public void An_adapter_written_again_is_the_same_adapter(string name, string folder)
    {
        Assert.NotEmpty(name);
        using var model = new AdaptedModel(folder);
        using var temporary = new TempFolder();
        AdapterFiles.Save(temporary.Path, model.Adapter, head: null, "base", new TextFingerprint(new string('a', 64), new string('b', 64)));
        using LoraAdapter again = AdapterFiles.Load(temporary.Path, model.Base.Config);
        Assert.Equal(model.Adapter.Modules, again.Modules);
        Assert.All(again.Weights.Parameters, p => Assert.Equal(model.Adapter.Weights[p.Name].ToArray(), again.Weights[p].ToArray()));
    }

    [Theory, MemberData(nameof(Refused))]
    public void An_adapter_that_must_not_be_used_is_refused_with_the_reason(string name, string folder)
    {
        Assert.NotEmpty(name);
        DecoderConfig config = DecoderConfigReader.Read(Path.Combine(folder, "..", "..", "base", "llama"));
        CheckpointException refused = Assert.Throws<CheckpointException>(() => AdapterFiles.Load(folder, config));
        string wanted = Path.GetFileName(folder) switch
        {
            "dora" => "use_dora",
            "peft_type_ia3" => "peft_type",
            "no_such_module" => "no_such_proj",
            "layer_missing_in_base" => "layers.7",
            "b_missing" => "lora_B.weight is missing",
            "rank_differs" => "(32, 3)",
            "rank_differs_from_config" => "rank 8",
            "rank_zero" => "r is",
            "alpha_missing" => "lora_alpha",
            "wrong_width" => "(4, 16)",
            "regex_catastrophic" => "regular expression",
            "nan_weight" => "NaN",
            _ => folder,
        };
        Assert.Contains(wanted, refused.Message, StringComparison.Ordinal);
    }

    private static void AssertLogits(AdaptedModel model, Decoder decoder, LoraAdapter? adapter, string wanted)
    {
        float[] expected = model.Floats(wanted), logits = new float[model.Base.Config.VocabularySize];
        int[][] rows = model.Rows();
        KeyValueCache[] caches = [.. rows.Select(row => decoder.NewCache(row.Length))];
        for (int t = 0; t < rows[0].Length; t++)
        {
            foreach (KeyValueCache cache in caches.Where(c => c.Seen == 0))
            {
                cache.Adapter = adapter;
            }
            decoder.Forward([rows[0][t], rows[1][t]], [0, 1, 2], caches);
            for (int b = 0; b < 2; b++)
            {
                decoder.ReadLogits(b, logits);
                DecoderGoldenTests.AssertClose(expected.AsSpan(((b * rows[0].Length) + t) * logits.Length, logits.Length), logits, LogitTolerance);
            }
        }
        Array.ForEach(caches, cache => cache.Dispose());
    }
}

/// <summary>One adapter of golden/lora, its base, and what the reference computes with them.</summary>
internal sealed class AdaptedModel : IDisposable
{
    private readonly SafetensorsFile _expected;

    public AdaptedModel(string folder)
    {
        string name = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json"))).RootElement.GetProperty("base_model_name_or_path").GetString()!;
        string place = Path.Combine(Path.GetDirectoryName(folder)!, name);
        Base = WeightFiles.Load(place, DecoderConfigReader.Read(place));
        Adapter = AdapterFiles.Load(folder, Base.Config);
        _expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
    }

    public Crew Crew { get; } = new(2);

    public ParameterBlock Base { get; }

    public LoraAdapter Adapter { get; }

    public bool Has(string name) => _expected.Tensors.ContainsKey(name);

    public float[] Floats(string name)
    {
        float[] values = new float[_expected.Tensors[name].ElementCount];
        _expected.ReadFloat32(name, values);
        return values;
    }

    /// <summary>The two sequences.</summary>
    public int[][] Rows()
    {
        int[] ids = Ints("input_ids");
        return [ids[..(ids.Length / 2)], ids[(ids.Length / 2)..]];
    }

    public TokenBatch Batch()
    {
        int[] ids = Ints("input_ids");
        return new TokenBatch(ids, [0, ids.Length / 2, ids.Length], Ints("targets"));
    }

    public void Dispose()
    {
        _expected.Dispose();
        Adapter.Dispose();
        Base.Dispose();
        Crew.Dispose();
    }

    private int[] Ints(string name)
    {
        int[] values = new int[_expected.Tensors[name].ElementCount];
        _expected.ReadInt32(name, values);
        return values;
    }
}
