using System.Globalization;
using MicroChat.Chat.Registry;
using MicroChat.Feedback;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Options;
using MicroChat.Training;
using MicroChat.Training.Data;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Stages;

namespace MicroChat.Cycles;

/// <summary>What each stage of a cycle does; every part may be called again after a kill and then goes on or begins again.</summary>
internal sealed class CycleWork(CyclePlan plan, StageContext context, CycleJournal journal)
{
    private const int Resamples = 2_000;

    private readonly CycleStageOptions _options = new(plan, journal.Paths, journal.State.BaseGeneration);
    private CyclePaths Paths => journal.Paths;

    private ModelGeneration Base => plan.Registry.Get(journal.State.BaseGeneration);

    /// <summary>What the snapshot has to learn from.</summary>
    public CycleCounts Counts => CycleFile.Read<CycleCounts>(Paths.DataFile(CyclePaths.Counts))
        ?? throw new CheckpointException($"{Paths.DataFile(CyclePaths.Counts)} is missing, though the snapshot was exported. Delete the cycle's folder and begin anew.");

    /// <summary>Exports the feedback, checks it, and makes the trainer's files.</summary>
    public async Task<string> ExportAsync(CancellationToken stop)
    {
        Delete(Paths.Snapshot);                     // of a cycle that was killed before its files were made
        SnapshotManifest manifest = await plan.Export(Paths.Snapshot, stop);
        IReadOnlyList<SnapshotFile> files = [.. manifest.Files, manifest.Trust];
        CycleRows.Verify(Paths.Snapshot, files);
        CycleFile.Write(Paths.SnapshotFiles, files);
        CycleCounts counts = CycleRows.Write(
            Paths.Snapshot, files, Datasets.Prompts(plan.Inputs.Prompts, new DatasetOptions(), new RowReport()).Select(prompt => prompt.Turns), plan.Options, Paths.Data);
        journal.Change(state => state with { Data = DataOf(manifest, counts) });
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{counts.Ups} thumbs up, {counts.Downs} down and {counts.Pairs} pairs of {counts.Persons} persons; {counts.HeldOut} votes held out; {counts.Prompts} prompts to answer and {counts.HeldOutPrompts} held out; {manifest.Deletions.Count} deletions since the last snapshot");
    }

    /// <summary>Why what was exported must not be learned from any more; null: it may. Exports again, to see what is still there and still allowed.</summary>
    public async Task<string?> IsOutdatedAsync(CancellationToken stop)
    {
        SnapshotFile[] files = CycleFile.Read<SnapshotFile[]>(Paths.SnapshotFiles)
            ?? throw new CheckpointException($"{Paths.SnapshotFiles} is missing. Delete the cycle's folder and begin anew.");
        RequireSame(journal.State.Data!.ManifestSha256, Path.Combine(Paths.Snapshot, SnapshotManifest.FileName));
        CycleRows.Verify(Paths.Snapshot, files);
        string now = Paths.Snapshot + "-now";
        Delete(now);
        try
        {
            HashSet<Guid> before = CycleRows.Ids(Paths.Snapshot, files);
            before.ExceptWith(CycleRows.Ids(now, (await plan.Export(now, stop)).Files));
            return before.Count == 0 ? null
                : string.Create(CultureInfo.InvariantCulture, $"{before.Count} rows of the snapshot were deleted, taken back or are no longer consented to: it is exported anew, and all that was learned from it is thrown away.");
        }
        finally
        {
            Delete(now);
        }
    }

    /// <summary>Removes everything that was made from the snapshot.</summary>
    public void Forget()
    {
        foreach (string folder in Directory.EnumerateDirectories(Paths.Folder).ToArray())
        {
            Delete(folder);
        }
        foreach (string file in (string[])[Paths.Evaluation, Paths.Gates, Paths.Report])
        {
            File.Delete(file);
        }
    }

    /// <summary>Trains one reward model with its controls.</summary>
    public string Reward(string stage, CancellationToken stop)
    {
        Complete(Learned(() => Training.Stages.Reward.Run(_options.Reward(stage, Counts), context, stop), $"{stage}: "), stop);
        RewardFigures figures = SummaryOf(stage).Main;
        string control = SummaryOf(stage).Control is { } shuffled ? Text($", labels drawn by lot {shuffled.Accuracy:0.000}") : "";
        return Text($"{figures.Accuracy:0.000} of {figures.Pairs} held-out pairs in the right order; a rule of length alone {figures.LengthOnly:0.000}{control}");
    }

    /// <summary>What the optimised reward models are worth.</summary>
    public IReadOnlyList<RewardSummary> RewardSummaries() => [.. _options.Ensemble.Select(SummaryOf)];

    /// <summary>Trains the policy.</summary>
    public string Policy(CycleMethodName method, CancellationToken stop)
    {
        try
        {
            Complete(
                method switch
                {
                    CycleMethodName.Kto => Kto.Run(_options.Kto(Counts), context, stop),
                    CycleMethodName.Dpo => Dpo.Run(_options.Dpo(), context, stop),
                    CycleMethodName.BestOfN => Training.Stages.BestOfN.Run(_options.BestOfN(), context, stop),
                    _ => PpoStage.Run(_options.Ppo(), context, stop),
                }, stop);
            return "learned to the end";
        }
        catch (TrainingException e) when (e.InnerException is null)
        {
            bool stopped = File.Exists(Path.Combine(Paths.Policy, PpoStage.StoppedFile));
            return stopped && TrainingCheckpoint.Newest(TrainingCheckpoint.Checkpoints(Paths.Policy)) is not null
                ? $"stopped early by a guard; the last good checkpoint is the candidate. {e.Message}" : throw new NoCandidateException($"The policy did not learn: {e.Message}");
        }
    }

    /// <summary>Measures the candidate beside the live model.</summary>
    public string Evaluate(CancellationToken stop)
    {
        CandidateObservations seen = CandidateEvaluation.Run(_options.Evaluation(Base.Folder, CyclePaths.ModelOf(Paths.Policy)), context, stop);
        CycleFile.Write(Paths.Evaluation, CandidateMeasures.Of(seen, plan.Options.Gates.LengthMatch, Resamples, plan.Options.Seed));
        return Text($"{seen.Candidate.Count} replies of each model, {seen.Refusals.Count} safety probes, {seen.Flattery.Count} probes of flattery, {seen.Losses.Count} sources of text");
    }

    /// <summary>Adds the candidate to the registry, once.</summary>
    /// <returns>Its generation.</returns>
    public int AddCandidate()
    {
        string mark = $"cycle {journal.State.Id}:";
        if (plan.Registry.List().FirstOrDefault(generation => generation.Card.LearnedFrom.StartsWith(mark, StringComparison.Ordinal)) is { } added)
        {
            return added.Card.Generation;           // killed between the registry's rename and cycle.json
        }
        string model = CyclePaths.ModelOf(Paths.Policy), words = $"{mark} {LearnedFrom()}";
        Dictionary<string, double> results = journal.State.Gates.Where(gate => gate.Value is not null).ToDictionary(gate => gate.Name.Replace('-', '_'), gate => gate.Value!.Value);
        using ParameterBlock weights = WeightFiles.Load(model, DecoderConfigReader.Read(model));
        ModelExport.Write(model, Paths.Staged, weights, TensorType.F32);
        try
        {
            return plan.Registry.Add(Paths.Staged, journal.State.BaseGeneration, words, results).Card.Generation;
        }
        catch (CheckpointException) when (Directory.Exists(Paths.Staged))
        {
            string beside = Path.Combine(plan.Registry.Get(0).Folder, $".staged-{journal.State.Id}");   // the registry lies on another file system
            ModelExport.Write(model, beside, weights, TensorType.F32);
            int generation = plan.Registry.Add(beside, journal.State.BaseGeneration, words, results).Card.Generation;
            Delete(Paths.Staged);
            return generation;
        }
    }

    /// <summary>The verdict on a candidate that was added.</summary>
    public string VerdictWords(int generation)
    {
        GateResult[] failed = [.. journal.State.Gates.Where(gate => !gate.Passed)];
        string gates = failed.Length == 0 ? "It passed every gate." : $"Gates are not enforced (Training:Cycle:Gates:Enforced); it failed {string.Join(", ", failed.Select(gate => gate.Name))}.";
        return Text($"Generation {generation} is a candidate: learned by {journal.State.Method!.Name} from {Counts.Votes} votes. {gates}");
    }

    /// <summary>Writes report.html.</summary>
    public void Report() => CycleReport.Write(journal.State, Paths, Base.Folder, context.Time.GetUtcNow());

    private string LearnedFrom()
    {
        CycleData data = journal.State.Data!;
        string basis = string.Join(", ", data.ConsentBasis.Select(one => Text($"{one.Key} {one.Value}")));
        return Text($"{data.Thumbs} thumbs and {data.Pairs} pairs of {data.Persons} persons, by {journal.State.Method!.Name}; exchanges by consent: {(basis.Length == 0 ? "none" : basis)}; snapshot {data.Snapshot}, SHA-256 of its manifest {data.ManifestSha256}");
    }

    private CycleData DataOf(SnapshotManifest manifest, CycleCounts counts) => new()
    {
        Snapshot = manifest.Id.ToString(), ManifestSha256 = CycleRows.Sha256(Path.Combine(Paths.Snapshot, SnapshotManifest.FileName)), Thumbs = counts.Ups + counts.Downs, Pairs = counts.Pairs,
        HeldOut = counts.HeldOut, Persons = counts.Persons, ConsentBasis = manifest.ConsentBasis, Deletions = manifest.Deletions.Count, Notes = manifest.Notes,
    };

    private static void RequireSame(string sha256, string path)
    {
        string found = File.Exists(path) ? CycleRows.Sha256(path) : "missing";
        if (found != sha256)
        {
            throw new CheckpointException($"{path} is not the manifest that was exported: its SHA-256 is {found}, and must be {sha256}. Delete the cycle's folder and begin anew; nothing is learned from changed data.");
        }
    }

    private RewardSummary SummaryOf(string stage) => RewardSummary.Load(Paths.Of(stage)) ?? throw new TrainingException($"{Paths.Of(stage)} has no {RewardSummary.FileName}. Run the same command again.");

    /// <summary>Data that a stage refuses make no candidate; everything else is an error.</summary>
    private static StageResult Learned(Func<StageResult> run, string what)
    {
        try
        {
            return run();
        }
        catch (TrainingException e) when (e.InnerException is null)
        {
            throw new NoCandidateException($"{what}{e.Message}");
        }
    }

    private static void Complete(StageResult result, CancellationToken stop)
    {
        if (!result.Complete)
        {
            throw new OperationCanceledException(stop);
        }
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
