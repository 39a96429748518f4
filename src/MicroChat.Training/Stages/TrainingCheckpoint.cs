using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>Where a run stands, beside its weights and moments.</summary>
/// <param name="Step">Updates made.</param>
/// <param name="OptimizerSteps">Updates that changed the weights: those whose gradient was finite.</param>
/// <param name="Tokens">Tokens read.</param>
/// <param name="Place">Place in the data, as the source saved it.</param>
public sealed record TrainingState(long Step, long OptimizerSteps, long Tokens, string Place)
{
    /// <summary>What a stage needs besides, in its own words; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Extra { get; init; }
}

/// <summary>
/// A checkpoint folder: a complete model folder (float32) with the optimiser's moments and the place in the data, from which
/// a run goes on as if it had never stopped. Written whole or not at all.
/// </summary>
public static class TrainingCheckpoint
{
    private const string OptimizerFile = "optimizer.safetensors";
    private const string StateFile = "trainer_state.json";
    private const string FirstPrefix = "first.";
    private const string SecondPrefix = "second.";
    private const string CheckpointsFolder = "checkpoints";
    private const string FolderPrefix = "step-";

    /// <summary>The folder of a run's checkpoints.</summary>
    public static string Checkpoints(string runFolder) => Path.Combine(runFolder, CheckpointsFolder);

    /// <summary>The folder of a step's checkpoint.</summary>
    public static string Folder(string checkpoints, long step) => Path.Combine(checkpoints, FolderPrefix + step.ToString("D8", CultureInfo.InvariantCulture));

    /// <summary>Folder of the run whose checkpoint this is; null where the model is no run's checkpoint.</summary>
    public static string? RunOf(string model) =>
        Directory.GetParent(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model))) is { Name: CheckpointsFolder, Parent: { } run } ? run.FullName : null;

    /// <summary>The run that made a checkpoint, as it stood then; null where the model is no run's checkpoint.</summary>
    /// <exception cref="CheckpointException">The checkpoint's state is broken.</exception>
    /// <exception cref="TrainingException">The run's facts are broken.</exception>
    public static RunReportData? Origin(string model)
    {
        if (RunOf(model) is not { } run || RunManifest.Load(run) is not { } facts)
        {
            return null;
        }
        TrainingState state = ReadState(model);
        return facts with { Steps = state.Step, Tokens = state.Tokens };
    }

    /// <summary>The newest complete checkpoint, or null.</summary>
    public static string? Newest(string checkpoints) => All(checkpoints).LastOrDefault();

    /// <summary>Writes a checkpoint and removes all but the newest <paramref name="keep"/>.</summary>
    /// <param name="checkpoints">Folder of the run's checkpoints.</param>
    /// <param name="decoder">Weights and moments.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="keep">Checkpoints to keep.</param>
    /// <param name="writeAssets">Writes tokenizer and template into the folder that it is given.</param>
    /// <exception cref="CheckpointException">It could not be written; nothing half written is left.</exception>
    public static void Save(string checkpoints, ITrainableDecoder decoder, TrainingState state, int keep, Action<string> writeAssets)
    {
        decoder.ReadBack();
        Save(checkpoints, state, [("", decoder.Optimizer)], keep, folder => WriteModel(folder, decoder.Weights, TensorType.F32, writeAssets));
    }

    /// <summary>Writes a checkpoint of several parts that learn, and removes all but the newest <paramref name="keep"/>.</summary>
    /// <param name="checkpoints">Folder of the run's checkpoints.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="moments">The moments of each part, by a prefix of their names that no other part has.</param>
    /// <param name="keep">Checkpoints to keep.</param>
    /// <param name="writeModel">Writes the weights and the assets into the folder that it is given.</param>
    /// <exception cref="CheckpointException">It could not be written; nothing half written is left.</exception>
    public static void Save(string checkpoints, TrainingState state, IEnumerable<(string Prefix, Optimizer Optimizer)> moments, int keep, Action<string> writeModel)
    {
        Directory.CreateDirectory(checkpoints);
        AtomicFolder.Write(Folder(checkpoints, state.Step), folder =>
        {
            writeModel(folder);
            WeightFiles.Save(
                Path.Combine(folder, OptimizerFile),
                moments.SelectMany(part => new[] { (part.Prefix + FirstPrefix, part.Optimizer.First), (part.Prefix + SecondPrefix, part.Optimizer.Second) }), TensorType.F32);
            AtomicFile.WriteText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(state));
        });
        foreach (string old in All(checkpoints).SkipLast(keep))
        {
            Directory.Delete(old, recursive: true);
        }
    }

    /// <summary>Writes config, weights and assets: what is needed to chat.</summary>
    public static void WriteModel(string folder, ParameterBlock weights, TensorType type, Action<string> writeAssets)
    {
        DecoderConfigWriter.Write(weights.Config, folder);
        writeAssets(folder);
        WeightFiles.Save(Path.Combine(folder, WeightFiles.FileName), [("", weights)], type);
    }

    /// <summary>Restores weights, moments and step count to the bit.</summary>
    /// <exception cref="CheckpointException">A file is missing or broken; the message names it.</exception>
    public static TrainingState Restore(string folder, ITrainableDecoder decoder)
    {
        WeightFiles.Restore(Path.Combine(folder, WeightFiles.FileName), "", decoder.Weights);
        TrainingState state = RestoreMoments(folder, [("", decoder.Optimizer)]);
        decoder.Reload();
        return state;
    }

    /// <summary>Restores the moments and step counts of parts whose weights were read already.</summary>
    /// <exception cref="CheckpointException">A file is missing or broken; the message names it.</exception>
    public static TrainingState RestoreMoments(string folder, IEnumerable<(string Prefix, Optimizer Optimizer)> moments)
    {
        TrainingState state = ReadState(folder);
        foreach ((string prefix, Optimizer optimizer) in moments)
        {
            WeightFiles.Restore(Path.Combine(folder, OptimizerFile), prefix + FirstPrefix, optimizer.First);
            WeightFiles.Restore(Path.Combine(folder, OptimizerFile), prefix + SecondPrefix, optimizer.Second);
            optimizer.Steps = state.OptimizerSteps;
        }
        return state;
    }

    internal static TrainingState ReadState(string folder)
    {
        string path = Path.Combine(folder, StateFile);
        try
        {
            return JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(path)) ?? throw new JsonException("the file holds null");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new CheckpointException($"{path}: the state of the run could not be read ({e.Message}). Delete this checkpoint's folder to go on from the one before.", e);
        }
    }

    internal static IEnumerable<string> All(string checkpoints) => !Directory.Exists(checkpoints)
        ? []
        : Directory.GetDirectories(checkpoints, FolderPrefix + "*").Where(folder => File.Exists(Path.Combine(folder, StateFile))).Order(StringComparer.Ordinal);
}
