using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>How a stage ended.</summary>
/// <param name="Model">Folder of the newest checkpoint, a complete model; null when not even one update was made.</param>
/// <param name="Report">The report's page.</param>
/// <param name="Complete">Whether all updates were made; otherwise the same command goes on.</param>
public sealed record StageResult(string? Model, string Report, bool Complete);

/// <summary>What pretraining and fine-tuning have in common: data to shards, a run in a folder, a report.</summary>
internal sealed record LanguageModelStage
{
    public required string Title { get; init; }

    public required string DataFolder { get; init; }

    public required string Recipe { get; init; }

    public required string OutFolder { get; init; }

    public required string? BeganFrom { get; init; }

    public required LossOn LossOn { get; init; }

    public required int MaxRowTokens { get; init; }

    public required int Seed { get; init; }

    public required LanguageModelOptions Training { get; init; }

    public required ModelText Text { get; init; }

    public StageResult Run(ParameterBlock weights, StageContext context, CancellationToken stop)
    {
        if (Training.Validate() is { Count: > 0 } faults)
        {
            throw new TrainingException(string.Join(" ", faults));
        }
        DataRecipe recipe = DataRecipe.Load(Recipe, DataFolder);
        return StageRun.InFolder(OutFolder, () => Train(weights, recipe, context, stop));
    }

    private StageResult Train(ParameterBlock weights, DataRecipe recipe, StageContext context, CancellationToken stop)
    {
        List<PreparedSource> sources = Prepare(recipe, context, stop);
        try
        {
            return Train(weights, sources, context, stop);
        }
        finally
        {
            sources.ForEach(source => source.Dispose());
        }
    }

    private List<PreparedSource> Prepare(DataRecipe recipe, StageContext context, CancellationToken stop)
    {
        var preparation = new ShardPreparation(Text.Tokenizer, Text.Encode, Path.Combine(OutFolder, "shards"), LossOn, MaxRowTokens);
        var sources = new List<PreparedSource>();
        foreach (RecipeSource source in recipe.Sources)
        {
            sources.Add(preparation.Prepare(source, DataFolder, stop));
            context.Output.WriteLine($"{source.Name}: {sources[^1].Training.Counts.Rows:N0} rows, {sources[^1].Training.Counts.Tokens:N0} tokens");
        }
        return sources;
    }

    private StageResult Train(ParameterBlock weights, List<PreparedSource> sources, StageContext context, CancellationToken stop)
    {
        using var crew = new Crew(context.Threads);
        string checkpoints = TrainingCheckpoint.Checkpoints(OutFolder);
        IReadOnlyList<SampleReply> before = Text.Sample(weights, crew);
        using var run = new LanguageModelRun(OutFolder, weights, crew, sources, (ulong)Seed, Training, Text.Sample, Text.WriteAssets);
        using var reporter = new RunReporter(OutFolder, Facts(sources, context), context, run.Step, Training.Steps);
        bool complete = run.Run(reporter, stop);
        string report = reporter.Finish(before, Text.Sample(weights, crew));
        return new StageResult(TrainingCheckpoint.Newest(checkpoints), report, complete);
    }

    private RunReportData Facts(List<PreparedSource> sources, StageContext context) => new()
    {
        Title = Title,
        Command = context.Command,
        Started = context.Time.GetUtcNow(),
        BeganFrom = BeganFrom,
        Parent = BeganFrom is null ? null : RunManifest.Load(OutFolder)?.Parent ?? TrainingCheckpoint.Origin(BeganFrom),
        Options = Options(),
        Data = [.. sources.Select(s => new ReportDataSource(s.Source.File, s.Source.Licence, s.Source.Attribution, s.Source.Weight, s.Training.Counts.Rows, s.Provenance.Sha256))],
        Charts = [.. ReportChart.Standard, new ReportChart("Held-out bits per byte", [Metrics.BitsPerByte])],
    };

    private IReadOnlyList<KeyValuePair<string, string>> Options() =>
    [
        new("data", DataFolder),
        new("recipe", Recipe),
        new("loss on", LossOn.ToString()),
        new("row tokens", $"{MaxRowTokens}"),
        new("seed", $"{Seed}"),
        .. StageRun.Options(Training),
    ];
}
