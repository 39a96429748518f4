using MicroChat.Model.Decoding;

namespace MicroChat.Model.Checkpoints;

/// <summary>The weights of a decoder in safetensors files.</summary>
public static class WeightFiles
{
    /// <summary>Name of the single file.</summary>
    public const string FileName = "model.safetensors";

    /// <summary>Reads a folder's weights, converted to float32. The caller disposes the block.</summary>
    /// <param name="folder">Folder with model.safetensors, or shards and their index.</param>
    /// <param name="config">The shape that the weights must have.</param>
    /// <exception cref="CheckpointException">A file is broken, a tensor is missing or has another shape; the message names it.</exception>
    public static ParameterBlock Load(string folder, DecoderConfig config)
    {
        using ShardedWeights files = ShardedWeights.Open(folder);
        CheckpointValidator.Check(config, files);
        var weights = new ParameterBlock(config);
        foreach (Parameter parameter in weights.Parameters)
        {
            files.ReadFloat32(parameter.Name, weights[parameter]);
        }
        return weights;
    }

    /// <summary>Writes every tensor of a block into one file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="blocks">Blocks with the prefix that their tensors' names get.</param>
    /// <param name="type">F32 keeps every bit; BF16 rounds to nearest even.</param>
    public static void Save(string path, IEnumerable<(string Prefix, ParameterBlock Block)> blocks, TensorType type)
    {
        var tensors = new List<TensorSource>();
        foreach ((string prefix, ParameterBlock block) in blocks)
        {
            tensors.AddRange(Tensors(prefix, block, type));
        }
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Reads tensors written by <see cref="Save"/> with this prefix back into a block, to the bit when they were written as F32.</summary>
    public static void Restore(string path, string prefix, ParameterBlock block)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (Parameter parameter in block.Parameters)
        {
            file.ReadFloat32(prefix + parameter.Name, block[parameter]);
        }
    }

    /// <summary>A block's tensors to be written, each name behind the prefix.</summary>
    internal static IEnumerable<TensorSource> Tensors(string prefix, ParameterBlock block, TensorType type) => block.Parameters.Select(p => TensorSource.Floats(
        prefix + p.Name, type, p.Shape, (start, chunk) => block[p].Slice(checked((int)start), chunk.Length).CopyTo(chunk)));
}
