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

/// <summary>A candidate, the model that it would replace, and what to compare them by.</summary>
public sealed record CandidateEvaluationOptions
{
    /// <summary>Folder of the candidate.</summary>
    public required string Candidate { get; init; }

    /// <summary>Folder of the model that it would replace.</summary>
    public required string Base { get; init; }

    /// <summary>The reward models that the policy learned from; at least one.</summary>
    public required IReadOnlyList<string> Rewards { get; init; }

    /// <summary>How their scores become one.</summary>
    public EnsembleRule Rule { get; init; }

    /// <summary>λ of that rule.</summary>
    public double Penalty { get; init; } = 1;

    /// <summary>The reward model that saw none of their data.</summary>
    public required string Disjoint { get; init; }

    /// <summary>File of held-out prompts.</summary>
    public required string Prompts { get; init; }

    /// <summary>File of safety probes; null: none.</summary>
    public string? Safety { get; init; }

    /// <summary>File of probes of flattery; null: none.</summary>
    public string? Flattery { get; init; }

    /// <summary>Recipe whose held-out rows are predicted; null: none.</summary>
    public string? Recipe { get; init; }

    /// <summary>Folder that the recipe's files are relative to.</summary>
    public string DataFolder { get; init; } = "";

    /// <summary>Folder in which the recipe's rows are kept as tokens, for the next time.</summary>
    public required string ShardFolder { get; init; }

    /// <summary>Replies of each model, spread over the prompts. Unit: replies.</summary>
    public int Replies { get; init; } = 300;

    /// <summary>Safety probes of each kind, at most.</summary>
    public int Probes { get; init; } = 100;

    /// <summary>Tokens of each source of the recipe, at most.</summary>
    public long TextTokens { get; init; } = 8_000;

    /// <summary>Longest reply. Unit: tokens.</summary>
    public int MaxReplyTokens { get; init; } = 80;

    /// <summary>Of sampling, without truncation, so that the divergence is that of what is sampled.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Tokens per pass.</summary>
    public int BatchTokens { get; init; } = 2_048;

    /// <summary>Seed of sampling.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Everything that is wrong, one sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() => new OptionFaults()
        .Check(Rewards.Count >= 1, "number of reward models", Rewards.Count, "at least 1").NotNegative(nameof(Penalty), Penalty)
        .Check(Replies >= 2, nameof(Replies), Replies, "at least 2").Check(Probes >= 1, nameof(Probes), Probes, "at least 1")
        .Check(TextTokens >= 1, nameof(TextTokens), TextTokens, "at least 1").Check(MaxReplyTokens >= 1, nameof(MaxReplyTokens), MaxReplyTokens, "at least 1")
        .Positive(nameof(Temperature), Temperature).Check(BatchTokens >= 1, nameof(BatchTokens), BatchTokens, "at least 1").All;
}

/// <summary>Observes a candidate beside the model that it would replace. Changes nothing; the same options give the same numbers.</summary>
public sealed class CandidateEvaluation
{
    private const int Samples = 8;

    private readonly CandidateEvaluationOptions _options;
    private readonly StageContext _context;
    private readonly EvaluatedModel _candidate, _base;
    private readonly Crew _crew;
    private readonly CancellationToken _stop;

    private CandidateEvaluation(CandidateEvaluationOptions options, StageContext context, EvaluatedModel candidate, EvaluatedModel other, Crew crew, CancellationToken stop) =>
        (_options, _context, _candidate, _base, _crew, _stop) = (options, context, candidate, other, crew, stop);

    /// <summary>Observes.</summary>
    /// <exception cref="TrainingException">The options are wrong, or no prompt leaves room for a reply.</exception>
    /// <exception cref="CheckpointException">A model can't be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; nothing is kept.</exception>
    public static CandidateObservations Run(CandidateEvaluationOptions options, StageContext context, CancellationToken stop)
    {
        PreferenceStage.Require(options.Validate());
        if (Difference(options, context.Time) is { Length: > 0 } difference)
        {
            return new CandidateObservations { TextDifference = difference };
        }
        using var crew = new Crew(context.Threads);
        using var candidate = new EvaluatedModel(options.Candidate, context.Time, crew);
        using var other = new EvaluatedModel(options.Base, context.Time, crew);
        return new CandidateEvaluation(options, context, candidate, other, crew, stop).Observe();
    }

    private static string Difference(CandidateEvaluationOptions options, TimeProvider time)
    {
        TextFingerprint mine = PreferenceStage.Text(options.Candidate, time).Fingerprint, other = PreferenceStage.Text(options.Base, time).Fingerprint;
        return mine.Tokenizer != other.Tokenizer ? $"the candidate's tokenizer is {mine.Tokenizer[..12]}…, that of the live model {other.Tokenizer[..12]}…"
            : mine.Template != other.Template ? $"the candidate's chat template is {mine.Template[..12]}…, that of the live model {other.Template[..12]}…" : "";
    }

    private CandidateObservations Observe()
    {
        IReadOnlyList<ChatTurn>[] prompts = Prompts(out int[] numbers);
        var sampling = new SamplingOptions { Temperature = _options.Temperature, TopP = 1, MaxReplyTokens = _options.MaxReplyTokens };
        _context.Output.WriteLine($"{prompts.Length} replies of each model to {numbers.Distinct().Count()} held-out prompts");
        (IReadOnlyList<ObservedReply> mine, IReadOnlyList<ObservedReply> other) = Judge(numbers, Replies(_candidate, prompts, sampling), Replies(_base, prompts, sampling));
        return new CandidateObservations
        {
            Candidate = mine, Base = other, Refusals = Refused(), Flattery = Flattered(), Losses = Losses(), Samples = Greedy(prompts),
        };
    }

    /// <summary>As many prompts as replies are wanted: each in its turn, and again with other draws when there are fewer.</summary>
    private IReadOnlyList<ChatTurn>[] Prompts(out int[] numbers)
    {
        IReadOnlyList<ChatTurn>[] all = [.. PromptFiles.Turns(_options.Prompts).Select(prompt => prompt.Turns).Where(Fits)];
        if (all.Length == 0)
        {
            throw new TrainingException($"{_options.Prompts}: no prompt leaves room for a reply of {_options.MaxReplyTokens} tokens in the context of {_base.Text.ContextTokens}. Shorten the replies, or name other prompts.");
        }
        numbers = [.. Enumerable.Range(0, _options.Replies).Select(i => i % all.Length)];
        return [.. numbers.Select(number => all[number])];
    }

    private bool Fits(IReadOnlyList<ChatTurn> turns)
    {
        try
        {
            return _base.Text.EncodePrompt(turns).Length + _options.MaxReplyTokens <= _base.Text.ContextTokens;
        }
        catch (TemplateException)
        {
            return false;
        }
    }

    private GivenReply[] Replies(EvaluatedModel model, IReadOnlyList<ChatTurn>[] prompts, SamplingOptions sampling)
    {
        _stop.ThrowIfCancellationRequested();
        return [.. model.Answer(prompts, sampling, _options.Seed).Select(reply => reply!)];
    }

    private (ObservedReply[] Candidate, ObservedReply[] Base) Judge(int[] numbers, GivenReply[] mine, GivenReply[] other)
    {
        EncodedReply[] rows = [.. mine.Concat(other).Select(reply => reply.Row)];
        double[] reward = EnsembleScorer.Combine([.. _options.Rewards.Select(folder => Scores(folder, rows))], _options.Rule, _options.Penalty);
        double[] disjoint = Scores(_options.Disjoint, rows);
        double[] log = _candidate.LogProbs(rows, _options.Temperature, _options.BatchTokens);
        _stop.ThrowIfCancellationRequested();
        double[] reference = _base.LogProbs(rows, _options.Temperature, _options.BatchTokens);
        ObservedReply Observed(GivenReply reply, int place, int row) => new(numbers[place], reply.Ids, reply.Ended, reward[row], disjoint[row], log[row] - reference[row]);
        return ([.. mine.Select((reply, i) => Observed(reply, i, i))], [.. other.Select((reply, i) => Observed(reply, i, mine.Length + i))]);
    }

    private double[] Scores(string folder, EncodedReply[] rows)
    {
        _stop.ThrowIfCancellationRequested();
        using RewardModel reward = RewardModel.Load(folder, _base.Text.Fingerprint, _crew);
        return reward.Score(rows, _options.BatchTokens);
    }

    private ObservedRefusal[] Refused()
    {
        if (_options.Safety is null)
        {
            return [];
        }
        SafetyProbe[] probes = [.. SafetyProbes.Read(_options.Safety).GroupBy(probe => probe.Safe).SelectMany(kind => kind.Take(_options.Probes))];
        IReadOnlyList<ChatTurn>[] prompts = [.. probes.Select(probe => (IReadOnlyList<ChatTurn>)[new ChatTurn(TurnFields.User, probe.Prompt)])];
        bool[] Declined(EvaluatedModel model) => [.. model.Answer(prompts, GreedySampling, 0).Select(reply => reply is not null && Refusals.IsRefusal(reply.Text))];
        (bool[] mine, bool[] other) = (Declined(_candidate), Declined(_base));
        _stop.ThrowIfCancellationRequested();
        return [.. probes.Select((probe, i) => new ObservedRefusal(probe.Safe, mine[i], other[i]))];
    }

    private ObservedFlattery[] Flattered()
    {
        if (_options.Flattery is null)
        {
            return [];
        }
        ReplyEncoder encoder = PreferenceRows.EncoderOf(_base.Text);
        IReadOnlyList<FlatteryProbe> probes = FlatteryProbes.Read(_options.Flattery);
        EncodedReply Row(string question, string answer) => encoder.Encode([new ChatTurn(TurnFields.User, question)], answer);
        EncodedReply[] rows = [.. probes.SelectMany(probe => new[]
        {
            Row(probe.Opinion, probe.Wrong), Row(probe.Opinion, probe.Right), Row(probe.Question, probe.Wrong), Row(probe.Question, probe.Right),
        })];
        double[] Moved(EvaluatedModel model)
        {
            double[] log = model.LogProbs(rows, 1, _options.BatchTokens);
            return [.. probes.Select((_, i) => log[4 * i] - log[(4 * i) + 1] - (log[(4 * i) + 2] - log[(4 * i) + 3]))];
        }
        return [.. Moved(_candidate).Zip(Moved(_base), (mine, other) => new ObservedFlattery(mine, other))];
    }

    private ObservedLoss[] Losses()
    {
        if (_options.Recipe is null)
        {
            return [];
        }
        var preparation = new ShardPreparation(_base.Text.Tokenizer, _base.Text.Encode, _options.ShardFolder, LossOn.Assistant, _base.Text.ContextTokens);
        var losses = new List<ObservedLoss>();
        foreach (RecipeSource source in DataRecipe.Load(_options.Recipe, _options.DataFolder).Sources.Where(source => source.HeldOutRows > 0))
        {
            _stop.ThrowIfCancellationRequested();
            using PreparedSource prepared = preparation.Prepare(source, _options.DataFolder, _stop);
            double Loss(EvaluatedModel model) => Validation.Run(model.Scorer, prepared.HeldOut!, _options.BatchTokens, _options.TextTokens).Loss;
            losses.Add(new ObservedLoss(source.Name, Loss(_candidate), Loss(_base)));
        }
        return [.. losses];
    }

    private CandidateSample[] Greedy(IReadOnlyList<ChatTurn>[] prompts)
    {
        IReadOnlyList<ChatTurn>[] few = [.. prompts.Take(Samples)];
        string[] Texts(EvaluatedModel model) => [.. model.Answer(few, GreedySampling, 0).Select(reply => reply?.Text ?? "")];
        return [.. few.Zip(Texts(_base), Texts(_candidate)).Select(one => new CandidateSample(one.First[^1].Content, one.Second, one.Third))];
    }

    private SamplingOptions GreedySampling => new() { Temperature = 0, MaxReplyTokens = _options.MaxReplyTokens };
}
