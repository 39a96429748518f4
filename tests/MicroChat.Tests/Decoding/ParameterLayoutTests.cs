using MicroChat.Tests.Checkpoints;
using System.Text;
using System.Text.RegularExpressions;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Decoding;

/// <summary>Names and shapes that known models need, compared with an approved text; no weights are read.</summary>
public sealed partial class ParameterLayoutTests
{
    /// <summary>The sizes as published with each model; parameter counts as on its model page.</summary>
    private static readonly (string Name, long Parameters, string Config)[] Models =
    [
        ("SmolLM2-135M", 134_515_008, """{"model_type":"llama","hidden_size":576,"num_hidden_layers":30,"num_attention_heads":9,"num_key_value_heads":3,"intermediate_size":1536,"vocab_size":49152,"tie_word_embeddings":true,"max_position_embeddings":8192,"rope_theta":100000}"""),
        ("SmolLM2-360M", 361_821_120, """{"model_type":"llama","hidden_size":960,"num_hidden_layers":32,"num_attention_heads":15,"num_key_value_heads":5,"intermediate_size":2560,"vocab_size":49152,"tie_word_embeddings":true,"max_position_embeddings":8192,"rope_theta":100000}"""),
        ("TinyLlama-1.1B", 1_100_048_384, """{"model_type":"llama","hidden_size":2048,"num_hidden_layers":22,"num_attention_heads":32,"num_key_value_heads":4,"intermediate_size":5632,"vocab_size":32000,"tie_word_embeddings":false,"max_position_embeddings":2048}"""),
        ("Llama-3.2-1B", 1_235_814_400, """{"model_type":"llama","hidden_size":2048,"num_hidden_layers":16,"num_attention_heads":32,"num_key_value_heads":8,"head_dim":64,"intermediate_size":8192,"vocab_size":128256,"tie_word_embeddings":true,"max_position_embeddings":131072,"rope_theta":500000.0,"bos_token_id":128000,"eos_token_id":128001,"rope_scaling":{"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"}}"""),
        ("Llama-2-7B", 6_738_415_616, """{"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":32,"intermediate_size":11008,"vocab_size":32000,"tie_word_embeddings":false,"max_position_embeddings":4096}"""),
    ];

    [Fact]
    public void Names_and_shapes_of_known_models_are_the_approved_ones()
    {
        string approved = File.ReadAllText(Path.Combine(Repository.Root, "tests", "MicroChat.Tests", "Checkpoints", "shapes.approved.txt"));
        string found = string.Join("\n", Models.Select(m => $"# {m.Name}\n{Describe(Read(m.Config))}"));
        Assert.Equal(approved.ReplaceLineEndings("\n"), found);
    }

    [Fact]
    public void Known_models_have_their_published_number_of_parameters() =>
        Assert.All(Models, m => Assert.Equal(m.Parameters, new ParameterLayout(Read(m.Config)).Parameters.Sum(w => w.Shape.Aggregate(1L, (a, b) => a * b))));

    /// <summary>One line for each tensor; equal tensors of all layers share one.</summary>
    private static string Describe(DecoderConfig config)
    {
        var text = new StringBuilder();
        foreach (IGrouping<string, Parameter> same in new ParameterLayout(config).Parameters.GroupBy(w => $"{LayerNumber().Replace(w.Name, ".N.")} {TensorInfo.ShapeTextOf(w.Shape)}"))
        {
            text.Append(same.Key).Append(same.Count() > 1 ? $" x {same.Count()}" : "").Append('\n');
        }
        return text.ToString();
    }

    private static DecoderConfig Read(string json)
    {
        using var folder = new TempFolder();
        return DecoderConfigReader.Read(folder.Write("config.json", json));
    }

    [GeneratedRegex(@"\.\d+\.")]
    private static partial Regex LayerNumber();
}
