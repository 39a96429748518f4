using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;

namespace MicroChat.Tests.Checkpoints;

public sealed class CheckpointValidatorTests
{
    private static readonly DecoderConfig Config = new()
    {
        ModelType = "llama", VocabularySize = 10, Width = 8, Layers = 2, Heads = 2, KeyValueHeads = 1, HeadSize = 4, FeedForward = 12, ContextTokens = 16, NormEpsilon = 1e-5f, RopeTheta = 10_000,
    };

    [Fact]
    public void The_weights_that_the_config_calls_for_are_accepted() => Check(Config, new ParameterLayout(Config).Parameters);

    [Fact]
    public void Old_frequency_buffers_and_a_copy_of_a_tied_head_are_ignored()
    {
        DecoderConfig tied = Config with { TieEmbeddings = true };
        Check(tied, [.. new ParameterLayout(tied).Parameters, new Parameter("model.layers.1.self_attn.rotary_emb.inv_freq", [2], 0), new Parameter("lm_head.weight", [10, 8], 0)]);
    }

    [Fact]
    public void A_missing_tensor_is_named_with_its_shape()
    {
        string message = Refusal(Config, [.. new ParameterLayout(Config).Parameters.Where(w => w.Name != "model.layers.1.mlp.up_proj.weight")]);
        Assert.Contains("model.layers.1.mlp.up_proj.weight is missing", message, StringComparison.Ordinal);
        Assert.Contains("(12, 8)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_head_points_to_tie_word_embeddings() =>
        Assert.Contains("tie_word_embeddings", Refusal(Config, [.. new ParameterLayout(Config).Parameters.Where(w => w.Name != "lm_head.weight")]), StringComparison.Ordinal);

    [Fact]
    public void A_wrong_shape_is_named_with_both_shapes()
    {
        string message = Refusal(Config with { FeedForward = 13 }, new ParameterLayout(Config).Parameters);
        Assert.Contains("model.layers.0.mlp.gate_proj.weight has the shape (12, 8)", message, StringComparison.Ordinal);
        Assert.Contains("(13, 8)", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj.bias", "attention_bias")]
    [InlineData("model.layers.0.mlp.up_proj.bias", "mlp_bias")]
    [InlineData("model.layers.2.input_layernorm.weight", "published")]
    public void A_tensor_too_many_is_named_with_a_remedy(string name, string remedy)
    {
        string message = Refusal(Config, [.. new ParameterLayout(Config).Parameters, new Parameter(name, [8], 0)]);
        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains(remedy, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quantised_tensor_is_refused_by_its_type()
    {
        using var folder = new TempFolder();
        IEnumerable<TensorSource> tensors = new ParameterLayout(Config).Parameters.Select(w => TensorSource.Bytes(w.Name, TensorType.I8, w.Shape, (_, _) => { }));
        SafetensorsWriter.Write(folder.File("model.safetensors"), tensors, new Dictionary<string, string>());
        using ShardedWeights weights = ShardedWeights.Open(folder.Path);
        Assert.Contains("I8", Assert.Throws<CheckpointException>(() => CheckpointValidator.Check(Config, weights)).Message, StringComparison.Ordinal);
    }

    private static string Refusal(DecoderConfig config, IReadOnlyList<Parameter> names) => Assert.Throws<CheckpointException>(() => Check(config, names)).Message;

    private static void Check(DecoderConfig config, IReadOnlyList<Parameter> names)
    {
        using var folder = new TempFolder();
        SafetensorsWriter.Write(folder.File("model.safetensors"), names.Select(w => TensorSource.Floats(w.Name, TensorType.BF16, w.Shape, (_, chunk) => chunk.Clear())), new Dictionary<string, string>());
        using ShardedWeights weights = ShardedWeights.Open(folder.Path);
        CheckpointValidator.Check(config, weights);
    }
}
