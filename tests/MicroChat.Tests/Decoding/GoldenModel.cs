using System.Text.Json;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

/// <summary>One folder of golden/models: its weights and what the reference computes with them.</summary>
internal sealed class GoldenModel : IDisposable
{
    private readonly SafetensorsFile _expected;

    public GoldenModel(string folder, string configFile = "config.json")
    {
        Folder = folder;
        Config = DecoderConfigReader.Read(Path.Combine(folder, configFile));
        Weights = WeightFiles.Load(folder, Config);
        Crew = new Crew(2);
        _expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        Expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement;
    }

    public string Folder { get; }

    public DecoderConfig Config { get; }

    public ParameterBlock Weights { get; }

    public Crew Crew { get; }

    public JsonElement Expected { get; }

    public bool Has(string name) => _expected.Tensors.ContainsKey(name);

    public float[] Floats(string name)
    {
        float[] values = new float[_expected.Tensors[name].ElementCount];
        _expected.ReadFloat32(name, values);
        return values;
    }

    public int[] Ints(string name)
    {
        int[] values = new int[_expected.Tensors[name].ElementCount];
        _expected.ReadInt32(name, values);
        return values;
    }

    /// <summary>The three sequences as one ragged batch, each position predicting the next token.</summary>
    public TokenBatch Batch()
    {
        int[][] rows = [Ints("ids.0"), Ints("ids.1"), Ints("ids.2")];
        int[] starts = [0, rows[0].Length, rows[0].Length + rows[1].Length, rows.Sum(r => r.Length)];
        return TokenBatch.NextToken([.. rows.SelectMany(r => r)], starts, default);
    }

    public void Dispose()
    {
        _expected.Dispose();
        Weights.Dispose();
        Crew.Dispose();
    }

    /// <summary>Every model folder, as rows of a theory; families that are not built yet are skipped with the reason.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Rows(params string[] neededFiles)
    {
        foreach (string folder in Golden.Folders("models"))
        {
            if (!neededFiles.All(file => File.Exists(Path.Combine(folder, file))))
            {
                continue;
            }
            string family = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json"))).RootElement.GetProperty("model_type").GetString()!;
            yield return new TheoryDataRow<string, string>(Golden.Name(folder), folder)
            {
                Skip = family == "llama" ? null : $"the {family} family is not built yet",
            };
        }
    }
}
