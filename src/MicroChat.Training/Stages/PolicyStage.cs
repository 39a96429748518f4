using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>A policy that learns from judged replies without a reward model: the run of DPO and KTO, which differ in their rows and their loss.</summary>
internal sealed record PolicyStage
{
    public required string Title { get; init; }

    public required string Model { get; init; }

    public required string OutFolder { get; init; }

    public required PreferenceTrainingOptions Training { get; init; }

    public required int Seed { get; init; }

    /// <summary>All options, for the report.</summary>
    public required object Options { get; init; }

    public required ModelText Text { get; init; }

    public required PreferenceFiles Files { get; init; }

    /// <summary>What was read, a sentence a line.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Most tokens of a pass that can't be cut.</summary>
    public required int LongestItem { get; init; }

    public required Func<TunedModel, IPreferenceTask> NewTask { get; init; }

    public StageResult Run(StageContext context, CancellationToken stop)
    {
        string checkpoints = TrainingCheckpoint.Checkpoints(OutFolder);
        var plan = new TuningPlan(Model, TrainingCheckpoint.Newest(checkpoints), Training.Adapter, Scored: false, Training.Recompute, Seed);
        PreferenceStage.Announce(context, Notes, plan, Training, LongestItem);
        return StageRun.InFolder(OutFolder, () => Train(plan, checkpoints, context, stop));
    }

    private StageResult Train(TuningPlan plan, string checkpoints, StageContext context, CancellationToken stop)
    {
        using var crew = new Crew(context.Threads);
        using var model = new TunedModel(plan, crew);
        IPreferenceTask task = NewTask(model);
        var run = new PreferenceRun(OutFolder, model, task, Training, Seed, Text);
        using var reporter = new RunReporter(OutFolder, PreferenceStage.Facts(Title, Model, OutFolder, context, Files, Options), context, run.Step, run.Steps);
        IReadOnlyList<SampleReply> before = SampleBase(crew);
        bool complete = run.Run(reporter, stop);
        using ParameterBlock merged = model.Merged();
        string report = reporter.Finish(before, Text.Sample(merged, crew));
        return new StageResult(TrainingCheckpoint.Newest(checkpoints), report, complete);
    }

    private IReadOnlyList<SampleReply> SampleBase(Crew crew)
    {
        using ParameterBlock weights = WeightFiles.Load(Model, DecoderConfigReader.Read(Model));
        return Text.Sample(weights, crew);
    }
}
