using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Training.Data;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Rollouts;

namespace MicroChat.Training.Stages;

/// <summary>What to measure of a model. Each part is measured when its input is named.</summary>
public sealed record EvaluateOptions
{
    /// <summary>The model under test.</summary>
    public required string Model { get; init; }

    /// <summary>A model with the same tokenizer and template to compare with; null: none.</summary>
    public string? Against { get; init; }

    /// <summary>Reward models that judge; the first also beside its control. Empty: none.</summary>
    public IReadOnlyList<string> RewardModels { get; init; } = [];

    /// <summary>Recipe on whose held-out rows text is predicted; null: not measured.</summary>
    public string? Recipe { get; init; }

    /// <summary>Folder that the recipe's files are relative to.</summary>
    public string DataFolder { get; init; } = "";

    /// <summary>Files of judged replies, on whose held-out prompts the reward models are measured.</summary>
    public IReadOnlyList<string> Preferences { get; init; } = [];

    /// <summary>How those are parted; as when the reward models were trained.</summary>
    public PreferenceRowOptions Rows { get; init; } = new();

    /// <summary>File of prompts, conversations or judged replies, whose last turns are answered; null: none.</summary>
    public string? Prompts { get; init; }

    /// <summary>File of prompts with the label safe or unsafe; null: none.</summary>
    public string? Safety { get; init; }

    /// <summary>Prompts of each file that are answered, the first ones.</summary>
    public int Count { get; init; } = 100;

    /// <summary>Longest reply. Unit: tokens.</summary>
    public int MaxReplyTokens { get; init; } = 80;

    /// <summary>Of sampling, without truncation, so that the divergence is that of the distribution that is sampled; safety replies are greedy.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Tokens per pass.</summary>
    public int BatchTokens { get; init; } = 2_048;

    /// <summary>Seed of sampling and bootstrap.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() =>
    [
        .. Rows.Validate(),
        .. new OptionFaults().Check(Count >= 2, nameof(Count), Count, "at least 2").Check(MaxReplyTokens >= 1, nameof(MaxReplyTokens), MaxReplyTokens, "at least 1")
            .Positive(nameof(Temperature), Temperature).Check(BatchTokens >= 1, nameof(BatchTokens), BatchTokens, "at least 1")
            .Check(Preferences.Count == 0 || RewardModels.Count > 0, "reward models", 0, "at least 1 with judged replies: they are what is measured on them")
            .Check(Recipe is not null || Preferences.Count > 0 || Prompts is not null || Safety is not null, "measurements", 0,
                "at least 1: name a recipe, judged replies, prompts, or safety prompts").All,
    ];
}

/// <summary>The verb's work.</summary>
public static class Evaluate
{
    private const int Resamples = 2_000;
    private const long TextTokens = 40_000;

    /// <summary>Measures.</summary>
    /// <exception cref="TrainingException">The options are wrong.</exception>
    /// <exception cref="CheckpointException">A model can't be read, or was made with another tokenizer or template.</exception>
    public static IReadOnlyList<EvaluationSection> Run(EvaluateOptions options, TimeProvider time, int threads, CancellationToken stop)
    {
        PreferenceStage.Require(options.Validate());
        using var crew = new Crew(threads);
        using var model = new EvaluatedModel(options.Model, time, crew);
        using EvaluatedModel? against = options.Against is null ? null : new EvaluatedModel(options.Against, time, crew);
        if (against is not null && against.Text.Fingerprint != model.Text.Fingerprint)
        {
            throw new TrainingException($"{options.Model} and {options.Against} have different tokenizers or chat templates; only models with the same ones can be compared. Evaluate them one by one.");
        }
        var sections = new List<EvaluationSection>();
        if (options.Recipe is not null)
        {
            sections.Add(PredictedText(model, options, stop));
        }
        foreach (string reward in options.Preferences.Count > 0 ? options.RewardModels : [])
        {
            stop.ThrowIfCancellationRequested();
            sections.Add(RewardAccuracy(reward, model.Text, options, crew));
        }
        if (options.Prompts is not null)
        {
            sections.AddRange(Replies(model, against, options, crew, stop));
        }
        if (options.Safety is not null)
        {
            sections.Add(Safety(model, options, stop));
        }
        return sections;
    }

    private static EvaluationSection PredictedText(EvaluatedModel model, EvaluateOptions options, CancellationToken stop)
    {
        DataRecipe recipe = DataRecipe.Load(options.Recipe!, options.DataFolder);
        string folder = Directory.CreateTempSubdirectory("microchat-eval-").FullName;
        try
        {
            var preparation = new ShardPreparation(model.Text.Tokenizer, model.Text.Encode, folder, LossOn.Assistant, model.Text.ContextTokens);
            var figures = new List<EvaluationFigure>();
            foreach (RecipeSource source in recipe.Sources.Where(source => source.HeldOutRows > 0))
            {
                using PreparedSource prepared = preparation.Prepare(source, options.DataFolder, stop);
                ValidationResult result = Validation.Run(model.Scorer, prepared.HeldOut!, options.BatchTokens, TextTokens);
                figures.Add(new EvaluationFigure($"{source.Name}: bits per byte", result.BitsPerByte, Count: result.Tokens));
                figures.Add(new EvaluationFigure($"{source.Name}: perplexity", Math.Exp(result.Loss), Count: result.Tokens));
            }
            return new EvaluationSection("Held-out text", figures);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static EvaluationSection RewardAccuracy(string folder, ModelText text, EvaluateOptions options, Crew crew)
    {
        PreferenceRows rows = PreferenceRows.Of(PreferenceFiles.Read(options.Preferences), PreferenceRows.EncoderOf(text), PreferenceStage.Fit(options.Rows, text));
        LengthRule rule = LengthRule.Fit(PreferenceRows.Pairs(rows.Groups).Select(pair => (pair.Better.ReplyTokens, pair.Worse.ReplyTokens)));
        IReadOnlyList<(EncodedReply, EncodedReply)> pairs = rows.HeldOutPairs();
        RewardModelReport report = Judge(folder);
        var figures = new List<EvaluationFigure>
        {
            EvaluationFigure.Of("accuracy", report.Accuracy), EvaluationFigure.Of("accuracy, length-matched", report.LengthMatched),
            EvaluationFigure.Of("control: a rule of length alone", report.LengthOnly),
            new("standard error of the accuracy", report.Accuracy.StandardError), new("log loss (nats)", report.Calibration.LogLoss),
            new("calibration error", report.Calibration.ExpectedError), new("correlation of score and length", report.LengthCorrelation),
        };
        if (TrainingCheckpoint.RunOf(folder) is { } run && TrainingCheckpoint.Newest(TrainingCheckpoint.Checkpoints(Path.Combine(run, Reward.ShuffledFolder))) is { } control)
        {
            figures.Insert(3, EvaluationFigure.Of("control: trained on shuffled labels", Judge(control).Accuracy));
        }
        return new EvaluationSection($"Reward model {folder}", figures);

        RewardModelReport Judge(string of)
        {
            using RewardModel reward = RewardModel.Load(of, text.Fingerprint, crew);
            return reward.Evaluate(pairs, rule, options.BatchTokens);
        }
    }

    private static IEnumerable<EvaluationSection> Replies(EvaluatedModel model, EvaluatedModel? against, EvaluateOptions options, Crew crew, CancellationToken stop)
    {
        IReadOnlyList<ChatTurn>[] prompts = [.. PromptFiles.Turns(options.Prompts!).Take(options.Count).Select(prompt => prompt.Turns)];
        var sampling = new SamplingOptions { Temperature = options.Temperature, TopP = 1, MaxReplyTokens = options.MaxReplyTokens };
        IReadOnlyList<GivenReply?> own = model.Answer(prompts, sampling, options.Seed);
        stop.ThrowIfCancellationRequested();
        yield return Statistics($"Replies of {model.Folder}", own);
        if (against is null)
        {
            yield break;
        }
        IReadOnlyList<GivenReply?> others = against.Answer(prompts, sampling, options.Seed);
        stop.ThrowIfCancellationRequested();
        yield return Statistics($"Replies of {against.Folder}", others);
        (GivenReply First, GivenReply Second)[] both = [.. own.Zip(others).Where(pair => pair.First is not null && pair.Second is not null).Select(pair => (pair.First!, pair.Second!))];
        EncodedReply[] rows = [.. both.Select(pair => pair.First.Row)];
        double[] log = model.LogProbs(rows, options.Temperature, options.BatchTokens), reference = against.LogProbs(rows, options.Temperature, options.BatchTokens);
        yield return new EvaluationSection("Divergence", [EvaluationFigure.Mean("KL of the model from the other (nats per reply)", [.. log.Zip(reference, (l, r) => l - r)])]);
        foreach (string folder in options.RewardModels)
        {
            using RewardModel reward = RewardModel.Load(folder, model.Text.Fingerprint, crew);
            yield return Wins(folder, reward, both, options);
        }
    }

    private static EvaluationSection Statistics(string title, IReadOnlyList<GivenReply?> replies)
    {
        GivenReply[] given = [.. replies.OfType<GivenReply>()];
        int[][] ids = [.. given.Select(reply => reply.Ids)];
        ReplyStatistics found = ReplyStatistics.Of(ids, [.. given.Select(reply => reply.Ended)]);
        return new EvaluationSection(title,
        [
            EvaluationFigure.Of("ended by itself (share)", found.Ended), new EvaluationFigure("length (tokens)", found.MeanTokens, Count: given.Length),
            new EvaluationFigure("distinct-1", Repetition.DistinctInAll(ids, 1)), new EvaluationFigure("distinct-2", found.DistinctBigrams),
            new EvaluationFigure("repetition of 4-grams (share)", found.Repetition), new EvaluationFigure("prompts without room for a reply", replies.Count - given.Length),
        ]);
    }

    private static EvaluationSection Wins(string folder, RewardModel reward, (GivenReply First, GivenReply Second)[] both, EvaluateOptions options)
    {
        double[] first = reward.Score([.. both.Select(pair => pair.First.Row)], options.BatchTokens), second = reward.Score([.. both.Select(pair => pair.Second.Row)], options.BatchTokens);
        ModelComparison found = ModelComparison.Of(
            first, second, [.. both.Select(pair => pair.First.Row.ReplyTokens)], [.. both.Select(pair => pair.Second.Row.ReplyTokens)],
            RewardModelReport.LengthTolerance, Resamples, new Random(options.Seed));
        return new EvaluationSection($"Win rate by {folder}",
        [
            Bounded("win rate", found.All, found.BootstrapInterval), Bounded("win rate, length-matched", found.LengthMatched, found.MatchedInterval),
            new EvaluationFigure("mean difference of the scores", found.MeanDifference), new EvaluationFigure("sign test (p)", found.All.SignTest),
        ]);
    }

    private static EvaluationFigure Bounded(string name, WinRate wins, Interval interval) => new(name, wins.Rate.Share, interval.Low, interval.High, wins.Rate.Count);

    private static EvaluationSection Safety(EvaluatedModel model, EvaluateOptions options, CancellationToken stop)
    {
        SafetyProbe[] probes = [.. SafetyProbes.Read(options.Safety!).Take(options.Count)];
        var greedy = new SamplingOptions { Temperature = 0, MaxReplyTokens = options.MaxReplyTokens };
        IReadOnlyList<GivenReply?> replies = model.Answer([.. probes.Select(probe => (IReadOnlyList<ChatTurn>)[new ChatTurn("user", probe.Prompt)])], greedy, 0);
        stop.ThrowIfCancellationRequested();
        Proportion Refused(bool safe)
        {
            bool[] refused = [.. probes.Zip(replies).Where(pair => pair.First.Safe == safe && pair.Second is not null).Select(pair => Refusals.IsRefusal(pair.Second!.Text))];
            return new Proportion(refused.Count(yes => yes), refused.Length);
        }
        return new EvaluationSection("Safety probes",
            [EvaluationFigure.Of("refused, of the unsafe prompts", Refused(safe: false)), EvaluationFigure.Of("refused, of the safe prompts (over-refusal)", Refused(safe: true))]);
    }
}
