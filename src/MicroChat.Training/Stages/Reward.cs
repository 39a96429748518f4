using MicroChat.Kernels;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;

namespace MicroChat.Training.Stages;

/// <summary>A reward model: a scalar head that learns which replies people prefer, from pairs, rankings and thumbs.</summary>
public sealed record RewardOptions
{
    /// <summary>The model to begin with, a chat model.</summary>
    public required string Model { get; init; }

    /// <summary>Files of pairs, rankings or thumbs.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>Files of judgements that are only measured on, beside the held-out prompts of <see cref="Data"/>: those of other people, or later ones.</summary>
    public IReadOnlyList<string> HeldOutData { get; init; } = [];

    /// <summary>Folder of the run.</summary>
    public required string OutFolder { get; init; }

    /// <summary>How to train.</summary>
    public PreferenceTrainingOptions Training { get; init; } = new() { LearningRate = 1e-3, Epochs = 2, ItemsPerStep = 16 };

    /// <summary>How the data are cut and parted.</summary>
    public PreferenceRowOptions Rows { get; init; } = new();

    /// <summary>The loss on pairs.</summary>
    public BradleyTerryOptions Pairs { get; init; } = new() { Centring = 0.01 };

    /// <summary>Below so many thumbs all raters count as average: there is too little to tell them apart.</summary>
    public int LeastThumbsForRaters { get; init; } = 1_000;

    /// <summary>Most that one named rater may weigh, as a share of all thumbs; 1: no bound.</summary>
    public double RaterCap { get; init; } = 1;

    /// <summary>Seed of adapter, head and order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Reward models that are trained with this seed and the ones after it, to see how far chance moves the result.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Whether the same training on labels drawn by lot follows, which must come out at chance.</summary>
    public bool ShuffledControl { get; init; } = true;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() =>
    [
        .. Training.Validate(), .. Rows.Validate(), .. Pairs.Validate(),
        .. new OptionFaults().Check(Seeds is >= 1 and <= 32, nameof(Seeds), Seeds, "from 1 to 32")
            .Check(RaterCap is > 0 and <= 1, nameof(RaterCap), RaterCap, "above 0 and at most 1")
            .Check(LeastThumbsForRaters >= 0, nameof(LeastThumbsForRaters), LeastThumbsForRaters, "0 or more").All,
    ];
}

/// <summary>The stage.</summary>
public static class Reward
{
    /// <summary>Folder of the control on shuffled labels, in the run's.</summary>
    public const string ShuffledFolder = "shuffled";

    /// <summary>Trains, or goes on where the run in the folder stopped: the model itself, then those of other seeds and the control in folders of their own.</summary>
    /// <exception cref="TrainingException">The options are wrong, or the data are too few or all alike.</exception>
    public static StageResult Run(RewardOptions options, StageContext context, CancellationToken stop)
    {
        PreferenceStage.Require(options.Validate());
        ModelText text = PreferenceStage.Text(options.Model, context.Time);
        PreferenceFiles files = PreferenceFiles.Read(options.Data);
        PreferenceRowOptions fit = PreferenceStage.Fit(options.Rows, text);
        ReplyEncoder encoder = PreferenceRows.EncoderOf(text);
        PreferenceRows rows = Capped(PreferenceRows.Of(files, encoder, fit), options.RaterCap);
        rows = options.HeldOutData.Count == 0 ? rows : rows.HoldOut(PreferenceFiles.Read(options.HeldOutData), encoder, fit.Set);
        RequirePairs(rows);
        int longest = rows.Groups.Select(RewardTask.TokensOf).Concat(rows.Thumbs.Select(thumb => thumb.Reply.Ids.Length)).Max();
        var plan = new TuningPlan(options.Model, Checkpoint: null, options.Training.Adapter, Scored: true, options.Training.Recompute, options.Seed);
        PreferenceStage.Announce(context, [.. files.Notes, .. rows.Notes], plan, options.Training, longest);
        return StageRun.InFolder(options.OutFolder, () => new Stage(options, context, text, files, rows, plan).Run(stop));
    }

    private static PreferenceRows Capped(PreferenceRows rows, double cap) =>
        cap >= 1 ? rows : rows with { Thumbs = new ThumbSet(rows.Thumbs, rows.Raters, new EncodingReport(0, 0, 0, 0, 0, 0)).WithCap(cap).Thumbs };

    private static void RequirePairs(PreferenceRows rows)
    {
        int pairs = rows.HeldOutPairs().Count;
        if (pairs < PreferenceRowOptions.LeastHeldOut / 2)
        {
            throw new TrainingException(
                $"Only {pairs} held-out pairs can be made; it must be at least {PreferenceRowOptions.LeastHeldOut / 2}, or the model's accuracy could not be told from chance. Hold out a larger share, or collect more of both kinds.");
        }
    }

    /// <summary>A run with everything that its parts share.</summary>
    private sealed class Stage(RewardOptions options, StageContext context, ModelText text, PreferenceFiles files, PreferenceRows rows, TuningPlan plan)
    {
        private readonly List<(string Name, RewardModelReport Report)> _results = [];

        public StageResult Run(CancellationToken stop)
        {
            StageResult main = Train(RewardSummary.Itself, options.OutFolder, rows, options.Seed, stop);
            bool complete = main.Complete;
            for (int k = 1; complete && k < options.Seeds; k++)
            {
                complete = Train($"seed {options.Seed + k}", Path.Combine(options.OutFolder, $"seed-{options.Seed + k}"), rows, options.Seed + k, stop).Complete;
            }
            if (complete && options.ShuffledControl)
            {
                complete = Train(RewardSummary.Shuffled, Path.Combine(options.OutFolder, ShuffledFolder), Shuffled(), options.Seed, stop).Complete;
            }
            if (complete)
            {
                Report();
            }
            return main with { Complete = complete };
        }

        private StageResult Train(string name, string folder, PreferenceRows data, int seed, CancellationToken stop)
        {
            string checkpoints = TrainingCheckpoint.Checkpoints(folder);
            Directory.CreateDirectory(folder);
            using var crew = new Crew(context.Threads);
            using var model = new TunedModel(plan with { Checkpoint = TrainingCheckpoint.Newest(checkpoints), Seed = seed }, crew);
            var task = new RewardTask(model, data, options);
            var run = new PreferenceRun(folder, model, task, options.Training, seed, text);
            RunReportData facts = PreferenceStage.Facts(folder == options.OutFolder ? "Reward model" : $"Reward model: {name}", options.Model, folder, context, files, options);
            using var reporter = new RunReporter(folder, facts, context, run.Step, run.Steps);
            context.Output.WriteLine($"{name}: {run.Steps:N0} updates of {Math.Min(options.Training.ItemsPerStep, task.Items)} of {task.Items:N0} items");
            bool complete = run.Run(reporter, stop);
            if (complete)
            {
                _results.Add((name, task.Evaluate(int.MaxValue)));
            }
            return new StageResult(TrainingCheckpoint.Newest(checkpoints), reporter.Finish([], []), complete);
        }

        private PreferenceRows Shuffled()
        {
            var random = new Random(options.Seed);
            double[] ups = [.. rows.Thumbs.Select(thumb => thumb.Up)];
            random.Shuffle(ups);
            return rows with { Groups = ShuffledLabels.Of(rows.Groups, random), Thumbs = [.. rows.Thumbs.Select((thumb, i) => thumb with { Up = ups[i] })] };
        }

        private void Report()
        {
            RunReportData data = RunManifest.Load(options.OutFolder)! with { Tables = RewardTables.Of(_results) };
            RunManifest.Save(options.OutFolder, data);
            RewardSummary.Of(_results).Save(options.OutFolder);
            RunReport.Write(Path.Combine(options.OutFolder, RunReporter.ReportFile), data, MetricsLog.Read(Path.Combine(options.OutFolder, MetricsLog.FileName)));
            foreach ((string name, RewardModelReport report) in _results)
            {
                context.Output.WriteLine($"{name}: held-out accuracy {report.Accuracy}, length-matched {report.LengthMatched}, length alone {report.LengthOnly}");
            }
        }
    }
}
