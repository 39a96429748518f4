using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Checkpoints;

public sealed class AdapterFilesTests : IDisposable
{
    private static readonly DecoderConfig Config = new()
    {
        ModelType = "llama", VocabularySize = 19, Width = 16, Layers = 2, Heads = 2, KeyValueHeads = 1, HeadSize = 8, FeedForward = 24,
        ContextTokens = 32, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true,
    };

    private static readonly TextFingerprint Text = new(new string('a', 64), new string('b', 64));
    private readonly TempFolder _folder = new();

    [Fact]
    public void A_reward_adapter_keeps_its_head_and_its_bias()
    {
        using var adapter = LoraAdapter.Create(Config, new LoraOptions { Rank = 2, Targets = ["q_proj", "up_proj"] }, seed: 1);
        using var head = new ScalarHead(Config);
        head.InitializeReward(seed: 2);
        head.Bias = -0.25f;
        AdapterFiles.Save(_folder.Path, adapter, head, "models/base", Text);
        using LoraAdapter again = AdapterFiles.Load(_folder.Path, Config, out ScalarHead? read);
        Assert.Equal(head.Weight.ToArray(), read!.Weight.ToArray());
        Assert.Equal(-0.25f, read.Bias);
        Assert.Equal(adapter.Modules, again.Modules);
        Assert.True(Text.Verify(_folder.Path));
        read.Dispose();
        string config = File.ReadAllText(_folder.File("adapter_config.json"));
        Assert.Contains("\"SEQ_CLS\"", config, StringComparison.Ordinal);
        Assert.Contains("\"models/base\"", config, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_without_bias_is_written_as_transformers_has_it()
    {
        using var weights = new ParameterBlock(Config);
        WeightInitializer.Initialize(weights, seed: 1);
        using var head = new ScalarHead(Config);
        head.InitializeReward(seed: 2);
        ScalarHeadFiles.Save(_folder.Path, weights, head, TensorType.F32, Text);
        using var file = SafetensorsFile.Open(_folder.File("model.safetensors"));
        Assert.Equal([1, 16], file.Tensors["score.weight"].Shape);
        Assert.False(file.Tensors.ContainsKey("score.bias"));
        Assert.Contains("reward or value model", Assert.Throws<CheckpointException>(() => WeightFiles.Load(_folder.Path, Config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_a_head_is_no_reward_model()
    {
        using var weights = new ParameterBlock(Config);
        DecoderConfigWriter.Write(Config, _folder.Path);
        WeightFiles.Save(_folder.File("model.safetensors"), [("", weights)], TensorType.F32);
        Assert.Contains("score.weight is missing", Assert.Throws<CheckpointException>(() => ScalarHeadFiles.Load(_folder.Path, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_for_several_labels_is_refused()
    {
        using var weights = new ParameterBlock(Config);
        DecoderConfigWriter.Write(Config, _folder.Path);
        TensorSource[] tensors = [.. weights.Parameters.Select(p => TensorSource.Floats(p.Name, TensorType.F32, p.Shape, (_, chunk) => chunk.Clear())),
            TensorSource.Floats("score.weight", TensorType.F32, [2, 16], (_, chunk) => chunk.Clear())];
        SafetensorsWriter.Write(_folder.File("model.safetensors"), tensors, new Dictionary<string, string>());
        Assert.Contains("(2, 16)", Assert.Throws<CheckpointException>(() => ScalarHeadFiles.Load(_folder.Path, out _)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4}", "target_modules")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4,\"target_modules\":\"(\"}", "broken regular expression")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4,\"target_modules\":[\"q_proj\"],\"bias\":\"lora_only\"}", "off must be the base")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4,\"target_modules\":[\"q_proj\"],\"modules_to_save\":[\"model.norm\"]}", "modules_to_save")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4,\"target_modules\":[\"q_proj\"],\"rank_pattern\":{\"q_proj\":1.5}}", "rank_pattern")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4,\"target_modules\":[\"q_proj\"],\"layers_to_transform\":[9]}", "at least one linear layer")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4,\"target_modules\":[\"norm\"]}", "norm")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4,\"target_modules\":7}", "target_modules")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":99999999,\"lora_alpha\":4,\"target_modules\":[\"q_proj\"]}", "99999999")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4,\"target_modules\":[\"q_proj\"]}", "adapter_model.safetensors")]
    public void A_config_that_does_not_fit_is_refused_with_the_field(string config, string wanted)
    {
        _folder.Write("adapter_config.json", config);
        Assert.Contains(wanted, Assert.Throws<CheckpointException>(() => AdapterFiles.Load(_folder.Path, Config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_tokenizer_or_template_is_refused_and_none_is_told_apart()
    {
        string a = new('a', 64), b = new('b', 64);
        var fingerprint = new TextFingerprint(a, b);
        Assert.False(fingerprint.Verify(_folder.Path));
        fingerprint.Write(_folder.Path);
        Assert.True(fingerprint.Verify(_folder.Path));
        Assert.Equal(fingerprint, TextFingerprint.Read(_folder.Path));
        Assert.Contains("tokenizer", Assert.Throws<CheckpointException>(() => (fingerprint with { Tokenizer = b }).Verify(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("chat template", Assert.Throws<CheckpointException>(() => (fingerprint with { Template = a }).Verify(_folder.Path)).Message, StringComparison.Ordinal);
        _folder.Write(TextFingerprint.FileName, "{\"tokenizer\":\"x\"}");
        Assert.Contains("SHA-256", Assert.Throws<CheckpointException>(() => TextFingerprint.Read(_folder.Path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
