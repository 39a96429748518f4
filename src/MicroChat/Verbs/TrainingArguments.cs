using System.CommandLine;
using System.CommandLine.Parsing;
using MicroChat.Model.Decoding;
using MicroChat.Training;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary>The options that pretraining and fine-tuning share, with the defaults that each gives them.</summary>
internal sealed class TrainingArguments
{
    private readonly Option<string?> _data = new("--data") { HelpName = "folder", Description = "Folder that the recipe's files lie in. Default: data/ of the checkout." };
    private readonly Option<string?> _recipe = new("--recipe") { HelpName = "file", Description = "The mixture: a JSON file of sources and weights. Default: the stage's own in the data folder's recipes/." };
    private readonly Option<string> _out = new("--out") { HelpName = "folder", Description = "Folder of the run: checkpoints, metrics.jsonl, events/, report.html. The same folder again goes on with the run.", Required = true };
    private readonly Option<long> _steps;
    private readonly Option<double> _rate;
    private readonly Option<long> _warmup;
    private readonly Option<long?> _decay = new("--decay-steps") { HelpName = "n", Description = "Updates of the decay at the end; the rate stays at its peak before them. Default: all after the warm-up." };
    private readonly Option<double> _floor = new("--floor") { HelpName = "share", Description = "Learning rate at the end, as a share of the peak, 0 to 1.", DefaultValueFactory = _ => 0.0 };
    private readonly Option<DecayShape> _shape = new("--decay") { Description = "Form of the decay.", DefaultValueFactory = _ => DecayShape.Cosine };
    private readonly Option<MatrixRule> _optimizer = new("--optimizer") { Description = "Rule for the matrices inside the blocks; all else moves by AdamW.", DefaultValueFactory = _ => MatrixRule.Muon };
    private readonly Option<double> _weightDecay;
    private readonly Option<double> _smoothing = new("--label-smoothing") { HelpName = "share", Description = "Share of each target that is spread over all tokens, 0 to below 1.", DefaultValueFactory = _ => 0.0 };
    private readonly Option<double> _zLoss = new("--z-loss") { HelpName = "x", Description = "Weight of the squared log-sum-exp of the logits, which keeps them from drifting; 1e-4 is usual.", DefaultValueFactory = _ => 0.0 };
    private readonly Option<int> _micro = new("--micro-batch") { HelpName = "tokens", Description = "Tokens in memory at once.", DefaultValueFactory = _ => 4_096 };
    private readonly Option<int> _accumulate;
    private readonly Option<long> _validate = new("--validate-every") { HelpName = "n", Description = "Updates between validations with samples; 0: only at the end.", DefaultValueFactory = _ => 100 };
    private readonly Option<long> _checkpoint = new("--checkpoint-every") { HelpName = "n", Description = "Updates between checkpoints; 0: only at the end.", DefaultValueFactory = _ => 50 };
    private readonly Option<int> _seed = new("--seed") { HelpName = "n", Description = "Seed of fresh weights and of the shuffle.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _rowTokens;
    private readonly Option<int> _threads = new("--threads") { HelpName = "n", Description = "Threads that compute.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private readonly string _recipeName;

    public TrainingArguments(string recipeName, long steps, double rate, long warmup, double weightDecay, int accumulate, int rowTokens)
    {
        _recipeName = recipeName;
        _steps = new("--steps") { HelpName = "n", Description = "Updates of the whole run.", DefaultValueFactory = _ => steps };
        _rate = new("--learning-rate") { HelpName = "x", Description = "Peak learning rate.", DefaultValueFactory = _ => rate };
        _warmup = new("--warmup-steps") { HelpName = "n", Description = "Updates in which the rate rises to its peak.", DefaultValueFactory = _ => warmup };
        _weightDecay = new("--weight-decay") { HelpName = "x", Description = "Decoupled decay of matrices per unit of learning rate.", DefaultValueFactory = _ => weightDecay };
        _accumulate = new("--accumulate") { HelpName = "n", Description = "Micro-batches per update.", DefaultValueFactory = _ => accumulate };
        _rowTokens = new("--row-tokens") { HelpName = "n", Description = "Longest row; longer documents are cut, longer conversations lose turns.", DefaultValueFactory = _ => rowTokens };
    }

    public void AddTo(Command verb)
    {
        foreach (Option option in (Option[])[_data, _recipe, _out, _steps, _rate, _warmup, _decay, _floor, _shape, _optimizer, _weightDecay, _smoothing, _zLoss, _micro, _accumulate, _validate, _checkpoint, _seed, _rowTokens, _threads])
        {
            verb.Options.Add(option);
        }
    }

    public string Out(ParseResult parsed) => parsed.GetValue(_out)!;

    public int Seed(ParseResult parsed) => parsed.GetValue(_seed);

    public int RowTokens(ParseResult parsed) => parsed.GetValue(_rowTokens);

    public int Threads(ParseResult parsed) => Math.Max(1, parsed.GetValue(_threads));

    public string DataFolder(ParseResult parsed, ProgramContext program) =>
        parsed.GetValue(_data) ?? CheckoutFolder.Find(program.BaseFolder, "data")
        ?? throw CommandException.Failure($"there is no folder data/ in {program.BaseFolder} or above it; name the folder of the training data with --data.");

    public string Recipe(ParseResult parsed, ProgramContext program) =>
        parsed.GetValue(_recipe) ?? CheckoutFolder.Find(program.BaseFolder, Path.Combine("data", "recipes", _recipeName))
        ?? throw CommandException.Failure($"there is no data/recipes/{_recipeName} above {program.BaseFolder}; name a recipe with --recipe.");

    public LanguageModelOptions Training(ParseResult parsed)
    {
        long steps = parsed.GetValue(_steps), warmup = parsed.GetValue(_warmup);
        long decay = parsed.GetValue(_decay) ?? Math.Max(0, steps - warmup);
        var options = new LanguageModelOptions
        {
            Steps = steps,
            MicroBatchTokens = parsed.GetValue(_micro),
            MicroBatchesPerStep = parsed.GetValue(_accumulate),
            LabelSmoothing = parsed.GetValue(_smoothing),
            ZLoss = parsed.GetValue(_zLoss),
            ValidateEvery = parsed.GetValue(_validate),
            CheckpointEvery = parsed.GetValue(_checkpoint),
            Schedule = new LearningRateSchedule
            {
                Peak = parsed.GetValue(_rate), WarmupSteps = warmup, StableSteps = Math.Max(0, steps - warmup - decay), DecaySteps = decay,
                Shape = parsed.GetValue(_shape), FloorShare = parsed.GetValue(_floor),
            },
            Optimizer = new OptimizerOptions { MatrixRule = parsed.GetValue(_optimizer), WeightDecay = (float)parsed.GetValue(_weightDecay) },
        };
        return options.Validate() is { Count: > 0 } faults ? throw CommandException.Usage(string.Join(' ', faults)) : options;
    }
}
