using MicroChat.Training.Data;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Stages;

/// <summary>A policy that learns from judged replies without a reward model.</summary>
public abstract record PolicyOptions
{
    /// <summary>The model to begin with, which is the reference.</summary>
    public required string Model { get; init; }

    /// <summary>Files of judged replies.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>Folder of the run.</summary>
    public required string OutFolder { get; init; }

    /// <summary>How to train; an item is a pair, or a reply with its thumb.</summary>
    public PreferenceTrainingOptions Training { get; init; } = new() { LearningRate = 1e-4 };

    /// <summary>How the data are cut and parted.</summary>
    public PreferenceRowOptions Rows { get; init; } = new();

    /// <summary>Supervised text in every update; null: none.</summary>
    public SupervisedMixOptions? Supervised { get; init; }

    /// <summary>Seed of adapter and order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => [.. Training.Validate(), .. Rows.Validate(), .. Supervised?.Validate() ?? [], .. LossFaults()];

    /// <summary>What is wrong with the options of the loss.</summary>
    protected abstract IEnumerable<string> LossFaults();
}

/// <summary>What such a stage begins with: options that were checked, the model's tokenizer and template, and the judged replies.</summary>
internal sealed record PolicyInput(PolicyOptions Options, ModelText Text, PreferenceFiles Files)
{
    /// <summary>How the data are cut and parted, no longer than the model's context.</summary>
    public PreferenceRowOptions RowOptions => PreferenceStage.Fit(Options.Rows, Text);

    /// <exception cref="TrainingException">The options are wrong.</exception>
    /// <exception cref="DatasetException">A file can't be used.</exception>
    public static PolicyInput Read(PolicyOptions options, TimeProvider time)
    {
        PreferenceStage.Require(options.Validate());
        return new PolicyInput(options, PreferenceStage.Text(options.Model, time), PreferenceFiles.Read(options.Data));
    }

    /// <summary>The judged replies as rows.</summary>
    /// <exception cref="TrainingException">Too little is left, or all of it says the same.</exception>
    public PreferenceRows Encode() => PreferenceRows.Of(Files, PreferenceRows.EncoderOf(Text), RowOptions);
}
