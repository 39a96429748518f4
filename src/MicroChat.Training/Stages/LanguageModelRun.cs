using MicroChat.Kernels;
using MicroChat.Model.Decoding;

namespace MicroChat.Training.Stages;

/// <summary>What a run reports while it goes.</summary>
public interface IRunObserver
{
    /// <summary>After every update.</summary>
    public void Stepped(StepReport report);

    /// <summary>After a validation: the results by source, and the replies to the sample prompts.</summary>
    public void Validated(long step, IReadOnlyDictionary<string, ValidationResult> results, IReadOnlyList<SampleReply> samples);

    /// <summary>After a checkpoint was written.</summary>
    public void Saved(long step, string folder);
}

/// <summary>One sample of what the model says.</summary>
/// <param name="Prompt">What it was told.</param>
/// <param name="Reply">What it answered.</param>
public sealed record SampleReply(string Prompt, string Reply);

/// <summary>
/// A run of <see cref="LanguageModelTrainer"/> in a folder: goes on from the newest checkpoint, validates, samples, saves,
/// and stops between two updates when it is asked to, saving first.
/// </summary>
public sealed class LanguageModelRun : IDisposable
{
    private const long ValidationTokens = 40_000;

    private readonly IComputeBackend _backend;
    private readonly ITrainableDecoder _decoder;
    private readonly LanguageModelTrainer _trainer;
    private readonly LanguageModelOptions _options;
    private readonly IReadOnlyList<PreparedSource> _sources;
    private readonly Func<ParameterBlock, Crew, IReadOnlyList<SampleReply>> _sample;
    private readonly Action<string> _writeAssets;
    private readonly Crew _crew;
    private readonly string _checkpoints;

    /// <summary>A run over prepared data; everything stays the caller's.</summary>
    /// <param name="folder">The run's folder; checkpoints lie in "checkpoints" below it.</param>
    /// <param name="weights">Where to begin; replaced by the newest checkpoint's when there is one.</param>
    /// <param name="crew">Threads.</param>
    /// <param name="sources">The mixture.</param>
    /// <param name="seed">Seed of the shuffle.</param>
    /// <param name="options">How to train.</param>
    /// <param name="sample">Makes sample replies with given weights.</param>
    /// <param name="writeAssets">Writes tokenizer and template into a model folder.</param>
    public LanguageModelRun(
        string folder, ParameterBlock weights, Crew crew, IReadOnlyList<PreparedSource> sources, ulong seed, LanguageModelOptions options,
        Func<ParameterBlock, Crew, IReadOnlyList<SampleReply>> sample, Action<string> writeAssets)
    {
        _backend = ComputeBackends.New(crew);
        _decoder = _backend.NewTrainable(weights, frozen: false, recompute: false);
        var source = new ShardSource([.. sources.Select(s => new Data.BatchSource(s.Training, s.Source.Weight, s.Source.Epochs))], seed, options.MicroBatchTokens);
        _trainer = new LanguageModelTrainer(_decoder, source, options);
        (_options, _sources, _sample, _writeAssets, _crew) = (options, sources, sample, writeAssets, crew);
        _checkpoints = TrainingCheckpoint.Checkpoints(folder);
        if (TrainingCheckpoint.Newest(_checkpoints) is { } newest)
        {
            _trainer.Resume(TrainingCheckpoint.Restore(newest, _decoder));
        }
    }

    /// <summary>Updates made so far; above 0 when the run goes on from a checkpoint.</summary>
    public long Step => _trainer.Step;

    /// <summary>Runs until the last update or until <paramref name="stop"/>; the state is saved in both cases.</summary>
    /// <returns>Whether all updates were made.</returns>
    public bool Run(IRunObserver observer, CancellationToken stop)
    {
        while (_trainer.Step < _options.Steps && !stop.IsCancellationRequested)
        {
            StepReport report = _trainer.RunStep();
            observer.Stepped(report);
            bool last = report.Step == _options.Steps;
            if (last || IsDue(report.Step, _options.ValidateEvery))
            {
                _decoder.ReadBack();
                observer.Validated(report.Step, Validate(), _sample(_decoder.Weights, _crew));
            }
            if (last || stop.IsCancellationRequested || IsDue(report.Step, _options.CheckpointEvery))
            {
                TrainingCheckpoint.Save(_checkpoints, _decoder, _trainer.State, _options.KeepCheckpoints, _writeAssets);
                observer.Saved(report.Step, TrainingCheckpoint.Folder(_checkpoints, report.Step));
            }
        }
        return _trainer.Step >= _options.Steps;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _decoder.Dispose();
        _backend.Dispose();
    }

    private static bool IsDue(long step, long every) => every > 0 && step % every == 0;

    private Dictionary<string, ValidationResult> Validate() => _sources
        .Where(source => source.HeldOut is not null)
        .ToDictionary(source => source.Source.Name, source => Validation.Run(_decoder, source.HeldOut!, _options.MicroBatchTokens, ValidationTokens));
}
