using MicroChat.Training.Stages;

namespace MicroChat.Cycles;

/// <summary>Where the parts of a cycle lie.</summary>
/// <param name="Folder">The cycle's folder.</param>
internal sealed record CyclePaths(string Folder)
{
    public const string Thumbs = "thumbs.jsonl", Pairs = "pairs.jsonl", HeldOutThumbs = "held-out-thumbs.jsonl", HeldOutPairs = "held-out-pairs.jsonl",
        Prompts = "prompts.jsonl", HeldOutPrompts = "held-out-prompts.jsonl", Counts = "counts.json";

    /// <summary>The export of the feedback store.</summary>
    public string Snapshot => Path.Combine(Folder, "snapshot");

    /// <summary>The snapshot's files with their hashes.</summary>
    public string SnapshotFiles => Path.Combine(Folder, "snapshot.json");

    /// <summary>The snapshot's rows as the trainer reads them.</summary>
    public string Data => Path.Combine(Folder, "data");

    public string Policy => Path.Combine(Folder, CycleStages.Policy);

    public string Evaluation => Path.Combine(Folder, "evaluation.json");

    public string Gates => Path.Combine(Folder, "gates.json");

    public string Report => Path.Combine(Folder, RunReporter.ReportFile);

    /// <summary>The candidate's folder before the registry takes it.</summary>
    public string Staged => Path.Combine(Folder, "staged");

    /// <summary>The folder of a stage.</summary>
    public string Of(string stage) => Path.Combine(Folder, stage);

    public string DataFile(string name) => Path.Combine(Data, name);

    /// <summary>The model that a finished run left.</summary>
    public static string ModelOf(string run) => TrainingCheckpoint.Newest(TrainingCheckpoint.Checkpoints(run))
        ?? throw new Model.Checkpoints.CheckpointException($"{run} has no checkpoint, though its stage is done. Delete the cycle's folder and begin anew; the feedback and the models are not touched.");
}
