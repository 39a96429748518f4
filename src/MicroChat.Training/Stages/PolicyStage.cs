using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>A policy that learns from judged replies without a reward model: the run of DPO and KTO, which differ in their rows and their loss.</summary>
internal sealed record PolicyStage
{
    public required string Title { get; init; }

    /// <summary>Options, text and data.</summary>
    public required PolicyInput Input { get; init; }

    /// <summary>What was read, a sentence a line.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What is learned from.</summary>
    public required IReadOnlyList<IPolicyItem> Items { get; init; }

    public required Func<TunedModel, IPreferenceTask> NewTask { get; init; }

    private PolicyOptions Options => Input.Options;

    public StageResult Run(StageContext context, CancellationToken stop)
    {
        string? newest = TrainingCheckpoint.Newest(TrainingCheckpoint.Checkpoints(Options.OutFolder));
        var plan = new TuningPlan(Options.Model, newest, Options.Training.Adapter, Scored: false, Options.Training.Recompute, Options.Seed);
        PreferenceStage.Announce(context, Notes, plan, Options.Training, Items.Max(item => item.Tokens));
        return StageRun.InFolder(Options.OutFolder, () => Train(plan, context, stop));
    }

    private StageResult Train(TuningPlan plan, StageContext context, CancellationToken stop)
    {
        using var crew = new Crew(context.Threads);
        using var model = new TunedModel(plan, crew);
        using TextMix? text = Options.Supervised is { } mix ? TextMix.Open(Mixed(mix), Input.Text, stop) : null;
        IPreferenceTask judged = NewTask(model), task = text is null ? judged : new MixedTask(judged, model, text.Source, Options.Supervised!.Coefficient);
        var run = new PreferenceRun(Options.OutFolder, model, task, Options.Training, Options.Seed, Input.Text);
        RunReportData facts = PreferenceStage.Facts(Title, Options.Model, Options.OutFolder, context, Input.Files, Options);
        using var reporter = new RunReporter(Options.OutFolder, facts, context, run.Step, run.Steps);
        IReadOnlyList<SampleReply> before = SampleBase(crew);
        bool complete = run.Run(reporter, stop);
        using ParameterBlock merged = model.Merged();
        string report = reporter.Finish(before, Input.Text.Sample(merged, crew));
        return new StageResult(TrainingCheckpoint.Newest(TrainingCheckpoint.Checkpoints(Options.OutFolder)), report, complete);
    }

    private TextMixPlan Mixed(SupervisedMixOptions mix) => new(
        mix.Recipe, mix.DataFolder, Path.Combine(Options.OutFolder, TextMixPlan.Shards), LossOn.Assistant, Input.RowOptions.Set.MaxRowTokens, mix.TokensPerStep, Options.Seed);

    private IReadOnlyList<SampleReply> SampleBase(Crew crew)
    {
        using ParameterBlock weights = WeightFiles.Load(Options.Model, DecoderConfigReader.Read(Options.Model));
        return Input.Text.Sample(weights, crew);
    }
}
