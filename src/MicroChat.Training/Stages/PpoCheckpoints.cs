using System.Text.Json;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;

namespace MicroChat.Training.Stages;

/// <summary>
/// The checkpoints of a run of PPO: each a complete model folder that can serve (the adapter merged in), with the adapter by itself, the value head,
/// all moments and the place of the run, from which it goes on to the bit. A checkpoint is good when the guards have passed on replies of its policy.
/// </summary>
/// <param name="runFolder">Folder of the run.</param>
/// <param name="roles">What is saved and restored.</param>
/// <param name="text">Tokenizer and template.</param>
/// <param name="baseName">Name or path of the model that the run began with.</param>
/// <param name="keep">How many of the newest are kept; the last good one is kept besides.</param>
/// <param name="crew">Threads.</param>
public sealed class PpoCheckpoints(string runFolder, PpoRoles roles, ModelText text, string baseName, int keep, Crew crew)
{
    private const string AdapterFolder = "adapter";
    private const string ValueFile = "value_head.safetensors";
    private const string GoodFile = "good_checkpoint.json";

    private readonly string _checkpoints = TrainingCheckpoint.Checkpoints(runFolder);

    /// <summary>The newest one, or null.</summary>
    public string? Newest => TrainingCheckpoint.Newest(_checkpoints);

    /// <summary>The newest one on whose policy the guards have passed, or null.</summary>
    public string? Good => GoodStep() is { } step && Directory.Exists(TrainingCheckpoint.Folder(_checkpoints, step)) ? TrainingCheckpoint.Folder(_checkpoints, step) : null;

    /// <summary>Writes a checkpoint, whole or not at all, and removes old ones.</summary>
    /// <returns>Its folder.</returns>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public string Save(PpoState state)
    {
        roles.Policy.ReadBack();
        var place = new TrainingState(state.Step, roles.PolicyOptimizer.Steps, state.Tokens, "") { Extra = JsonSerializer.Serialize(state) };
        TrainingCheckpoint.Save(_checkpoints, place, Moments, int.MaxValue, Write);
        foreach (string old in TrainingCheckpoint.All(_checkpoints).SkipLast(keep).Where(old => old != Good))
        {
            Directory.Delete(old, recursive: true);
        }
        return TrainingCheckpoint.Folder(_checkpoints, state.Step);
    }

    /// <summary>Restores weights, value head and moments to the bit.</summary>
    /// <returns>Where that run stood.</returns>
    /// <exception cref="CheckpointException">A file is missing or broken, or the run was made with another tokenizer, template or adapter.</exception>
    public PpoState Restore(string folder)
    {
        text.Fingerprint.Verify(folder);
        string policy = roles.Adapter is null ? Path.Combine(folder, WeightFiles.FileName) : Path.Combine(folder, AdapterFolder, AdapterFiles.FileName);
        if (!File.Exists(policy))
        {
            throw new CheckpointException($"{policy} is missing: the run in this folder trained {(roles.Adapter is null ? "an adapter" : "all weights")}. Give the same options as before, or another folder.");
        }
        WeightFiles.Restore(policy, "", roles.PolicyWeights);
        WeightFiles.Restore(Path.Combine(folder, ValueFile), "", roles.Value.Weights);
        TrainingState state = TrainingCheckpoint.RestoreMoments(folder, Moments);
        roles.Policy.Reload();
        return state.Extra is { } extra && JsonSerializer.Deserialize<PpoState>(extra) is { } place ? place
            : throw new CheckpointException($"{folder}: this is no checkpoint of PPO. Name another folder for the run.");
    }

    /// <summary>The guards have passed on replies of the policy after so many steps; without effect where it has no checkpoint.</summary>
    public void MarkGood(long step)
    {
        if (Directory.Exists(TrainingCheckpoint.Folder(_checkpoints, step)))
        {
            AtomicFile.WriteText(Path.Combine(runFolder, GoodFile), JsonSerializer.Serialize(step));
        }
    }

    /// <summary>Removes the checkpoints after the last good one: what remains newest can be used.</summary>
    public void DropAfterGood()
    {
        string? good = Good;
        foreach (string folder in TrainingCheckpoint.All(_checkpoints).ToArray().Where(folder => good is null || string.CompareOrdinal(folder, good) > 0))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private IEnumerable<(string Prefix, Optimizer Optimizer)> Moments => [("policy.", roles.PolicyOptimizer), ("value.", roles.Value.Training!.Optimizer)];

    private long? GoodStep()
    {
        string path = Path.Combine(runFolder, GoodFile);
        return File.Exists(path) && long.TryParse(File.ReadAllText(path), out long step) ? step : null;
    }

    private void Write(string folder)
    {
        if (roles.Adapter is null)
        {
            TrainingCheckpoint.WriteModel(folder, roles.Policy.Weights, TensorType.F32, text.WriteAssets);
        }
        else
        {
            using ParameterBlock merged = roles.Merged(crew);
            TrainingCheckpoint.WriteModel(folder, merged, TensorType.F32, text.WriteAssets);
            AdapterFiles.Save(Path.Combine(folder, AdapterFolder), roles.Adapter, head: null, baseName, text.Fingerprint);
        }
        WeightFiles.Save(Path.Combine(folder, ValueFile), [("", roles.Value.Weights)], TensorType.F32);
    }
}
