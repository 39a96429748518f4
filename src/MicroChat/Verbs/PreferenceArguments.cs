using System.CommandLine;
using System.CommandLine.Parsing;
using MicroChat.Model.Decoding;
using MicroChat.Training.Preferences;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary>The options that the stages on judged replies share; their defaults are those of the stage's record.</summary>
internal sealed class PreferenceArguments
{
    private static readonly PreferenceRowOptions DefaultRows = new();
    private static readonly LoraOptions DefaultAdapter = new();

    private readonly Option<string> _model = new("--model") { HelpName = "folder", Description = "The chat model to begin with: a Hugging Face folder, or the folder of a run, whose newest checkpoint is taken.", Required = true };
    private readonly Option<string[]> _files = new("--preferences")
    {
        HelpName = "file", Description = "Judged replies: JSONL of pairs, rankings or thumbs, plain or gzipped; several may follow.", Required = true, AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _out = new("--out") { HelpName = "folder", Description = "Folder of the run: checkpoints, metrics.jsonl, events/, report.html. The same folder again goes on with the run.", Required = true };
    private readonly Option<double> _rate, _epochs;
    private readonly Option<int> _batch, _micro;
    private readonly Option<int> _rank = new("--rank") { HelpName = "n", Description = "Rank of the adapter that learns; 0: all weights learn.", DefaultValueFactory = _ => DefaultAdapter.Rank };
    private readonly Option<double> _alpha = new("--alpha") { HelpName = "x", Description = "The adapter's part is multiplied by alpha / rank.", DefaultValueFactory = _ => DefaultAdapter.Alpha };
    private readonly Option<bool> _recompute = new("--recompute") { Description = "Compute blocks again in the backward pass: less memory, a third more work." };
    private readonly Option<long> _validate, _checkpoint;
    private readonly Option<int> _rowTokens = new("--row-tokens") { HelpName = "n", Description = "Longest prompt with reply; longer ones are left out and counted.", DefaultValueFactory = _ => DefaultRows.Set.MaxRowTokens };
    private readonly Option<double> _share = new("--held-out") { HelpName = "share", Description = $"Share of the prompts held out, and at least {PreferenceRowOptions.LeastHeldOut} of them.", DefaultValueFactory = _ => DefaultRows.HeldOutShare };
    private readonly Option<int> _last = new("--held-out-last") { HelpName = "n", Description = "Hold out the last n comparisons of the files instead; 0: by share.", DefaultValueFactory = _ => DefaultRows.HeldOutLast };
    private readonly Option<int> _seed = new("--seed") { HelpName = "n", Description = "Seed of fresh weights and of the order.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _threads = new("--threads") { HelpName = "n", Description = "Threads that compute.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private readonly PreferenceTrainingOptions _defaults;

    /// <param name="defaults">The stage's own.</param>
    /// <param name="items">What one item is, in the plural.</param>
    public PreferenceArguments(PreferenceTrainingOptions defaults, string items)
    {
        _defaults = defaults;
        _rate = new("--learning-rate") { HelpName = "x", Description = "Peak learning rate.", DefaultValueFactory = _ => defaults.LearningRate };
        _epochs = new("--epochs") { HelpName = "x", Description = "How often everything is seen.", DefaultValueFactory = _ => defaults.Epochs };
        _batch = new("--batch") { HelpName = "n", Description = $"Number of {items} per update.", DefaultValueFactory = _ => defaults.ItemsPerStep };
        _micro = new("--micro-batch") { HelpName = "tokens", Description = "Tokens in memory at once.", DefaultValueFactory = _ => defaults.MicroBatchTokens };
        _validate = new("--validate-every") { HelpName = "n", Description = "Updates between validations; 0: only at the end.", DefaultValueFactory = _ => defaults.ValidateEvery };
        _checkpoint = new("--checkpoint-every") { HelpName = "n", Description = "Updates between checkpoints; 0: only at the end.", DefaultValueFactory = _ => defaults.CheckpointEvery };
    }

    public void AddTo(Command verb)
    {
        foreach (Option option in (Option[])[_model, _files, _out, _rate, _epochs, _batch, _micro, _rank, _alpha, _recompute, _validate, _checkpoint, _rowTokens, _share, _last, _seed, _threads])
        {
            verb.Options.Add(option);
        }
    }

    public string Model(ParseResult parsed, ProgramContext program) => ModelFolder.Find(parsed.GetValue(_model), program.BaseFolder);

    public string[] Files(ParseResult parsed)
    {
        string[] files = parsed.GetValue(_files)!;
        return files.FirstOrDefault(file => !File.Exists(file)) is { } missing
            ? throw CommandException.Failure($"--preferences names \"{missing}\", which is no file; name files of judged replies, such as data/prefs/oasst_rankings.jsonl.gz.")
            : files;
    }

    public string Out(ParseResult parsed) => parsed.GetValue(_out)!;

    public int Seed(ParseResult parsed) => parsed.GetValue(_seed);

    public int Threads(ParseResult parsed) => Math.Max(1, parsed.GetValue(_threads));

    public PreferenceRowOptions Rows(ParseResult parsed)
    {
        PreferenceRowOptions rows = DefaultRows with
        {
            Set = DefaultRows.Set with { MaxRowTokens = parsed.GetValue(_rowTokens) },
            HeldOutShare = parsed.GetValue(_share),
            HeldOutLast = parsed.GetValue(_last),
        };
        return Valid(rows, rows.Validate());
    }

    public PreferenceTrainingOptions Training(ParseResult parsed)
    {
        PreferenceTrainingOptions training = _defaults with
        {
            LearningRate = parsed.GetValue(_rate),
            Epochs = parsed.GetValue(_epochs),
            ItemsPerStep = parsed.GetValue(_batch),
            MicroBatchTokens = parsed.GetValue(_micro),
            Adapter = parsed.GetValue(_rank) == 0 ? null : DefaultAdapter with { Rank = parsed.GetValue(_rank), Alpha = parsed.GetValue(_alpha) },
            Recompute = parsed.GetValue(_recompute),
            ValidateEvery = parsed.GetValue(_validate),
            CheckpointEvery = parsed.GetValue(_checkpoint),
        };
        return Valid(training, training.Validate());
    }

    /// <summary>The options, or a usage error that lists what is wrong with them.</summary>
    public static T Valid<T>(T options, IReadOnlyList<string> faults) => faults.Count == 0 ? options : throw CommandException.Usage(string.Join(' ', faults));
}
