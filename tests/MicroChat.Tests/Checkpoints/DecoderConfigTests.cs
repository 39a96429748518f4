using System.Text.Json;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Checkpoints;

public sealed class DecoderConfigTests
{
    private const string Tiny = """
        {"model_type":"llama","vocab_size":128,"hidden_size":32,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":56}
        """;

    public static TheoryData<string> GoldenFolders() => [.. Golden.Folders("models")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(GoldenFolders))]
    [Trait("Category", Golden.Category)]
    public void A_published_config_fits_its_weights_and_equals_its_newer_form(string folder)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        string family = json.RootElement.GetProperty("model_type").GetString()!;
        Assert.SkipUnless(family == "llama", $"The family {family} is not built yet.");
        DecoderConfig config = DecoderConfigReader.Read(folder);
        using (ShardedWeights weights = ShardedWeights.Open(folder))
        {
            CheckpointValidator.Check(config, weights);
        }
        string newer = Path.Combine(folder, "config.v5.json");
        Assert.Equal(Text(config), Text(File.Exists(newer) ? DecoderConfigReader.Read(newer) : config));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(GoldenFolders))]
    [Trait("Category", Golden.Category)]
    public void A_written_config_comes_back(string folder)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        string family = json.RootElement.GetProperty("model_type").GetString()!;
        Assert.SkipUnless(family == "llama", $"The family {family} is not built yet.");
        using var target = new TempFolder();
        DecoderConfig config = DecoderConfigReader.Read(folder);
        DecoderConfigWriter.Write(config, target.Path);
        Assert.Equal(Text(config), Text(DecoderConfigReader.Read(target.Path)));
        Assert.Equal(["config.json", "generation_config.json"], target.Names());
    }

    [Fact]
    public void Missing_keys_have_the_familys_defaults()
    {
        DecoderConfig config = Read(Tiny);
        Assert.Equal(4, config.KeyValueHeads);
        Assert.Equal(8, config.HeadSize);
        Assert.Equal(1e-6f, config.NormEpsilon);
        Assert.Equal(10_000, config.RopeTheta);
        Assert.Equal(2048, config.ContextTokens);
        Assert.Null(config.RopeScaling);
        Assert.False(config.TieEmbeddings || config.AttentionBias || config.FeedForwardBias);
        Assert.Equal(1, config.BeginTokenId);
        Assert.Equal([2], config.EndTokenIds);
        Assert.Null(config.PadTokenId);
    }

    [Theory]
    [InlineData("\"eos_token_id\":[5,6]", "{\"eos_token_id\":7}", new[] { 7, 5, 6 })]
    [InlineData("\"eos_token_id\":5", "{\"eos_token_id\":[6,5]}", new[] { 6, 5 })]
    [InlineData("\"eos_token_id\":null", "{}", new int[0])]
    [InlineData("\"eos_token_id\":-1", "{\"eos_token_id\":null}", new int[0])]
    [InlineData("\"eos_token_id\":5", null, new[] { 5 })]
    public void End_tokens_of_both_files_are_merged(string field, string? generation, int[] wanted)
    {
        using var folder = new TempFolder();
        folder.Write("config.json", With(field));
        if (generation is not null)
        {
            folder.Write("generation_config.json", generation);
        }
        Assert.Equal(wanted, DecoderConfigReader.Read(folder.Path).EndTokenIds);
        Assert.Equal(wanted, DecoderConfigReader.Read(folder.File("config.json")).EndTokenIds);
    }

    [Theory]
    [InlineData("\"model_type\":\"mamba\"", "model_type", "not built yet. Built: llama")]
    [InlineData("\"model_type\":null", "model_type", "missing")]
    [InlineData("\"hidden_size\":33", "hidden_size", "multiple of num_attention_heads = 4")]
    [InlineData("\"hidden_size\":20", "hidden_size", "even")]
    [InlineData("\"hidden_size\":-32", "hidden_size", "\"-32\"")]
    [InlineData("\"hidden_size\":0", "hidden_size", "\"0\"")]
    [InlineData("\"hidden_size\":1e99", "hidden_size", "\"1e99\"")]
    [InlineData("\"hidden_size\":32.5", "hidden_size", "\"32.5\"")]
    [InlineData("\"hidden_size\":\"32\"", "hidden_size", "whole number")]
    [InlineData("\"hidden_size\":null", "hidden_size", "missing")]
    [InlineData("\"vocab_size\":99999999999", "vocab_size", "\"99999999999\"")]
    [InlineData("\"num_hidden_layers\":1000000", "num_hidden_layers", "to 10000")]
    [InlineData("\"num_key_value_heads\":3", "num_key_value_heads", "divisor of num_attention_heads = 4")]
    [InlineData("\"head_dim\":7", "head_dim", "even")]
    [InlineData("\"rms_norm_eps\":NaN", "rms_norm_eps", "valid JSON")]
    [InlineData("\"rms_norm_eps\":-1e-5", "rms_norm_eps", "\"-1e-5\"")]
    [InlineData("\"rms_norm_eps\":1e999", "rms_norm_eps", "\"1e999\"")]
    [InlineData("\"rms_norm_eps\":\"NaN\"", "rms_norm_eps", "\"NaN\"")]
    [InlineData("\"rope_theta\":0", "rope_theta", "\"0\"")]
    [InlineData("\"hidden_act\":\"relu\"", "hidden_act", "silu")]
    [InlineData("\"eos_token_id\":128", "eos_token_id", "to 127")]
    [InlineData("\"tie_word_embeddings\":\"yes\"", "tie_word_embeddings", "true or false")]
    [InlineData("\"rope_scaling\":5", "rope_scaling", "an object")]
    [InlineData("\"rope_scaling\":{\"type\":\"spiral\",\"factor\":2}", "rope_scaling.type", "not built yet")]
    [InlineData("\"rope_scaling\":{\"factor\":2}", "rope_scaling.type", "missing")]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\"}", "rope_scaling.factor", "missing")]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":0}", "rope_scaling.factor", "\"0\"")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4,\"original_max_position_embeddings\":32}", "high_freq_factor", "above low_freq_factor")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"longrope\",\"short_factor\":[1,1],\"long_factor\":[1,1,1,1]}", "short_factor", "4 positive numbers")]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":-1}", "rope_parameters.rope_theta", "\"-1\"")]
    [InlineData("\"partial_rotary_factor\":0.5", "partial_rotary_factor", "not built yet")]
    public void A_value_that_does_not_fit_is_named_with_file_field_and_wish(string field, string name, string wish)
    {
        using var folder = new TempFolder();
        string path = folder.Write("config.json", With(field));
        string message = Assert.Throws<CheckpointException>(() => DecoderConfigReader.Read(path)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains(wish, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"model_type":"llama","model_type":"llama"}""")]
    [InlineData("""{"model_type":"\ud800"}""")]
    [InlineData("""{"\ud800":1,"model_type":"llama"}""")]
    public void A_file_that_is_no_json_object_is_refused(string text)
    {
        using var folder = new TempFolder();
        string path = folder.Write("config.json", text);
        Assert.Contains(path, Assert.Throws<CheckpointException>(() => DecoderConfigReader.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_bytes_never_crash_the_reader()
    {
        using var folder = new TempFolder();
        var random = new Random(20261121);
        byte[] whole = System.Text.Encoding.UTF8.GetBytes(With("\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":4.0,\"original_max_position_embeddings\":32}"));
        for (int round = 0; round < 3000; round++)
        {
            byte[] changed = [.. whole];
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                changed[random.Next(changed.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : random.GetItems("{}[]\",:0123456789eE+-.\\u "u8, 1)[0];
            }
            string path = folder.Write("config.json", changed);
            Exception? e = Record.Exception(() =>
                Assert.All(RotaryFrequencies.For(DecoderConfigReader.Read(path), 100).InverseFrequencies, f => Assert.True(double.IsFinite(f))));
            Assert.True(e is null or CheckpointException, $"round {round}: {e}");
        }
    }

    [Fact]
    public void The_architecture_stands_in_for_a_missing_model_type() =>
        Assert.Equal("llama", Read(With("\"architectures\":[\"LlamaForCausalLM\"]").Replace("\"model_type\":\"llama\",", "", StringComparison.Ordinal)).ModelType);

    [Fact]
    public void A_missing_config_is_named()
    {
        using var folder = new TempFolder();
        Assert.Contains("config.json", Assert.Throws<CheckpointException>(() => DecoderConfigReader.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Odd_pad_tokens_of_old_files_count_as_none()
    {
        Assert.Null(Read(With("\"pad_token_id\":-1")).PadTokenId);
        Assert.Null(Read(With("\"pad_token_id\":128")).PadTokenId);
        Assert.Equal(0, Read(With("\"pad_token_id\":0")).PadTokenId);
    }

    [Theory]
    [InlineData("\"rope_scaling\":{}")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"default\"}")]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":10000.0}")]
    public void Empty_or_default_scaling_is_none(string field) => Assert.Null(Read(With(field)).RopeScaling);

    [Fact]
    public void A_written_longrope_config_comes_back()
    {
        DecoderConfig config = Read(With("\"rope_scaling\":{\"rope_type\":\"longrope\",\"original_max_position_embeddings\":512,\"short_factor\":[1,1,1,2],\"long_factor\":[1.5,2,3,4]}"));
        Assert.Equal(4, config.RopeScaling!.Factor);
        using var folder = new TempFolder();
        DecoderConfigWriter.Write(config, folder.Path);
        Assert.Equal(Text(config), Text(DecoderConfigReader.Read(folder.Path)));
    }

    [Fact]
    public void A_written_config_keeps_every_field()
    {
        DecoderConfig config = Read(Tiny) with
        {
            TieEmbeddings = true,
            AttentionBias = true,
            FeedForwardBias = true,
            HeadSize = 12,
            KeyValueHeads = 2,
            NormEpsilon = 1e-5f,
            RopeTheta = 123456.5,
            BeginTokenId = null,
            EndTokenIds = [3, 9],
            PadTokenId = 4,
            InitializerRange = 0.5f,
            ContextTokens = 77,
            RopeScaling = new RopeScaling { Kind = "yarn", Factor = 4, OriginalContextTokens = 19, AttentionFactor = 1.5, BetaFast = 20, BetaSlow = 2, MagnitudeScale = 0.7, MagnitudeScaleAllDims = 1.2, Truncate = false },
        };
        using var folder = new TempFolder();
        DecoderConfigWriter.Write(config, folder.Path);
        Assert.Equal(Text(config), Text(DecoderConfigReader.Read(folder.Path)));
        Assert.Contains("\"factor\": 4.0", File.ReadAllText(folder.File("config.json")), StringComparison.Ordinal);
    }

    private static string With(string field)
    {
        string name = field[..field.IndexOf(':', StringComparison.Ordinal)];
        string[] kept = [.. Tiny.Trim().Trim('{', '}').Split(',').Where(f => !f.StartsWith(name, StringComparison.Ordinal))];
        return "{\n" + string.Join(",\n", kept.Append(field)) + "\n}";
    }

    private static DecoderConfig Read(string json)
    {
        using var folder = new TempFolder();
        return DecoderConfigReader.Read(folder.Write("config.json", json));
    }

    private static string Text(DecoderConfig config) => JsonSerializer.Serialize(config);
}
