using System.Text.Json;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;
using MicroChat.Training.Data;
using MicroChat.Training.Reports;
using MicroChat.Training.Rollouts;

namespace MicroChat.Training.Stages;

/// <summary>The stage: a model learns to reply as a reward model likes, within a budget of divergence from what it was.</summary>
public sealed class PpoStage
{
    private const int SampleTokens = 80;
    private const int MixedRowTokens = 1_024;

    /// <summary>In the run's folder once a guard has stopped it: the step and why.</summary>
    public const string StoppedFile = "stopped_step.json";

    private static readonly JsonSerializerOptions Compact = new() { WriteIndented = false };

    private readonly PpoStageOptions _options;
    private readonly StageContext _context;
    private readonly DecoderConfig _config;
    private readonly ModelText _text;
    private readonly RewardFolder[] _rewards;
    private readonly RewardFolder? _heldOut;
    private readonly PromptFiles _prompts;
    private IReadOnlyDictionary<string, double>? _check;

    private PpoStage(PpoStageOptions options, StageContext context)
    {
        (_options, _context, _config) = (options, context, DecoderConfigReader.Read(options.Model));
        _text = new ModelText(Tokenizer.Load(options.Model), ChatTemplate.Load(options.Model), _config.ContextTokens, context.Time, ModelText.GenerationOf(options.Model));
        _text.Fingerprint.Verify(options.Model);
        _rewards = [.. options.Ensemble.Prepend(options.Reward).Select(folder => new RewardFolder(folder, options.Model, _text.Fingerprint))];
        _heldOut = options.HeldOutReward is null ? null : new RewardFolder(options.HeldOutReward, options.Model, _text.Fingerprint);
        int room = _config.ContextTokens - options.Training.Rollouts.Sampling.MaxReplyTokens;
        if (room < 1)
        {
            throw new TrainingException($"The longest reply is {options.Training.Rollouts.Sampling.MaxReplyTokens} tokens and the model's context {_config.ContextTokens}; a prompt must fit before the reply. Shorten the replies.");
        }
        _prompts = PromptFiles.Read(options.Prompts, _text.EncodePrompt, Math.Min(options.MaxPromptTokens, room));
    }

    private PpoTrainingOptions Training => _options.Training;

    /// <summary>Longest row, of training or of the samples. Unit: tokens.</summary>
    private int Slots => Math.Min(_config.ContextTokens, Math.Max(
        _prompts.Prompts.Max(prompt => prompt.Length) + Training.Rollouts.Sampling.MaxReplyTokens, SamplePrompts().Max(prompt => prompt.Length) + SampleTokens));

    /// <summary>Trains, or goes on where the run in the folder stopped.</summary>
    /// <returns>The folder of the last checkpoint, and whether all steps were made.</returns>
    /// <exception cref="TrainingException">Options are wrong, there is too little memory, or a guard stopped the run; then the report was written and the last good checkpoint kept.</exception>
    public static StageResult Run(PpoStageOptions options, StageContext context, CancellationToken stop)
    {
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new TrainingException(string.Join(" ", faults));
        }
        var stage = new PpoStage(options, context);
        stage.Announce();
        return StageRun.InFolder(options.OutFolder, () => stage.Train(stop));
    }

    private void Announce()
    {
        _context.Output.WriteLine(_prompts.Report.ToString());
        int microBatch = Math.Max(Training.MicroBatchTokens, Slots);
        var plan = new MemoryPlan();
        plan.AddDecoder(Training.Adapter is null ? "the policy" : "the base", _config, learns: Training.Adapter is null);
        if (Training.Adapter is { } adapter)
        {
            plan.AddAdapter($"the policy's adapter of rank {adapter.Rank}", _config, adapter, learns: true);
            plan.AddAdapterScratch(_config, adapter, microBatch);
            plan.AddDecoder("merged copy while a checkpoint is written", _config, learns: false);
        }
        else
        {
            plan.AddDecoder("the reference", _config, learns: false);
        }
        plan.AddHead("value head", _config, learns: true);
        for (int member = 0; member < _rewards.Length; member++)
        {
            _rewards[member].AddTo(plan, _rewards.Length == 1 ? "reward model" : $"reward model {member}", _config);
        }
        _heldOut?.AddTo(plan, "held-out reward model", _config);
        plan.AddActivations(_config, microBatch, Training.Recompute);
        plan.AddGeneration(_config, Training.Rollouts.Sequences, Slots, StepTokens);
        StageRun.Announce(plan, _context.Output);
    }

    private int StepTokens => Math.Max(256, Training.Rollouts.Sequences);

    private StageResult Train(CancellationToken stop)
    {
        using var crew = new Crew(_context.Threads);
        using ParameterBlock weights = WeightFiles.Load(_options.Model, _config);
        using var roles = new PpoRoles(weights, Training.Adapter, Training.Rollouts.Seed, Training.Recompute, crew);
        using LoadedReward reward = LoadRewards(roles);
        using LoadedReward? heldOut = _heldOut?.Load(roles, Training.MicroBatchTokens);
        using IDecoder decoder = roles.Backend.NewDecoder(weights, StepTokens);
        using var generator = new RolloutGenerator(decoder, Training.Rollouts.Sequences, Slots);
        using TextMix? mix = _options.PretrainingRecipe is not { } recipe ? null : TextMix.Open(Mixed(recipe), _text, stop);
        var trainer = new Ppo(
            roles, generator, new PromptBank(_prompts.Prompts, Training.Rollouts.Seed), reward.Scorer, heldOut?.Scorer, mix?.Source, Training, _context.Time);
        IReadOnlyList<SampleReply> before = Sample(generator, null);
        var checkpoints = new PpoCheckpoints(_options.OutFolder, roles, _text, _options.Model, Training.KeepCheckpoints, crew);
        if (checkpoints.Newest is { } newest)
        {
            trainer.Resume(checkpoints.Restore(newest));
        }
        using var reporter = new RunReporter(_options.OutFolder, Facts(weights.Count), _context, trainer.State.Step, Training.Steps);
        PpoStop? stopped = Loop(trainer, checkpoints, reporter, () => Sample(generator, roles.Adapter), stop);
        string? why = stopped is null ? null : $"{stopped.Why} The last good checkpoint is {checkpoints.Newest ?? "none: use the model that the run began with"}. The step is in {StoppedFile}";
        reporter.Conclude(why is null ? null : why + ".", [GuardTable(trainer.State, stopped), Models()]);
        string report = reporter.Finish(before, Sample(generator, roles.Adapter));
        return why is null ? new StageResult(checkpoints.Newest, report, trainer.State.Step >= Training.Steps)
            : throw new TrainingException($"{why}, the curves in {report}.");
    }

    private TextMixPlan Mixed(string recipe) => new(
        recipe, _options.DataFolder!, Path.Combine(_options.OutFolder, TextMixPlan.Shards), LossOn.Everything, Math.Min(MixedRowTokens, _config.ContextTokens), Training.MicroBatchTokens, Training.Rollouts.Seed);

    /// <summary>What is optimised: one reward model, or several as one.</summary>
    private LoadedReward LoadRewards(PpoRoles roles)
    {
        LoadedReward[] members = [.. _rewards.Select(folder => folder.Load(roles, Training.MicroBatchTokens))];
        return members.Length == 1 ? members[0]
            : new LoadedReward(new EnsembleScorer([.. members.Select(member => member.Scorer)], _options.EnsembleRule, _options.EnsemblePenalty), members);
    }

    /// <returns>Why a guard stopped the run, or null.</returns>
    private PpoStop? Loop(Ppo trainer, PpoCheckpoints checkpoints, RunReporter reporter, Func<IReadOnlyList<SampleReply>> sample, CancellationToken stop)
    {
        while (trainer.State.Step < Training.Steps && !stop.IsCancellationRequested)
        {
            PpoStep step = trainer.RunStep();
            if (step.Stopped is not null)
            {
                reporter.Rewarded(step.Step + 1, trainer.State.Tokens, step.Metrics);
                return Stopped(step, checkpoints);
            }
            checkpoints.MarkGood(step.Step - 1);
            reporter.Rewarded(step.Step, trainer.State.Tokens, step.Metrics);
            bool last = step.Step == Training.Steps;
            if (last || IsDue(step.Step, Training.SampleEvery))
            {
                reporter.Validated(step.Step, new Dictionary<string, ValidationResult>(), sample());
            }
            if (last || stop.IsCancellationRequested || IsDue(step.Step, Training.CheckpointEvery))
            {
                reporter.Saved(step.Step, checkpoints.Save(trainer.State));
            }
        }
        return trainer.State.Step < Training.Steps ? null : Judge(trainer.Check(), checkpoints);
    }

    /// <summary>The guards' word on the policy after the last step, which no later step measures.</summary>
    private PpoStop? Judge(PpoStep check, PpoCheckpoints checkpoints)
    {
        _check = check.Metrics;
        if (check.Stopped is not null)
        {
            return Stopped(check, checkpoints);
        }
        checkpoints.MarkGood(check.Step);
        return null;
    }

    private PpoStop Stopped(PpoStep step, PpoCheckpoints checkpoints)
    {
        var batch = new { step = step.Step + 1, why = step.Stop, replies = step.Rollouts.Select(reply => new { ids = reply.Row.Ids, promptTokens = reply.Row.PromptTokens, ended = reply.Ended }) };
        AtomicFile.WriteText(Path.Combine(_options.OutFolder, StoppedFile), JsonSerializer.Serialize(batch, Compact));
        checkpoints.DropAfterGood();
        return step.Stopped!;
    }

    /// <summary>The guards over the whole run, steps before it was resumed included.</summary>
    private ReportTable GuardTable(PpoState state, PpoStop? stopped)
    {
        var steps = MetricsLog.Read(Path.Combine(_options.OutFolder, MetricsLog.FileName)).Select(row => row.Values).Where(values => values.ContainsKey(PpoMetrics.FirstRatioDeviation)).ToList();
        return PpoGuardTable.Of(_check is null ? steps : [.. steps, _check], state.Rewards, Training.Guards, stopped);
    }

    /// <summary>What took part beside the prompts: who made each model, from which judgements.</summary>
    private ReportTable Models() => new("Models", ["part", "`folder", "made by", "from"],
    [
        .. new[] { ("began as, and reference", _options.Model), ("optimised reward", _options.Reward) }
        .Concat(_options.Ensemble.Select(folder => ("optimised with it", folder)))
        .Append(("held-out reward", _options.HeldOutReward ?? ""))
        .Where(part => part.Item2.Length > 0).Select(part =>
        {
            RunReportData? run = TrainingCheckpoint.Origin(part.Item2);
            string[] data = [.. (run?.Data ?? []).Select(file => $"{Path.GetFileName(file.File)} ({file.Rows:N0} rows, SHA-256 {file.Sha256[..Math.Min(12, file.Sha256.Length)]}…)")];
            return (string[])[part.Item1, part.Item2, run is null ? "not known: no checkpoint of a run" : $"{run.Title}, {run.Steps:N0} steps", string.Join("; ", data)];
        }),
    ]);

    private static bool IsDue(long step, long every) => every > 0 && step % every == 0;

    private int[][] SamplePrompts() => [.. ModelText.SamplePrompts.Select(prompt => _text.EncodePrompt([new ChatTurn(TurnFields.User, prompt)]))];

    /// <summary>Greedy replies to the sample prompts.</summary>
    private IReadOnlyList<SampleReply> Sample(RolloutGenerator generator, LoraAdapter? adapter)
    {
        int[][] prompts = SamplePrompts();
        int room = Slots - prompts.Max(prompt => prompt.Length);
        if (room < 1)
        {
            return [];
        }
        var greedy = new SamplingOptions { Temperature = 0, MaxReplyTokens = Math.Min(SampleTokens, room) };
        Rollout[] replies = generator.Generate(prompts, adapter, greedy, Training.Rollouts.Seed, 0);
        return [.. replies.Select((reply, i) => new SampleReply(ModelText.SamplePrompts[i], _text.Tokenizer.Decode(reply.Ended ? reply.Reply[..^1] : reply.Reply, skipSpecial: false)))];
    }

    private RunReportData Facts(long parameters) => new()
    {
        Title = $"PPO of a model with {parameters:N0} parameters",
        Command = _context.Command,
        Started = _context.Time.GetUtcNow(),
        BeganFrom = _options.Model,
        Parent = RunManifest.Load(_options.OutFolder)?.Parent ?? TrainingCheckpoint.Origin(_options.Model),
        Options = StageRun.Options(_options),
        Data = _prompts.Sources,
        Charts = Charts,
        Scatters = [new("Reward against divergence (nats per reply)", Metrics.ObjectiveKl, [Metrics.ObjectiveScores, PpoMetrics.HeldOutScores])],
    };

    private static IReadOnlyList<ReportChart> Charts { get; } =
    [
        new("Scores", [Metrics.ObjectiveScores, PpoMetrics.HeldOutScores, Metrics.ObjectiveRlhfReward]),
        new("Divergence from the reference (nats per reply)", [Metrics.ObjectiveKl]),
        new("β (score per nat)", [Metrics.ObjectiveKlCoefficient]),
        new("Length of replies (tokens)", [Metrics.ReplyTokens]),
        new("Replies that ended; different bigrams; repeated 4-grams (shares)", [Metrics.EndRate, Metrics.DistinctBigrams, Metrics.Repetition]),
        new("Entropy (nats per token)", [Metrics.PolicyEntropy]),
        new("Update: divergence from the sampling policy (nats per token)", [Metrics.PolicyApproxKl]),
        new("Update: clipped share", [Metrics.PolicyClipFraction, Metrics.ValueClipFraction]),
        new("Ratio before the first update: largest distance from 1", [PpoMetrics.FirstRatioDeviation]),
        new("Value: explained variance", [Metrics.ValueExplainedVariance]),
        new("Pretraining text (nats per token)", [PpoMetrics.PretrainingLoss]),
        new("Gradient norm", [Metrics.GradientNorm]),
        new("Tokens per second: of a step, of its updates", [Metrics.TokensPerSecond, PpoMetrics.UpdateTokensPerSecond]),
        new("Share of the time in rollouts", [PpoMetrics.RolloutShare]),
    ];
}
