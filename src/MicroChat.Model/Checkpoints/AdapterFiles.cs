using MicroChat.Model.Decoding;

namespace MicroChat.Model.Checkpoints;

/// <summary>Adapters in PEFT's format: adapter_config.json and adapter_model.safetensors, with a scalar head as its "score" module where there is one.</summary>
/// <remarks>Dropout in the config is ignored: it acts in training only, and training here has none.</remarks>
public static class AdapterFiles
{
    /// <summary>Name of the weights' file.</summary>
    public const string FileName = "adapter_model.safetensors";

    private const string PickledName = "adapter_model.bin";

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool IsAdapter(string folder) => File.Exists(Path.Combine(folder, AdapterConfig.FileName));

    /// <summary>Reads an adapter for a base of this shape. The caller disposes it.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="config">The base's shape.</param>
    /// <exception cref="CheckpointException">The adapter is broken, does not fit the base, or is of a kind that is not built; the message names file, tensor or field.</exception>
    public static LoraAdapter Load(string folder, DecoderConfig config)
    {
        LoraAdapter adapter = Load(folder, config, out ScalarHead? head);
        head?.Dispose();
        return adapter;
    }

    /// <summary>Reads an adapter and the scalar head that was saved with it. The caller disposes both.</summary>
    /// <inheritdoc cref="Load(string, DecoderConfig)"/>
    public static LoraAdapter Load(string folder, DecoderConfig config, out ScalarHead? head)
    {
        var adapter = new LoraAdapter(config, AdapterConfig.Read(folder, config, out bool hasHead, out bool replacesOutput), replacesOutput);
        head = hasHead ? new ScalarHead(config) : null;
        try
        {
            Read(folder, adapter, head);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            head?.Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter's two files and the fingerprint of the text around it into a folder, each whole or not at all.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="head">A scalar head to save with it, or null. Its bias is written only where it is not 0: transformers' heads have none.</param>
    /// <param name="baseName">Name or path of the base, for PEFT.</param>
    /// <param name="text">Tokenizer and template that it was trained with; whoever loads it compares them by <see cref="TextFingerprint.Verify"/>.</param>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public static void Save(string folder, LoraAdapter adapter, ScalarHead? head, string baseName, TextFingerprint text)
    {
        Directory.CreateDirectory(folder);
        text.Write(folder);
        AdapterConfig.Write(folder, adapter, baseName, head is not null);
        IEnumerable<TensorSource> tensors = [.. WeightFiles.Tensors("", adapter.Weights, TensorType.F32), .. ScalarHeadFiles.Tensors(LoraLayout.Prefix, head, TensorType.F32)];
        SafetensorsWriter.Write(Path.Combine(folder, FileName), tensors, new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static void Read(string folder, LoraAdapter adapter, ScalarHead? head)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            string found = File.Exists(Path.Combine(folder, PickledName)) ? $"only {PickledName}, which is not read; save the adapter again with safetensors" : "no weights; fetch the whole adapter";
            throw new CheckpointException($"{folder} has no {FileName}, but {found}.");
        }
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var left = new HashSet<string>(file.Tensors.Keys, StringComparer.Ordinal);
        foreach (LoraPart part in adapter.Layout.Parts)
        {
            ReadFactor(file, part, part.A, adapter);
            ReadFactor(file, part, part.B, adapter);
            // peft adds the untouched matrix where the embedding or the output has an adapter
            left.ExceptWith([part.A.Name, part.B.Name, $"{LoraLayout.Prefix}{part.Module.Name}.base_layer.weight"]);
        }
        if (adapter.Layout.ReplacedOutput is { } output)
        {
            Read(file, output, adapter, "modules_to_save names lm_head", "The base has other sizes there; use the base that the adapter was made for.");
            left.Remove(output.Name);
        }
        if (head is not null)
        {
            left.ExceptWith(ScalarHeadFiles.Read(file, LoraLayout.Prefix, head));
        }
        if (left.Order(StringComparer.Ordinal).FirstOrDefault() is { } name)
        {
            throw new CheckpointException(
                $"{path}: tensor {Untrusted.Quote(name)} of shape {file.Tensors[name].ShapeText} belongs to no module that {AdapterConfig.FileName} chooses in this base ({left.Count} such). " +
                "Use the base that the adapter was made for, and the config that was saved with it.");
        }
    }

    private static void ReadFactor(SafetensorsFile file, LoraPart part, Parameter wanted, LoraAdapter adapter)
    {
        int rankAt = ReferenceEquals(wanted, part.A) ? 0 : 1;
        bool otherRank = file.Tensors.TryGetValue(wanted.Name, out TensorInfo? found) && found.Shape.Count == 2 && found.Shape[rankAt] != wanted.Shape[rankAt];
        Read(file, wanted, adapter, $"target_modules chooses {part.Module.Name}", otherRank
            ? $"{AdapterConfig.FileName} gives {part.Module.Name} the rank {part.Module.Rank}; use the config that was saved with these weights."
            : "The base has other sizes there; use the base that the adapter was made for.");
    }

    private static void Read(SafetensorsFile file, Parameter wanted, LoraAdapter adapter, string why, string remedy)
    {
        if (!file.Tensors.TryGetValue(wanted.Name, out TensorInfo? found))
        {
            throw new CheckpointException($"{file.Path}: tensor {wanted.Name} is missing, although in {AdapterConfig.FileName} {why}. Fetch the whole adapter again.");
        }
        if (!found.Shape.SequenceEqual(wanted.Shape))
        {
            throw new CheckpointException($"{file.Path}: tensor {wanted.Name} has the shape {found.ShapeText}; wanted is {TensorInfo.ShapeTextOf(wanted.Shape)}. {remedy}");
        }
        Span<float> values = adapter.Weights[wanted];
        file.ReadFloat32(wanted.Name, values);
        CheckpointValidator.RequireFinite(file.Path, wanted.Name, values);
    }
}
