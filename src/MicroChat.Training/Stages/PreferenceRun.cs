using System.Globalization;
using MicroChat.Training.Data;

namespace MicroChat.Training.Stages;

/// <summary>What one update learned from.</summary>
/// <param name="Tokens">Tokens read, those of extra passes included.</param>
/// <param name="Values">Metrics; the loss is among them.</param>
internal sealed record PreferenceUpdate(int Tokens, IReadOnlyDictionary<string, double> Values);

/// <summary>What reward models and policies differ in.</summary>
internal interface IPreferenceTask
{
    /// <summary>Items to learn from.</summary>
    public int Items { get; }

    /// <summary>Adds the gradients of an update's items; what it returns does not depend on how they are cut into micro-batches.</summary>
    public PreferenceUpdate Accumulate(IReadOnlyList<int> items);

    /// <summary>Held-out metrics, and a sentence about them.</summary>
    /// <param name="limit">Held-out items at most; the same ones every time.</param>
    public (IReadOnlyDictionary<string, double> Values, string Note) Validate(int limit);

    /// <summary>After the last update, before it is saved.</summary>
    public void Complete();

    /// <summary>State beside weights, moments and the place in the data; null: none.</summary>
    public string? SaveState();

    /// <summary>Restores what <see cref="SaveState"/> gave.</summary>
    public void RestoreState(string state);
}

/// <summary>
/// Updates from judged replies in a folder: goes on from the newest checkpoint, validates, saves, and stops between two updates when it is asked to.
/// The order of the items is a function of the seed, so the number of updates is the whole place in the data.
/// </summary>
internal sealed class PreferenceRun
{
    /// <summary>Held-out items of a validation on the way; the last one takes all.</summary>
    private const int ItemsOnTheWay = 100;

    /// <summary>Updates in a row whose gradient was not finite before the run is stopped.</summary>
    private const int ToleratedBadSteps = 3;

    private readonly string _checkpoints;
    private readonly TunedModel _model;
    private readonly IPreferenceTask _task;
    private readonly PreferenceTrainingOptions _options;
    private readonly LearningRateSchedule _schedule;
    private readonly ulong _seed;
    private readonly ModelText _text;
    private long _tokens;
    private int _badSteps;

    public PreferenceRun(string folder, TunedModel model, IPreferenceTask task, PreferenceTrainingOptions options, int seed, ModelText text)
    {
        (_checkpoints, _model, _task, _options, _seed, _text) = (TrainingCheckpoint.Checkpoints(folder), model, task, options, (ulong)seed, text);
        Steps = options.Steps(task.Items);
        _schedule = options.Schedule(Steps);
        if (TrainingCheckpoint.Newest(_checkpoints) is { } newest)
        {
            Restore(newest);
        }
    }

    /// <summary>Updates of the whole run.</summary>
    public long Steps { get; }

    /// <summary>Updates made so far; above 0 when the run goes on from a checkpoint.</summary>
    public long Step { get; private set; }

    /// <summary>Runs until the last update or until <paramref name="stop"/>; the state is saved in both cases.</summary>
    /// <returns>Whether all updates were made.</returns>
    public bool Run(RunReporter reporter, CancellationToken stop)
    {
        if (Step == 0)
        {
            Validate(reporter);
        }
        while (Step < Steps && !stop.IsCancellationRequested)
        {
            Update(reporter);
            bool last = Step == Steps;
            if (last)
            {
                _task.Complete();
            }
            if (last || IsDue(_options.ValidateEvery))
            {
                Validate(reporter);
            }
            if (last || stop.IsCancellationRequested || IsDue(_options.CheckpointEvery))
            {
                reporter.Saved(Step, Save());
            }
        }
        return Step >= Steps;
    }

    private bool IsDue(long every) => every > 0 && Step % every == 0;

    private void Update(RunReporter reporter)
    {
        PreferenceUpdate update = _task.Accumulate(ItemsOf(Step));
        double rate = _schedule.At(Step + 1), norm = _model.Decoder.Step((float)rate, _options.Optimizer);
        _badSteps = double.IsFinite(norm) ? 0 : _badSteps + 1;
        if (_badSteps >= ToleratedBadSteps)
        {
            throw new TrainingException(
                $"The gradient norm was {norm} in {_badSteps} updates in a row, up to update {Step + 1}; it must be a number. "
                + "Nothing was updated by them. Resume from the last checkpoint with a lower learning rate.");
        }
        Step++;
        _tokens += update.Tokens;
        reporter.Stepped(new StepReport(Step, _tokens, update.Values[Reports.Metrics.Loss], norm, rate, update.Tokens), update.Values);
    }

    private void Validate(RunReporter reporter)
    {
        (IReadOnlyDictionary<string, double> values, string note) = _task.Validate(Step == Steps ? int.MaxValue : ItemsOnTheWay);
        reporter.Measured(Step, values, note);
    }

    private int[] ItemsOf(long step)
    {
        int[] items = new int[Math.Min(_options.ItemsPerStep, _task.Items)];
        for (int i = 0; i < items.Length; i++)
        {
            (long epoch, long place) = Math.DivRem((step * items.Length) + i, _task.Items);
            items[i] = (int)new SeededPermutation(SeededPermutation.Mix(_seed) + (ulong)epoch, _task.Items)[place];
        }
        return items;
    }

    private string Save()
    {
        var state = new TrainingState(Step, _model.Decoder.Steps, _tokens, _task.Items.ToString(CultureInfo.InvariantCulture)) { Extra = _task.SaveState() };
        TrainingCheckpoint.Save(_checkpoints, state, _model.Moments, _options.KeepCheckpoints, folder => _model.Write(folder, _text));
        return TrainingCheckpoint.Folder(_checkpoints, Step);
    }

    private void Restore(string folder)
    {
        TrainingState state = TrainingCheckpoint.RestoreMoments(folder, _model.Moments);
        _model.Decoder.Reload();
        if (state.Place != _task.Items.ToString(CultureInfo.InvariantCulture))
        {
            throw new TrainingException(
                $"{folder}: the run learned from {state.Place} items, and now there are {_task.Items}; it can only go on with the same data and options. Name them again, or another folder with --out.");
        }
        (Step, _tokens) = (state.Step, state.Tokens);
        if (state.Extra is not null)
        {
            _task.RestoreState(state.Extra);
        }
    }
}
