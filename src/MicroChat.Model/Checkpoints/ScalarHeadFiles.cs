using MicroChat.Model.Decoding;

namespace MicroChat.Model.Checkpoints;

/// <summary>
/// A decoder with a scalar head as a folder that transformers loads as LlamaForSequenceClassification with one label: the trunk without the
/// output matrix, and score.weight. The score of a reply is the head's number at its last token.
/// </summary>
public static class ScalarHeadFiles
{
    /// <summary>Writes config.json, generation_config.json, model.safetensors and the fingerprint of the text around the model into a folder, each whole or not at all.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="weights">The trunk.</param>
    /// <param name="head">The head. Its bias is written as score.bias only where it is not 0: transformers' heads have none and ignore it, and all their scores differ by it.</param>
    /// <param name="type">Number format.</param>
    /// <param name="text">Tokenizer and template that it was trained with; whoever loads it compares them by <see cref="TextFingerprint.Verify"/>.</param>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public static void Save(string folder, ParameterBlock weights, ScalarHead head, TensorType type, TextFingerprint text)
    {
        text.Write(folder);
        DecoderConfigWriter.WriteClassifier(weights.Config, folder);
        TensorSource[] trunk = [.. WeightFiles.Tensors("", weights, type).Where(t => t.Name != ParameterLayout.HeadName)];
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightFiles.FileName), [.. trunk, .. Tensors("", head, type)], new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Reads such a folder. The caller disposes the trunk and the head.</summary>
    /// <param name="folder">A folder with config.json and model.safetensors, or shards and their index.</param>
    /// <param name="head">The head.</param>
    /// <returns>The trunk. Its config ties the output to the embedding, whatever the file says: there is no output matrix in it.</returns>
    /// <exception cref="CheckpointException">A file is broken, a tensor is missing or has another shape, or there is more than one label; the message names it.</exception>
    public static ParameterBlock Load(string folder, out ScalarHead head)
    {
        DecoderConfig config = DecoderConfigReader.Read(folder) with { TieEmbeddings = true };
        using ShardedWeights files = ShardedWeights.Open(folder);
        RequireOneLabel(files);
        CheckpointValidator.Check(config, files, ScalarHead.WeightName, ScalarHead.BiasName);
        var weights = new ParameterBlock(config);
        head = new ScalarHead(config);
        try
        {
            foreach (Parameter parameter in weights.Parameters)
            {
                files.ReadFloat32(parameter.Name, weights[parameter]);
            }
            Read(files.FileOf(ScalarHead.WeightName), "", head);
            return weights;
        }
        catch
        {
            weights.Dispose();
            head.Dispose();
            throw;
        }
    }

    /// <summary>The head's tensors to be written; none without a head.</summary>
    internal static IEnumerable<TensorSource> Tensors(string prefix, ScalarHead? head, TensorType type) =>
        head is null ? [] : WeightFiles.Tensors(prefix, head.Weights, type).Where(t => head.Bias != 0 || !t.Name.EndsWith(ScalarHead.BiasName, StringComparison.Ordinal));

    /// <summary>Reads a head's tensors; a missing bias is 0.</summary>
    /// <returns>The names that were read.</returns>
    internal static string[] Read(SafetensorsFile file, string prefix, ScalarHead head)
    {
        string weight = prefix + ScalarHead.WeightName, bias = prefix + ScalarHead.BiasName;
        int wanted = head.Weight.Length;
        if (!file.Tensors.TryGetValue(weight, out TensorInfo? found) || !found.Shape.SequenceEqual([1, wanted]))
        {
            throw new CheckpointException(
                $"{file.Path}: tensor {weight} {(found is null ? "is missing" : $"has the shape {found.ShapeText}")}; wanted is the shape (1, {wanted}), one score for each token. Use a reward or value model with one label, and its own base.");
        }
        file.ReadFloat32(weight, head.Weight);
        CheckpointValidator.RequireFinite(file.Path, weight, head.Weight);
        if (!file.Tensors.TryGetValue(bias, out TensorInfo? foundBias))
        {
            return [weight];
        }
        if (foundBias.ElementCount != 1)
        {
            throw new CheckpointException($"{file.Path}: tensor {bias} has the shape {foundBias.ShapeText}; wanted is (1). Use a reward or value model with one label.");
        }
        Span<float> value = new(ref head.Bias);
        file.ReadFloat32(bias, value);
        CheckpointValidator.RequireFinite(file.Path, bias, value);
        return [weight, bias];
    }

    private static void RequireOneLabel(ShardedWeights files)
    {
        if (!files.Tensors.TryGetValue(ScalarHead.WeightName, out TensorInfo? score))
        {
            throw new CheckpointException($"{files.Path}: tensor {ScalarHead.WeightName} is missing, so this is no reward or value model. Train one, or name the folder of one.");
        }
        if (score.Shape is not [1, _])
        {
            throw new CheckpointException($"{files.Path}: tensor {ScalarHead.WeightName} has the shape {score.ShapeText}; wanted is one row, which gives one score. Use a model with one label.");
        }
    }
}
