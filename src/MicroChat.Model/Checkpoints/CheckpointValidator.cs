using MicroChat.Model.Decoding;

namespace MicroChat.Model.Checkpoints;

/// <summary>Compares a config with the weights beside it before anything is allocated from the config's numbers.</summary>
public static class CheckpointValidator
{
    /// <summary>Checks that every tensor that the config calls for is there, with its shape and a float type, and that none is left over.</summary>
    /// <exception cref="CheckpointException">The first contradiction: the tensor, the shape found, the shape wanted, the remedy.</exception>
    public static void Check(DecoderConfig config, ShardedWeights weights) => Check(config, weights, []);

    /// <summary>Likewise, for a file in which other tensors of given names may stand beside the decoder's.</summary>
    internal static void Check(DecoderConfig config, ShardedWeights weights, params ReadOnlySpan<string> others)
    {
        var left = new HashSet<string>(weights.Tensors.Keys, StringComparer.Ordinal);
        foreach (string other in others)
        {
            left.Remove(other);
        }
        foreach (Parameter wanted in new ParameterLayout(config).Parameters)
        {
            if (!weights.Tensors.TryGetValue(wanted.Name, out TensorInfo? found))
            {
                throw Missing(wanted, weights.Path);
            }
            CheckTensor(wanted, found, weights.Path);
            left.Remove(wanted.Name);
        }
        left.RemoveWhere(name => IsIgnorable(name, config));
        if (left.Order(StringComparer.Ordinal).FirstOrDefault() is { } name)
        {
            throw new CheckpointException(
                $"{weights.Path}: tensor {Untrusted.Quote(name)} of shape {weights.Tensors[name].ShapeText} is not part of a {config.ModelType} model with this config.json " +
                $"({left.Count} such). {ExtraRemedy(name)}");
        }
    }

    /// <summary>Refuses NaN and infinite weights: they would spoil every number that they touch, without an error.</summary>
    internal static void RequireFinite(string path, string name, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new CheckpointException($"{path}: element {i} of tensor {Untrusted.Quote(name)} is {values[i]}; wanted are finite numbers. The training that made it diverged, or the file is damaged: use an earlier checkpoint.");
            }
        }
    }

    /// <summary>Whether old files carry such a tensor although nothing needs it: precomputed frequencies, or a copy of a tied output.</summary>
    private static bool IsIgnorable(string name, DecoderConfig config) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TieEmbeddings && name == ParameterLayout.HeadName);

    private static void CheckTensor(Parameter wanted, TensorInfo found, string path)
    {
        if (!found.Shape.SequenceEqual(wanted.Shape))
        {
            throw new CheckpointException(
                $"{path}: tensor {wanted.Name} has the shape {found.ShapeText}; config.json asks for {TensorInfo.ShapeTextOf(wanted.Shape)}. Use the config.json that was published with these weights.");
        }
        if (!found.Type.IsFloat())
        {
            throw new CheckpointException(
                $"{path}: tensor {wanted.Name} has the type {found.Type.FormatName()}; wanted is a float type. Use the model's unquantised weights.");
        }
    }

    private static CheckpointException Missing(Parameter wanted, string path)
    {
        string remedy = wanted.Name == ParameterLayout.HeadName
            ? "If the model ties its output to the embedding, set tie_word_embeddings to true in config.json; else fetch all of its weights"
            : "Fetch all of the model's weights and the config.json that was published with them";
        return new CheckpointException($"{path}: tensor {wanted.Name} is missing; config.json asks for it with the shape {TensorInfo.ShapeTextOf(wanted.Shape)}. {remedy}.");
    }

    private static string ExtraRemedy(string name) =>
        name == ScalarHead.WeightName ? "It is the head of a reward or value model, which scores and does not speak: name a model that generates text."
        : !name.EndsWith(".bias", StringComparison.Ordinal) ? "Use the config.json that was published with these weights."
        : name.Contains(".mlp.", StringComparison.Ordinal) ? "If the model has biases there, set mlp_bias to true in config.json."
        : "If the model has biases there, set attention_bias to true in config.json.";
}
