using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Stages;

/// <summary>Direct preference optimisation and its relatives: a policy learns from pairs without a reward model.</summary>
public sealed record DpoOptions
{
    /// <summary>The model to begin with, which is the reference.</summary>
    public required string Model { get; init; }

    /// <summary>Files of pairs or rankings.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>Folder of the run.</summary>
    public required string OutFolder { get; init; }

    /// <summary>How to train; an item is a pair.</summary>
    public PreferenceTrainingOptions Training { get; init; } = new() { LearningRate = 1e-4 };

    /// <summary>How the data are cut and parted.</summary>
    public PreferenceRowOptions Rows { get; init; } = new();

    /// <summary>The loss.</summary>
    public DirectPreferenceOptions Loss { get; init; } = new();

    /// <summary>Seed of adapter and order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => [.. Training.Validate(), .. Rows.Validate(), .. Loss.Validate()];
}

/// <summary>The stage.</summary>
public static class Dpo
{
    /// <summary>Trains, or goes on where the run in the folder stopped.</summary>
    /// <exception cref="TrainingException">The options are wrong, or the data are too few or hold no pairs.</exception>
    public static StageResult Run(DpoOptions options, StageContext context, CancellationToken stop)
    {
        PreferenceStage.Require(options.Validate());
        ModelText text = PreferenceStage.Text(options.Model, context.Time);
        PreferenceFiles files = PreferenceFiles.Read(options.Data);
        if (files.Ratings.Count > 0)
        {
            throw new TrainingException($"{files.Ratings.Count} thumbs on single replies are among the data; DPO learns from pairs. Train on them with: microchat train kto.");
        }
        PreferenceRows rows = PreferenceRows.Of(files, PreferenceRows.EncoderOf(text), PreferenceStage.Fit(options.Rows, text));
        DpoPair[] training = Pairs(rows.Groups), heldOut = Pairs(rows.HeldOutGroups);
        return new PolicyStage
        {
            Title = $"Direct preference optimisation ({options.Loss.Loss})", Model = options.Model, OutFolder = options.OutFolder, Training = options.Training,
            Seed = options.Seed, Options = options, Text = text, Files = files, Notes = [.. files.Notes, .. rows.Notes],
            LongestItem = training.Max(pair => pair.Tokens), NewTask = model => new DpoTask(model, training, heldOut, options),
        }.Run(context, stop);
    }

    /// <summary>The comparisons, those that contradict each other as their majority says.</summary>
    private static DpoPair[] Pairs(IEnumerable<EncodedGroup> groups) => [.. groups
        .SelectMany(group => group.Comparisons.Select(pair => new DpoPair(group.Replies[pair.Better], group.Replies[pair.Worse]) { Weight = pair.Weight }))];
}
