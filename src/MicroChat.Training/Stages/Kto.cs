using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;

namespace MicroChat.Training.Stages;

/// <summary>How single thumbs move a policy.</summary>
public enum ThumbLoss
{
    /// <summary>KTO: replies are compared with the divergence on mismatched prompts.</summary>
    Kto,

    /// <summary>KTO whose reference point is 0: half the work, for a model that was fine-tuned on the liked replies.</summary>
    KtoZero,

    /// <summary>BCO: a classifier whose threshold is the running mean of all rewards.</summary>
    Bco,
}

/// <summary>
/// Kahneman–Tversky optimisation: a policy learns from single thumbs without a reward model; pairs and rankings count as a thumb for every reply
/// that won, or lost, more often than not.
/// </summary>
public sealed record KtoOptions : PolicyOptions
{
    /// <summary>Which loss.</summary>
    public ThumbLoss Loss { get; init; }

    /// <summary>β, and the weights of the two kinds.</summary>
    public KahnemanTverskyOptions Kto { get; init; } = new();

    /// <summary>Whether the larger kind is weighed down until both weigh the same; the weights of <see cref="Kto"/> are not used then.</summary>
    public bool Balanced { get; init; } = true;

    /// <inheritdoc/>
    protected override IEnumerable<string> LossFaults() => [.. Kto.Validate(), .. new OptionFaults().Check(Enum.IsDefined(Loss), nameof(Loss), Loss, "one of the named losses").All];
}

/// <summary>The stage.</summary>
public static class Kto
{
    /// <summary>Trains, or goes on where the run in the folder stopped.</summary>
    /// <exception cref="TrainingException">The options are wrong, or the data are too few or all of one kind.</exception>
    public static StageResult Run(KtoOptions options, StageContext context, CancellationToken stop)
    {
        var input = PolicyInput.Read(options, context.Time);
        PreferenceRows rows = input.Encode();
        KtoItem[] training = Items(rows.Thumbs, rows.Groups), heldOut = Items(rows.HeldOutThumbs, rows.HeldOutGroups);
        int ups = training.Count(item => item.Up), downs = training.Length - ups;
        if (ups == 0 || downs == 0)
        {
            throw new TrainingException($"{ups} replies are liked and {downs} disliked; both kinds are needed, or the policy learns only to say more, or less, of everything. Collect the other kind too.");
        }
        KahnemanTverskyOptions weights = options.Balanced ? KahnemanTversky.Balanced(options.Kto, WeightOf(training, up: true), WeightOf(training, up: false)) : options.Kto;
        string note = $"{ups} liked replies weigh {PreferenceStage.Number(weights.UpWeight)} each, {downs} disliked ones {PreferenceStage.Number(weights.DownWeight)}; {rows.Thumbs.Count + rows.Groups.Sum(group => group.Replies.Count) - training.Length} undecided ones are left out";
        return new PolicyStage
        {
            Title = $"Learning from thumbs ({options.Loss})", Input = input, Notes = [.. input.Files.Notes, .. rows.Notes, note], Items = training,
            NewTask = model => new KtoTask(model, training, heldOut, options with { Kto = weights }, input.RowOptions.Set.MaxRowTokens),
        }.Run(context, stop);
    }

    private static double WeightOf(IEnumerable<KtoItem> items, bool up) => items.Where(item => item.Up == up).Sum(item => item.Weight);

    private static KtoItem[] Items(IEnumerable<EncodedThumb> thumbs, IEnumerable<EncodedGroup> groups) =>
    [
        .. thumbs.Where(thumb => thumb.Up != 0.5).Select(thumb => new KtoItem(thumb.Reply, thumb.Up > 0.5) { Weight = thumb.Weight * Math.Abs((2 * thumb.Up) - 1) }),
        .. groups.SelectMany(group => group.Replies.Select((reply, place) => Item(reply, place, group.Comparisons)).OfType<KtoItem>()),
    ];

    /// <summary>A reply that won, or lost, more often than not, with the mean weight of its comparisons; null: neither.</summary>
    private static KtoItem? Item(EncodedReply reply, int place, IReadOnlyList<Judgement> comparisons)
    {
        Judgement[] own = [.. comparisons.Where(pair => pair.Better == place || pair.Worse == place)];
        double balance = own.Sum(pair => pair.Better == place ? pair.Weight : -pair.Weight);
        return balance == 0 ? null : new KtoItem(reply, balance > 0) { Weight = own.Average(pair => pair.Weight) };
    }
}
