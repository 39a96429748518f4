using System.CommandLine;
using System.CommandLine.Parsing;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Rollouts;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary><c>train ppo</c>: a model learns to reply as a reward model likes.</summary>
internal sealed class PpoVerb
{
    private static readonly PpoTrainingOptions Defaults = new() { Steps = 100, Schedule = new LearningRateSchedule { Peak = 1e-4 } };
    private static readonly LoraOptions DefaultAdapter = new();

    private readonly Option<string> _model = new("--model") { HelpName = "folder", Description = "The chat model to begin with, which stays the reference: a Hugging Face folder, or the folder of a run, whose newest checkpoint is taken.", Required = true };
    private readonly Option<string> _reward = new("--reward") { HelpName = "folder", Description = "The reward model that is optimised: the folder of a run of \"train reward\", or of a checkpoint of one.", Required = true };
    private readonly Option<string?> _heldOut = new("--held-out-reward") { HelpName = "folder", Description = "A reward model trained on other judgements: only watched. When it falls while the other rises, the run stops." };
    private readonly Option<string[]?> _prompts = new("--prompts") { HelpName = "file", Description = "Files of prompts, chats or judged replies; several may follow. Default: data/prompts/user_prompts.jsonl.gz of the checkout.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _out = new("--out") { HelpName = "folder", Description = "Folder of the run: checkpoints, metrics.jsonl, events/, report.html. The same folder again goes on with the run.", Required = true };
    private readonly Option<long> _steps = Number("--steps", "n", "Steps of the whole run; each samples replies and learns from them.", Defaults.Steps);
    private readonly Option<double> _rate = Number("--learning-rate", "x", "Peak learning rate; falls to 0 in a straight line.", Defaults.Schedule.Peak);
    private readonly Option<long> _warmup = Number("--warmup-steps", "n", "Steps in which the rate rises to its peak.", 0L);
    private readonly Option<int> _replies = Number("--replies", "n", "Replies of a step, one to each of so many prompts.", Defaults.RepliesPerStep);
    private readonly Option<int> _epochs = Number("--epochs", "n", "Passes over the replies of a step.", Defaults.Objective.Epochs);
    private readonly Option<int> _minibatches = Number("--minibatches", "n", "Updates per pass.", Defaults.Objective.Minibatches);
    private readonly Option<int> _micro = Number("--micro-batch", "tokens", "Tokens in memory at once.", Defaults.MicroBatchTokens);
    private readonly Option<int> _sequences = Number("--sequences", "n", "Replies in work at once while sampling.", Defaults.Rollouts.Sequences);
    private readonly Option<int> _replyTokens = Number("--reply-tokens", "n", "Longest reply.", Defaults.Rollouts.Sampling.MaxReplyTokens);
    private readonly Option<int> _promptTokens = Number("--prompt-tokens", "n", "Longest prompt; longer ones are left out and counted.", 256);
    private readonly Option<double> _temperature = Number("--temperature", "x", "Temperature of sampling; log-probabilities are taken at it too. There is no top-k or top-p: they would change what is sampled but not what is trained.", Defaults.Rollouts.Sampling.Temperature);
    private readonly Option<double> _beta = Number("--beta", "x", "What a nat of divergence from the reference costs.", Defaults.Objective.Kl.Initial);
    private readonly Option<double?> _target = new("--kl-target") { HelpName = "nats", Description = "Steer beta towards this divergence per reply. Default: beta is fixed." };
    private readonly Option<double> _budget = Number("--kl-budget", "nats", "Stop when the divergence per reply is above this, and keep the last good checkpoint; 0: no budget.", Defaults.Guards.KlBudget!.Value);
    private readonly Option<MissingEnd> _missingEnd = new("--missing-end") { Description = "What happens to the score of a reply that was cut at its longest length.", DefaultValueFactory = _ => Defaults.Objective.MissingEnd };
    private readonly Option<double> _penalty = Number("--missing-end-penalty", "x", "Replaces that score, or is subtracted by its size.", Defaults.Objective.MissingEndPenalty);
    private readonly Option<double?> _clip = new("--score-clip") { HelpName = "x", Description = "Cut scores to plus or minus this. Default: not." };
    private readonly Option<double> _entropy = Number("--entropy", "x", "Weight of an entropy bonus.", Defaults.Objective.EntropyCoefficient);
    private readonly Option<double> _mix = Number("--pretraining", "x", "Weight of the loss on pretraining text that is mixed in (PPO-ptx); 0: none.", Defaults.Objective.PretrainingCoefficient);
    private readonly Option<string?> _recipe = new("--recipe") { HelpName = "file", Description = "The pretraining text's mixture. Default: data/recipes/pretrain.json of the checkout." };
    private readonly Option<string?> _data = new("--data") { HelpName = "folder", Description = "Folder that the recipe's files lie in. Default: data/ of the checkout." };
    private readonly Option<int> _rank = Number("--rank", "n", "Rank of the policy's adapter; 0: all weights learn.", DefaultAdapter.Rank);
    private readonly Option<double> _alpha = Number("--alpha", "x", "The adapter's part is multiplied by alpha / rank.", DefaultAdapter.Alpha);
    private readonly Option<bool> _recompute = new("--recompute") { Description = "Compute blocks again in the backward pass: less memory, a third more work." };
    private readonly Option<long> _sample = Number("--sample-every", "n", "Steps between samples; 0: only at the end.", Defaults.SampleEvery);
    private readonly Option<long> _checkpoint = Number("--checkpoint-every", "n", "Steps between checkpoints; 0: only at the end.", Defaults.CheckpointEvery);
    private readonly Option<int> _seed = Number("--seed", "n", "Seed of fresh weights, of the order and of all replies.", Defaults.Rollouts.Seed);
    private readonly Option<int> _threads = Number("--threads", "n", "Threads that compute.", Environment.ProcessorCount);

    public static Verb Create(ProgramContext program)
    {
        var arguments = new PpoVerb();
        var verb = new Verb("ppo", "Teach a model to reply as a reward model likes: proximal policy optimisation.")
        {
            Examples =
            [
                $"{CommandLine.Name} train ppo --model runs/sft --reward runs/reward --out runs/ppo",
                $"{CommandLine.Name} train ppo --model runs/sft --reward runs/reward --held-out-reward runs/reward-b --kl-budget 4 --out runs/ppo",
                $"{CommandLine.Name} chat --model runs/ppo  # talk with the result",
            ],
        };
        arguments.AddTo(verb);
        verb.SetAction((parsed, _) => Task.FromResult(TrainVerb.Run(
            program, [.. parsed.Tokens.Select(t => t.Value)], Math.Max(1, parsed.GetValue(arguments._threads)), (stage, stop) => PpoStage.Run(arguments.Stage(parsed, program), stage, stop))));
        return verb;
    }

    private void AddTo(Command verb)
    {
        foreach (Option option in (Option[])[
            _model, _reward, _heldOut, _prompts, _out, _steps, _rate, _warmup, _replies, _epochs, _minibatches, _micro, _sequences, _replyTokens, _promptTokens, _temperature, _beta,
            _target, _budget, _missingEnd, _penalty, _clip, _entropy, _mix, _recipe, _data, _rank, _alpha, _recompute, _sample, _checkpoint, _seed, _threads])
        {
            verb.Options.Add(option);
        }
    }

    private PpoStageOptions Stage(ParseResult parsed, ProgramContext program)
    {
        bool mixes = parsed.GetValue(_mix) > 0;
        var options = new PpoStageOptions
        {
            Model = ModelFolder.Find(parsed.GetValue(_model), program.BaseFolder),
            Reward = ModelFolder.OfRun(parsed.GetValue(_reward)!),
            HeldOutReward = parsed.GetValue(_heldOut) is { } heldOut ? ModelFolder.OfRun(heldOut) : null,
            Prompts = parsed.GetValue(_prompts) is { Length: > 0 } files ? files : [CheckoutFolder.Require(program.BaseFolder, Path.Combine("data", "prompts", "user_prompts.jsonl.gz"), "--prompts")],
            MaxPromptTokens = parsed.GetValue(_promptTokens),
            PretrainingRecipe = !mixes ? null : parsed.GetValue(_recipe) ?? CheckoutFolder.Require(program.BaseFolder, Path.Combine("data", "recipes", "pretrain.json"), "--recipe"),
            DataFolder = !mixes ? null : parsed.GetValue(_data) ?? CheckoutFolder.Require(program.BaseFolder, "data", "--data"),
            OutFolder = parsed.GetValue(_out)!,
            Training = Training(parsed),
        };
        return options.Validate() is { Count: > 0 } faults ? throw CommandException.Usage(string.Join(' ', faults)) : options;
    }

    private PpoTrainingOptions Training(ParseResult parsed)
    {
        long steps = parsed.GetValue(_steps), warmup = parsed.GetValue(_warmup);
        int rank = parsed.GetValue(_rank);
        return Defaults with
        {
            Steps = steps,
            Schedule = new LearningRateSchedule { Peak = parsed.GetValue(_rate), WarmupSteps = warmup, DecaySteps = Math.Max(0, steps - warmup) + 1, Shape = DecayShape.Linear },
            Objective = Objective(parsed),
            Rollouts = new RolloutOptions
            {
                Sampling = new SamplingOptions { Temperature = parsed.GetValue(_temperature), TopP = 1, MaxReplyTokens = parsed.GetValue(_replyTokens) },
                Sequences = parsed.GetValue(_sequences), Seed = parsed.GetValue(_seed),
            },
            Guards = Defaults.Guards with { KlBudget = parsed.GetValue(_budget) == 0 ? null : parsed.GetValue(_budget) },
            RepliesPerStep = parsed.GetValue(_replies),
            MicroBatchTokens = parsed.GetValue(_micro),
            Recompute = parsed.GetValue(_recompute),
            Adapter = rank == 0 ? null : DefaultAdapter with { Rank = rank, Alpha = parsed.GetValue(_alpha) },
            SampleEvery = parsed.GetValue(_sample),
            CheckpointEvery = parsed.GetValue(_checkpoint),
        };
    }

    private PpoOptions Objective(ParseResult parsed) => Defaults.Objective with
    {
        Kl = Defaults.Objective.Kl with { Initial = parsed.GetValue(_beta), Target = parsed.GetValue(_target) },
        MissingEnd = parsed.GetValue(_missingEnd),
        MissingEndPenalty = parsed.GetValue(_penalty),
        ScoreClip = parsed.GetValue(_clip),
        EntropyCoefficient = parsed.GetValue(_entropy),
        PretrainingCoefficient = parsed.GetValue(_mix),
        Epochs = parsed.GetValue(_epochs),
        Minibatches = parsed.GetValue(_minibatches),
    };

    private static Option<T> Number<T>(string name, string unit, string description, T usual) =>
        new(name) { HelpName = unit, Description = description, DefaultValueFactory = _ => usual };
}
