using System.Text.Json;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

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

/// <summary>Kahneman–Tversky optimisation: a policy learns from single thumbs without a reward model.</summary>
public sealed record KtoOptions
{
    /// <summary>The model to begin with, which is the reference.</summary>
    public required string Model { get; init; }

    /// <summary>Files of thumbs; pairs and rankings count as a thumb for every reply that won, or lost, more often than not.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>Folder of the run.</summary>
    public required string OutFolder { get; init; }

    /// <summary>How to train; an item is a thumb.</summary>
    public PreferenceTrainingOptions Training { get; init; } = new() { LearningRate = 1e-4 };

    /// <summary>How the data are cut and parted.</summary>
    public PreferenceRowOptions Rows { get; init; } = new();

    /// <summary>Which loss.</summary>
    public ThumbLoss Loss { get; init; }

    /// <summary>β, and the weights of the two kinds.</summary>
    public KahnemanTverskyOptions Kto { get; init; } = new();

    /// <summary>Whether the larger kind is weighed down until both weigh the same; the weights of <see cref="Kto"/> are not used then.</summary>
    public bool Balanced { get; init; } = true;

    /// <summary>Seed of adapter and order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() =>
        [.. Training.Validate(), .. Rows.Validate(), .. Kto.Validate(), .. new OptionFaults().Check(Enum.IsDefined(Loss), nameof(Loss), Loss, "one of the named losses").All];
}

/// <summary>The stage.</summary>
public static class Kto
{
    /// <summary>Trains, or goes on where the run in the folder stopped.</summary>
    /// <exception cref="TrainingException">The options are wrong, or the data are too few or all of one kind.</exception>
    public static StageResult Run(KtoOptions options, StageContext context, CancellationToken stop)
    {
        PreferenceStage.Require(options.Validate());
        ModelText text = PreferenceStage.Text(options.Model, context.Time);
        PreferenceFiles files = PreferenceFiles.Read(options.Data);
        PreferenceRowOptions fit = PreferenceStage.Fit(options.Rows, text);
        PreferenceRows rows = PreferenceRows.Of(files, PreferenceRows.EncoderOf(text), fit);
        KtoItem[] training = Items(rows.Thumbs, rows.Groups), heldOut = Items(rows.HeldOutThumbs, rows.HeldOutGroups);
        int ups = training.Count(item => item.Up), downs = training.Length - ups;
        if (ups == 0 || downs == 0)
        {
            throw new TrainingException($"{ups} replies are liked and {downs} disliked; both kinds are needed, or the policy learns only to say more, or less, of everything. Collect the other kind too.");
        }
        KahnemanTverskyOptions weights = options.Balanced ? KahnemanTversky.Balanced(options.Kto, ups, downs) : options.Kto;
        string note = $"{ups} liked replies weigh {PreferenceStage.Number(weights.UpWeight)} each, {downs} disliked ones {PreferenceStage.Number(weights.DownWeight)}";
        return new PolicyStage
        {
            Title = $"Learning from thumbs ({options.Loss})", Model = options.Model, OutFolder = options.OutFolder, Training = options.Training,
            Seed = options.Seed, Options = options, Text = text, Files = files, Notes = [.. files.Notes, .. rows.Notes, note],
            LongestItem = training.Max(item => item.Reply.Ids.Length),
            NewTask = model => new KtoTask(model, training, heldOut, options with { Kto = weights }, fit.Set.MaxRowTokens),
        }.Run(context, stop);
    }

    private static KtoItem[] Items(IEnumerable<EncodedThumb> thumbs, IEnumerable<EncodedGroup> groups) =>
    [
        .. thumbs.Where(thumb => thumb.Up != 0.5).Select(thumb => new KtoItem(thumb.Reply, thumb.Up > 0.5)),
        .. groups.SelectMany(group => group.Replies
            .Select((reply, place) => (reply, balance: group.Comparisons.Sum(pair => pair.Better == place ? 1 : pair.Worse == place ? -1 : 0)))
            .Where(judged => judged.balance != 0).Select(judged => new KtoItem(judged.reply, judged.balance > 0))),
    ];

    /// <summary>A reply and whether it was liked.</summary>
    private sealed record KtoItem(EncodedReply Reply, bool Up);

    /// <summary>The loss over thumbs.</summary>
    private sealed class KtoTask(TunedModel model, KtoItem[] training, KtoItem[] heldOut, KtoOptions options, int maxRowTokens) : IPreferenceTask
    {
        private RunningMean _shift;

        public int Items => training.Length;

        public PreferenceUpdate Accumulate(IReadOnlyList<int> items)
        {
            var values = new Dictionary<string, double>();
            Evaluate([.. items.Select(item => training[item])], learn: true, out int tokens).Report(values);
            return new PreferenceUpdate(tokens, values);
        }

        public (IReadOnlyDictionary<string, double> Values, string Note) Validate(int limit)
        {
            KtoItem[] items = heldOut[..Math.Min(limit, heldOut.Length)];
            RatingStatistics found = Evaluate(items, learn: false, out _);
            double margin = (found.RewardUp / found.UpShare) - (found.RewardDown / found.DownShare);
            return (
                new Dictionary<string, double> { [Metrics.ValidationLoss] = found.Loss },
                $"held-out loss {PreferenceStage.Number(found.Loss)}, margin {PreferenceStage.Number(margin)} ({items.Length} replies)");
        }

        public void Complete()
        {
        }

        public string? SaveState() => options.Loss == ThumbLoss.Bco ? JsonSerializer.Serialize(_shift) : null;

        public void RestoreState(string state) => _shift = JsonSerializer.Deserialize<RunningMean>(state);

        private RatingStatistics Evaluate(KtoItem[] items, bool learn, out int tokens)
        {
            tokens = 0;
            double point = ReferencePoint(items, learn, ref tokens);
            RatingStatistics sum = default;
            foreach (List<KtoItem> micro in Cut(items))
            {
                var scores = new PolicyScores(model, [.. micro.Select(item => item.Reply)]);
                double[] slopes = new double[scores.LogProb.Length];
                bool[] up = [.. micro.Select(item => item.Up)];
                sum += options.Loss == ThumbLoss.Bco
                    ? BinaryClassifier.Evaluate(scores.LogProb, scores.Reference, scores.Batch.Actions, scores.Batch.Tokens.RowStarts, up, options.Kto.Beta, point, items.Length, slopes)
                    : KahnemanTversky.Evaluate(scores.LogProb, scores.Reference, scores.Batch.Actions, scores.Batch.Tokens.RowStarts, up, point, options.Kto, items.Length, slopes);
                if (learn)
                {
                    model.Decoder.Backward(Precision.Narrow(slopes), default, default);
                }
                tokens += scores.LogProb.Length;
            }
            return sum;
        }

        /// <summary>What replies are compared with, over all items whatever the micro-batches: z₀, 0, or δ.</summary>
        private double ReferencePoint(KtoItem[] items, bool learn, ref int tokens)
        {
            if (options.Loss == ThumbLoss.KtoZero || (options.Loss == ThumbLoss.Bco && !learn))
            {
                return _shift.Mean;
            }
            bool mismatched = options.Loss == ThumbLoss.Kto;
            int[] other = KahnemanTversky.Mismatch(items.Length);
            KtoItem[] compared = mismatched ? [.. items.Select((item, i) => item with { Reply = items[other[i]].Reply.After(item.Reply, maxRowTokens) })] : items;
            var ratios = new List<double>();
            foreach (List<KtoItem> micro in Cut(compared))
            {
                var scores = new PolicyScores(model, [.. micro.Select(item => item.Reply)]);
                ratios.AddRange(scores.LogRatios);
                tokens += scores.LogProb.Length;
            }
            if (mismatched)
            {
                return KahnemanTversky.ReferencePoint([.. ratios]);
            }
            _shift = _shift.With([.. ratios.Select(ratio => options.Kto.Beta * ratio)]);
            return _shift.Mean;
        }

        private IEnumerable<List<KtoItem>> Cut(KtoItem[] items) => MicroBatches.Cut(items, item => item.Reply.Ids.Length, options.Training.MicroBatchTokens);
    }
}
