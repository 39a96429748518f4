using System.Text.Json;

namespace MicroChat.Model.Checkpoints;

/// <summary>All tensors of a checkpoint by name, whether they lie in one safetensors file or in shards with an index.</summary>
public sealed class ShardedWeights : IDisposable
{
    private const string SingleName = "model.safetensors", IndexName = "model.safetensors.index.json";
    private readonly Dictionary<string, SafetensorsFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);

    private ShardedWeights(string path) => Path = path;

    /// <summary>The file or index that was opened.</summary>
    public string Path { get; }

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <summary>Opens a checkpoint's weights and checks every header; no tensor is read yet.</summary>
    /// <param name="path">A folder with model.safetensors or, if that is missing, model.safetensors.index.json; or one such file.</param>
    /// <exception cref="CheckpointException">Nothing there, a broken file, an index that names a shard outside its folder or a tensor that its shard lacks.</exception>
    public static ShardedWeights Open(string path)
    {
        string file = Directory.Exists(path) ? FindIn(path) : path;
        var weights = new ShardedWeights(file);
        try
        {
            if (file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            {
                weights.AddIndex();
            }
            else
            {
                weights.AddWhole(file);
            }
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The file that holds a tensor, for reading it in other types than float32.</summary>
    /// <exception cref="CheckpointException">No such tensor.</exception>
    public SafetensorsFile FileOf(string name) => _fileOf.TryGetValue(name, out SafetensorsFile? file)
        ? file
        : throw new CheckpointException($"{Path} has no tensor {Untrusted.Quote(name)}; it has {_tensors.Count} others. Use the weights that belong to this model.");

    /// <summary>Reads a whole tensor as float32.</summary>
    /// <inheritdoc cref="SafetensorsFile.ReadFloat32(string, Span{float})"/>
    public void ReadFloat32(string name, Span<float> destination) => FileOf(name).ReadFloat32(name, destination);

    /// <summary>Reads elements [start, start + destination.Length) of a tensor as float32.</summary>
    /// <inheritdoc cref="SafetensorsFile.ReadFloat32(string, Span{float})"/>
    public void ReadFloat32(string name, long start, Span<float> destination) => FileOf(name).ReadFloat32(name, start, destination);

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files.Values)
        {
            file.Dispose();
        }
    }

    private static string FindIn(string folder)
    {
        string single = System.IO.Path.Combine(folder, SingleName), index = System.IO.Path.Combine(folder, IndexName);
        return File.Exists(single) ? single
            : File.Exists(index) ? index
            : throw new CheckpointException($"{folder} holds neither {SingleName} nor {IndexName}. Name the folder of a checkpoint in safetensors format, or convert it.");
    }

    private void AddWhole(string file)
    {
        SafetensorsFile opened = SafetensorsFile.Open(file);
        _files.Add(file, opened);
        foreach (TensorInfo tensor in opened.Tensors.Values)
        {
            Add(tensor, opened);
        }
    }

    private void AddIndex()
    {
        using JsonDocument index = JsonFile.ReadObject(Path);
        if (!index.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new CheckpointException($"{Path}: weight_map is missing or no object; wanted is an object from tensor names to shard names. Fetch the index again.");
        }
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            SafetensorsFile shard = OpenShard(folder, entry);
            if (!shard.Tensors.TryGetValue(entry.Name, out TensorInfo? tensor))
            {
                throw new CheckpointException($"{Path}: weight_map says that {Untrusted.Quote(entry.Name)} is in {shard.Path}, which lacks it. Fetch the index and its shards again, all from one version.");
            }
            Add(tensor, shard);
        }
    }

    private SafetensorsFile OpenShard(string folder, JsonProperty entry)
    {
        string? name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
        if (name is null || !IsPlainFileName(name))
        {
            throw new CheckpointException(
                $"{Path}: weight_map gives {Untrusted.Quote(entry.Value.GetRawText())} as the shard of {Untrusted.Quote(entry.Name)}; " +
                "wanted is the name of a .safetensors file in the same folder, without any path. Do not trust this index; fetch it again.");
        }
        if (!_files.TryGetValue(name, out SafetensorsFile? shard))
        {
            string file = System.IO.Path.Combine(folder, name);
            if (!File.Exists(file))
            {
                throw new CheckpointException($"{Path}: the shard {Untrusted.Quote(name)} of {Untrusted.Quote(entry.Name)} is not in the folder. Fetch all shards of the index.");
            }
            shard = SafetensorsFile.Open(file);
            _files.Add(name, shard);
        }
        return shard;
    }

    private static bool IsPlainFileName(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal) && name.AsSpan().IndexOfAny("/\\:\0") < 0;

    private void Add(TensorInfo tensor, SafetensorsFile file)
    {
        _tensors.Add(tensor.Name, tensor);
        _fileOf.Add(tensor.Name, file);
    }
}
