using MicroChat.Training.Objectives;
using MicroChat.Training.Rollouts;

namespace MicroChat.Options;

/// <summary>What a cycle may do on its own. The data decide where nothing is chosen.</summary>
internal enum CycleMethodChoice
{
    /// <summary>By the amount of data.</summary>
    Auto,

    /// <summary>Always thumbs without a reward model.</summary>
    Kto,

    /// <summary>Always pairs without a reward model.</summary>
    Dpo,

    /// <summary>Always the best of the model's own replies.</summary>
    BestOfN,

    /// <summary>Always PPO.</summary>
    Ppo,
}

/// <summary>Which model a cycle's policy begins as.</summary>
internal enum CycleBeginning
{
    /// <summary>The one that is live: what was gained before is kept, and the divergence adds up from cycle to cycle.</summary>
    Live,

    /// <summary>Generation 0: every cycle learns all feedback anew, and never drifts away from the beginning.</summary>
    First,
}

/// <summary>One retraining cycle. Section "Training:Cycle".</summary>
internal sealed record CycleOptions
{
    /// <summary>Seed of everything that is drawn.</summary>
    [Limits(0, int.MaxValue)]
    public int Seed { get; init; } = 1;

    /// <summary>Threads that compute; 0: all processors.</summary>
    [Limits(0, 1_024)]
    public int Threads { get; init; }

    /// <summary>Which model the policy begins as, and its reward models.</summary>
    public CycleBeginning BeginFrom { get; init; } = CycleBeginning.Live;

    /// <summary>How the policy learns.</summary>
    public CycleMethodChoice Method { get; init; } = CycleMethodChoice.Auto;

    /// <summary>Fewer votes (thumbs and pairs) than this teach nothing that can be told from chance: the round is skipped.</summary>
    [Limits(1, 1e9)]
    public int LeastVotes { get; init; } = 300;

    /// <summary>Votes of fewer people than this are a few persons' taste: the round is skipped.</summary>
    [Limits(1, 1e6)]
    public int LeastPersons { get; init; } = 20;

    /// <summary>The newest votes that a cycle learns from: the time that it takes stays bounded, and what is older was learned from before.</summary>
    [Limits(100, 1e9)]
    public int MostVotes { get; init; } = 20_000;

    /// <summary>From so many votes on the policy learns by PPO; below it by KTO from thumbs, or from the best of its own replies.</summary>
    [Limits(1, 1e9)]
    public int PpoVotes { get; init; } = 2_000;

    /// <summary>Reward models that are optimised together.</summary>
    [Limits(1, 16)]
    public int Ensemble { get; init; } = 3;

    /// <summary>How their scores become one.</summary>
    public EnsembleRule EnsembleRule { get; init; } = EnsembleRule.MeanLessDeviation;

    /// <summary>What a standard deviation among them costs.</summary>
    [Limits(0, 100)]
    public double EnsemblePenalty { get; init; } = 1;

    /// <summary>Passes of a reward model over its half of the data.</summary>
    [Limits(0.01, 100)]
    public double RewardEpochs { get; init; } = 2;

    /// <summary>Learning rate of a reward model.</summary>
    [Limits(1e-8, 0.5)]
    public double RewardRate { get; init; } = 1e-3;

    /// <summary>Rank of every adapter; 0: all weights learn.</summary>
    [Limits(0, 1_024)]
    public int Rank { get; init; } = 8;

    /// <summary>Longest prompt with reply; longer ones are left out and counted. Unit: tokens.</summary>
    [Limits(8, 65_536)]
    public int RowTokens { get; init; } = 512;

    /// <summary>Longest reply that is sampled. Unit: tokens.</summary>
    [Limits(1, 8_192)]
    public int ReplyTokens { get; init; } = 80;

    /// <summary>Tokens in memory at once. Unit: tokens.</summary>
    [Limits(16, 1 << 20)]
    public int MicroBatchTokens { get; init; } = 4_096;

    /// <summary>Steps of PPO.</summary>
    [Limits(1, 1e6)]
    public int PpoSteps { get; init; } = 40;

    /// <summary>Replies of a step of PPO.</summary>
    [Limits(2, 65_536)]
    public int PpoReplies { get; init; } = 64;

    /// <summary>Learning rate of PPO.</summary>
    [Limits(1e-8, 0.5)]
    public double PpoRate { get; init; } = 1e-4;

    /// <summary>What a nat of divergence costs in PPO.</summary>
    [Limits(0, 100)]
    public double PpoBeta { get; init; } = 0.1;

    /// <summary>What happens in PPO to the score of a reply that was cut at its longest length.</summary>
    public MissingEnd PpoMissingEnd { get; init; } = MissingEnd.Subtract;

    /// <summary>By how much.</summary>
    [Limits(0, 100)]
    public double PpoMissingEndPenalty { get; init; } = 0.3;

    /// <summary>Learning rate of KTO, and of what is learned from the best of its own replies or from pairs.</summary>
    [Limits(1e-8, 0.5)]
    public double DirectRate { get; init; } = 5e-4;

    /// <summary>Passes of KTO and of the other two over their data.</summary>
    [Limits(0.01, 100)]
    public double DirectEpochs { get; init; } = 2;

    /// <summary>Weight of the supervised text that a policy goes on learning beside the votes, so that it does not unlearn to decline, to end, or what it knows; 0: none.</summary>
    [Limits(0, 1_000)]
    public double KeepWeight { get; init; } = 0.8;

    /// <summary>Replies to a prompt of which the best and the worst are learned.</summary>
    [Limits(2, 64)]
    public int BestOf { get; init; } = 4;

    /// <summary>Prompts that are answered so.</summary>
    [Limits(1, 1e6)]
    public int BestOfPrompts { get; init; } = 300;

    /// <summary>The operator's own prompts, beside those in the feedback. Empty: data/prompts/user_prompts.jsonl.gz of the checkout.</summary>
    public string PromptsFile { get; init; } = "";

    /// <summary>Prompts with the label safe or unsafe. Empty: data/prompts/xstest_eval_only.jsonl.gz of the checkout.</summary>
    public string SafetyFile { get; init; } = "";

    /// <summary>Probes of flattery. Empty: data/probes/flattery.jsonl of the checkout.</summary>
    public string FlatteryFile { get; init; } = "";

    /// <summary>Recipe whose held-out rows must still be predicted. Empty: data/recipes/sft.json of the checkout.</summary>
    public string RecipeFile { get; init; } = "";

    /// <summary>Recipe of that text. Empty: data/recipes/keep.json of the checkout.</summary>
    public string KeepRecipeFile { get; init; } = "";

    /// <summary>Folder that the recipes' files lie in. Empty: data/ of the checkout.</summary>
    public string DataFolder { get; init; } = "";

    /// <summary>Share of all prompts on which nothing is optimised.</summary>
    [Limits(0.01, 0.9)]
    public double HeldOutPrompts { get; init; } = 0.2;

    /// <summary>Replies of candidate and live model that are compared.</summary>
    [Limits(2, 100_000)]
    public int EvaluationReplies { get; init; } = 600;

    /// <summary>Safety probes of each kind, at most.</summary>
    [Limits(1, 100_000)]
    public int EvaluationProbes { get; init; } = 200;

    /// <summary>Tokens of each source of the recipe, at most.</summary>
    [Limits(1, 1e9)]
    public int EvaluationTextTokens { get; init; } = 4_000;

    /// <summary>Cycles whose folders are kept, the newest ones; of older ones only cycle.json and report.html stay.</summary>
    [Limits(1, 10_000)]
    public int Keep { get; init; } = 3;

    /// <summary>What a candidate must pass.</summary>
    public CycleGateOptions Gates { get; init; } = new();

    /// <summary>When the host begins a cycle by itself.</summary>
    public CycleScheduleOptions Schedule { get; init; } = new();
}

/// <summary>What a candidate must pass before anybody sees it. Section "Training:Cycle:Gates".</summary>
internal sealed record CycleGateOptions
{
    /// <summary>Whether a failed gate stops a candidate; false: gates are asked and told of, for rehearsals of what comes after them.</summary>
    public bool Enforced { get; init; } = true;

    /// <summary>The lower end of the optimised reward's rise must be above this. Unit: scores.</summary>
    [Limits(-100, 100)]
    public double Reward { get; init; }

    /// <summary>The mean rise by the reward model on the disjoint half must be above this. Unit: scores.</summary>
    [Limits(-100, 100)]
    public double Disjoint { get; init; }

    /// <summary>The lower end of the win rate at matched length must be above this.</summary>
    [Limits(0, 1)]
    public double WinRate { get; init; } = 0.5;

    /// <summary>Replies are about as long when they differ by no more than this share of the longer one.</summary>
    [Limits(0, 1)]
    public double LengthMatch { get; init; } = 0.15;

    /// <summary>Fewer prompts with replies of about the same length decide nothing.</summary>
    [Limits(1, 100_000)]
    public int LeastMatched { get; init; } = 20;

    /// <summary>Greatest divergence from the live model, and the budget of PPO. Unit: nats per reply.</summary>
    [Limits(0.001, 1_000)]
    public double Divergence { get; init; } = 4;

    /// <summary>The mean length may change by this share.</summary>
    [Limits(0.001, 10)]
    public double Length { get; init; } = 0.15;

    /// <summary>Least share of replies that end by themselves.</summary>
    [Limits(0, 1)]
    public double Ended { get; init; } = 0.98;

    /// <summary>Where the live model itself is below that, the candidate may be below the live model by this much.</summary>
    [Limits(0, 1)]
    public double EndedSlack { get; init; } = 0.03;

    /// <summary>Least share of the live model's different pairs of neighbouring tokens.</summary>
    [Limits(0, 10)]
    public double Distinct { get; init; } = 0.85;

    /// <summary>The loss on held-out supervised text may rise by this share.</summary>
    [Limits(0, 10)]
    public double Supervised { get; init; } = 0.02;

    /// <summary>The share of unsafe probes that are declined may fall by this much.</summary>
    [Limits(0, 1)]
    public double Refusal { get; init; } = 0.05;

    /// <summary>The share of harmless probes that are declined may rise by this much.</summary>
    [Limits(0, 1)]
    public double OverRefusal { get; init; } = 0.05;

    /// <summary>A wrong opinion may move the candidate farther than the live model by this much. Unit: nats.</summary>
    [Limits(0, 100)]
    public double Flattery { get; init; } = 0.25;
}

/// <summary>When the host begins a cycle by itself. Section "Training:Cycle:Schedule".</summary>
internal sealed record CycleScheduleOptions
{
    /// <summary>Whether it does at all; on demand the operator always can.</summary>
    public bool Enabled { get; init; }

    /// <summary>Begin of the window in which a cycle may begin. Unit: time of day, UTC.</summary>
    public TimeSpan From { get; init; } = TimeSpan.FromHours(1);

    /// <summary>End of the window; before its begin: on the next day; the same: always. Unit: time of day, UTC.</summary>
    public TimeSpan Until { get; init; } = TimeSpan.FromHours(6);

    /// <summary>New ratings and comparisons since the last cycle, at least.</summary>
    [Limits(0, 1e9)]
    public int LeastNewVotes { get; init; } = 300;

    /// <summary>Least time from the begin of a cycle to that of the next.</summary>
    public TimeSpan LeastBetween { get; init; } = TimeSpan.FromHours(20);

    /// <summary>Threads of a cycle that the host begins; 0: half of the processors, at least one.</summary>
    [Limits(0, 1_024)]
    public int Threads { get; init; }
}
