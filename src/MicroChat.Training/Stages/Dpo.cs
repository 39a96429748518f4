using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Stages;

/// <summary>Direct preference optimisation and its relatives: a policy learns from pairs without a reward model.</summary>
public sealed record DpoOptions : PolicyOptions
{
    /// <summary>The loss.</summary>
    public DirectPreferenceOptions Loss { get; init; } = new();

    /// <inheritdoc/>
    protected override IEnumerable<string> LossFaults() => Loss.Validate();
}

/// <summary>The stage.</summary>
public static class Dpo
{
    /// <summary>Trains, or goes on where the run in the folder stopped.</summary>
    /// <exception cref="TrainingException">The options are wrong, or the data are too few or hold no pairs.</exception>
    public static StageResult Run(DpoOptions options, StageContext context, CancellationToken stop)
    {
        var input = PolicyInput.Read(options, context.Time);
        if (input.Files.Ratings.Count > 0)
        {
            throw new TrainingException($"{input.Files.Ratings.Count} thumbs on single replies are among the data; DPO learns from pairs. Train on them with: microchat train kto.");
        }
        PreferenceRows rows = input.Encode();
        DpoPair[] training = Pairs(rows.Groups), heldOut = Pairs(rows.HeldOutGroups);
        return new PolicyStage
        {
            Title = $"Direct preference optimisation ({options.Loss.Loss})", Input = input, Notes = [.. input.Files.Notes, .. rows.Notes], Items = training,
            NewTask = model => new DpoTask(model, training, heldOut, options),
        }.Run(context, stop);
    }

    /// <summary>The comparisons, those that contradict each other as their majority says.</summary>
    private static DpoPair[] Pairs(IEnumerable<EncodedGroup> groups) => [.. groups
        .SelectMany(group => group.Comparisons.Select(pair => new DpoPair(group.Replies[pair.Better], group.Replies[pair.Worse]) { Weight = pair.Weight }))];
}
