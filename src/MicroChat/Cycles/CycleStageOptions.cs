using MicroChat.Chat.Registry;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Options;
using MicroChat.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Rollouts;
using MicroChat.Training.Stages;

namespace MicroChat.Cycles;

/// <summary>The options of the stages that a cycle is made of.</summary>
internal sealed class CycleStageOptions(CyclePlan plan, CyclePaths paths, int baseGeneration)
{
    /// <summary>Small, because a cycle has hundreds of votes and not thousands.</summary>
    private const int ItemsPerStep = 16;

    private CycleOptions Options => plan.Options;

    /// <summary>Stages of the reward models that are optimised.</summary>
    public IReadOnlyList<string> Ensemble => [.. Enumerable.Range(0, Options.Ensemble).Select(CycleStages.Reward)];

    /// <summary>The model that everything begins with.</summary>
    private string Beginning => plan.Registry.Get(Options.BeginFrom == CycleBeginning.First ? 0 : baseGeneration).Folder;

    private SupervisedMixOptions? Supervised => Options.KeepWeight == 0 ? null : new SupervisedMixOptions { Recipe = plan.Inputs.Keep, DataFolder = plan.Inputs.DataFolder, Coefficient = Options.KeepWeight };

    private LoraOptions? Adapter => Options.Rank == 0 ? null : new LoraOptions { Rank = Options.Rank };

    /// <summary>A reward model: the optimised ones see the one half of the prompts, each with a seed of its own, and the disjoint one the other.</summary>
    public RewardOptions Reward(string stage, CycleCounts counts) => new()
    {
        Model = Beginning,
        Data = Judgements(counts.ThumbsDiffer),
        HeldOutData = Existing(CyclePaths.HeldOutThumbs, CyclePaths.HeldOutPairs),
        OutFolder = paths.Of(stage),
        Training = Training(Options.RewardRate, Options.RewardEpochs),
        Rows = Rows(stage == CycleStages.Disjoint ? TrainingHalf.B : TrainingHalf.A),
        Seed = Options.Seed + 1 + Ensemble.Index().FirstOrDefault(member => member.Item == stage).Index,
        ShuffledControl = stage != CycleStages.Disjoint,
    };

    /// <summary>Thumbs, and pairs as one of each, of the half that the optimised reward models see: what the disjoint one says stays independent.</summary>
    public KtoOptions Kto(CycleCounts counts) => new()
    {
        Model = Beginning, Data = Judgements(counts.ThumbsDiffer), OutFolder = paths.Policy, Training = Training(Options.DirectRate, Options.DirectEpochs), Rows = Rows(TrainingHalf.A),
        Supervised = Supervised, Seed = Options.Seed,
    };

    /// <summary>Pairs of that half.</summary>
    public DpoOptions Dpo() => new()
    {
        Model = Beginning, Data = [paths.DataFile(CyclePaths.Pairs)], OutFolder = paths.Policy, Training = Training(Options.DirectRate, Options.DirectEpochs), Rows = Rows(TrainingHalf.A),
        Supervised = Supervised, Seed = Options.Seed,
    };

    public BestOfNOptions BestOfN() => new()
    {
        Model = Beginning, Rewards = Rewards, Rule = Options.EnsembleRule, Penalty = Options.EnsemblePenalty, Prompts = paths.DataFile(CyclePaths.Prompts), OutFolder = paths.Policy,
        Count = Options.BestOfPrompts, Replies = Options.BestOf, MaxReplyTokens = Options.ReplyTokens, Training = Training(Options.DirectRate, Options.DirectEpochs),
        Rows = Rows(TrainingHalf.All), Supervised = Supervised, Seed = Options.Seed,
    };

    public PpoStageOptions Ppo()
    {
        IReadOnlyList<string> rewards = Rewards;
        return new PpoStageOptions
        {
            Model = Beginning, Reward = rewards[0], Ensemble = [.. rewards.Skip(1)], EnsembleRule = Options.EnsembleRule, EnsemblePenalty = Options.EnsemblePenalty,
            Prompts = [paths.DataFile(CyclePaths.Prompts)], MaxPromptTokens = Options.RowTokens, OutFolder = paths.Policy,
            Training = new PpoTrainingOptions
            {
                Steps = Options.PpoSteps,
                Schedule = new LearningRateSchedule { Peak = Options.PpoRate, DecaySteps = Options.PpoSteps + 1, Shape = DecayShape.Linear },
                Objective = new PpoOptions { Kl = new KlCoefficientOptions { Initial = Options.PpoBeta }, MissingEnd = Options.PpoMissingEnd, MissingEndPenalty = -Options.PpoMissingEndPenalty },
                Rollouts = new RolloutOptions { Seed = Options.Seed, Sampling = new SamplingOptions { Temperature = 1, TopP = 1, MaxReplyTokens = Options.ReplyTokens } },
                Guards = new PpoGuardOptions { KlBudget = Options.Gates.Divergence },
                RepliesPerStep = Options.PpoReplies, MicroBatchTokens = Options.MicroBatchTokens, Adapter = Adapter, SampleEvery = 10, CheckpointEvery = 5,
            },
        };
    }

    public CandidateEvaluationOptions Evaluation(string live, string candidate) => new()
    {
        Candidate = candidate, Base = live, Rewards = Rewards, Rule = Options.EnsembleRule, Penalty = Options.EnsemblePenalty, Disjoint = CyclePaths.ModelOf(paths.Of(CycleStages.Disjoint)),
        Prompts = paths.DataFile(CyclePaths.HeldOutPrompts), Safety = plan.Inputs.Safety, Flattery = plan.Inputs.Flattery, Recipe = plan.Inputs.Recipe, DataFolder = plan.Inputs.DataFolder,
        ShardFolder = Path.Combine(plan.Runs, CycleFile.FolderName, "shards"), Replies = Options.EvaluationReplies, Probes = Options.EvaluationProbes, TextTokens = Options.EvaluationTextTokens,
        MaxReplyTokens = Options.ReplyTokens, Seed = Options.Seed,
    };

    private string[] Rewards => [.. Ensemble.Select(stage => CyclePaths.ModelOf(paths.Of(stage)))];

    private PreferenceTrainingOptions Training(double rate, double epochs) => new()
    {
        LearningRate = rate, Epochs = epochs, ItemsPerStep = ItemsPerStep, MicroBatchTokens = Options.MicroBatchTokens, Adapter = Adapter, CheckpointEvery = 25,
    };

    private PreferenceRowOptions Rows(TrainingHalf half) => new() { Half = half, Set = new PreferenceSetOptions { MaxRowTokens = Options.RowTokens, LeastItems = 1 } };

    private string[] Judgements(bool thumbs) => Existing(thumbs ? CyclePaths.Thumbs : CyclePaths.Pairs, CyclePaths.Pairs);

    private string[] Existing(params string[] names) => [.. names.Distinct().Select(paths.DataFile).Where(File.Exists)];
}
