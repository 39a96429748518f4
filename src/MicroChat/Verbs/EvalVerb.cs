using System.CommandLine;
using System.CommandLine.Parsing;
using MicroChat.Kernels;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary><c>eval</c>: measures a model, alone or beside another one.</summary>
internal static class EvalVerb
{
    public static Verb Create(ProgramContext program)
    {
        var arguments = new Arguments();
        var verb = new Verb("eval", "Measure a model: text, replies, preferences, safety.")
        {
            Examples =
            [
                $"{CommandLine.Name} eval --recipe data/recipes/sft.json  # perplexity and bits per byte of held-out text",
                $"{CommandLine.Name} eval --reward runs/reward --preferences data/prefs/oasst_rankings.jsonl.gz  # a reward model beside its controls",
                $"{CommandLine.Name} eval --model runs/dpo --against models --reward runs/watch --prompts data/prompts/user_prompts.jsonl.gz --json  # win rate, KL, repetition",
                $"{CommandLine.Name} eval --safety data/prompts/xstest_eval_only.jsonl.gz --count 450",
            ],
        };
        foreach (Option option in arguments.All)
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, _) => Task.FromResult(Run(program, arguments, parsed)));
        return verb;
    }

    private static int Run(ProgramContext program, Arguments arguments, ParseResult parsed)
    {
        EvaluateOptions options = arguments.Read(parsed, program);
        PreferenceArguments.Valid(options, options.Validate());
        CpuFeatures.Require();
        using var stop = new CancellationTokenSource();
        using IDisposable interrupt = program.Terminal.OnStop(stop.Cancel);
        IReadOnlyList<EvaluationSection> sections = Evaluate.Run(options, program.Time, arguments.Threads(parsed), stop.Token);
        program.Terminal.Output.Write(arguments.Json(parsed) ? EvaluationPage.Json(sections) + "\n" : EvaluationPage.Table(sections));
        return ExitCode.Ok;
    }

    private sealed class Arguments
    {
        private static readonly EvaluateOptions Defaults = new() { Model = "" };

        private readonly Option<string?> _model = new("--model") { HelpName = "folder", Description = "The model under test. Default: the one that comes with the program." };
        private readonly Option<string?> _against = new("--against") { HelpName = "folder", Description = "A model to compare with: KL, and win rate with --reward." };
        private readonly Option<string[]> _reward = Several("--reward", "folder", "Reward models that judge; several may follow.");
        private readonly Option<string?> _recipe = new("--recipe") { HelpName = "file", Description = "Predict the held-out rows of this recipe's sources." };
        private readonly Option<string?> _data = new("--data") { HelpName = "folder", Description = "Folder that the recipe's files lie in. Default: data/ of the checkout." };
        private readonly Option<string[]> _preferences = Several("--preferences", "file", "Judged replies, on whose held-out prompts the reward models are measured.");
        private readonly Option<double> _share = new("--held-out") { HelpName = "share", Description = "Share of the prompts held out, as in training.", DefaultValueFactory = _ => Defaults.Rows.HeldOutShare };
        private readonly Option<int> _last = new("--held-out-last") { HelpName = "n", Description = "The last n comparisons instead, as in training; 0: by share.", DefaultValueFactory = _ => Defaults.Rows.HeldOutLast };
        private readonly Option<string?> _prompts = new("--prompts") { HelpName = "file", Description = "Prompts to answer (chats and judged replies without their last replies): end rate, length, distinct-n, repetition." };
        private readonly Option<string?> _safety = new("--safety") { HelpName = "file", Description = "Prompts with the label safe or unsafe: refusals and over-refusals." };
        private readonly Option<int> _count = new("--count") { HelpName = "n", Description = "Prompts of each file, the first ones.", DefaultValueFactory = _ => Defaults.Count };
        private readonly Option<int> _maxTokens = new("--max-tokens") { HelpName = "n", Description = "Longest reply.", DefaultValueFactory = _ => Defaults.MaxReplyTokens };
        private readonly Option<double> _temperature = new("--temperature") { HelpName = "x", Description = "Of sampling.", DefaultValueFactory = _ => Defaults.Temperature };
        private readonly Option<int> _seed = new("--seed") { HelpName = "n", Description = "Seed of sampling and bootstrap.", DefaultValueFactory = _ => Defaults.Seed };
        private readonly Option<int> _threads = new("--threads") { HelpName = "n", Description = "Threads that compute.", DefaultValueFactory = _ => Environment.ProcessorCount };
        private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object." };

        public IEnumerable<Option> All =>
            [_model, _against, _reward, _recipe, _data, _preferences, _share, _last, _prompts, _safety, _count, _maxTokens, _temperature, _seed, _threads, _json];

        public int Threads(ParseResult parsed) => Math.Max(1, parsed.GetValue(_threads));

        public bool Json(ParseResult parsed) => parsed.GetValue(_json);

        public EvaluateOptions Read(ParseResult parsed, ProgramContext program) => Defaults with
        {
            Model = ModelFolder.Find(parsed.GetValue(_model), program.BaseFolder),
            Against = parsed.GetValue(_against) is { } against ? ModelFolder.Find(against, program.BaseFolder) : null,
            RewardModels = [.. (parsed.GetValue(_reward) ?? []).Select(folder => ModelFolder.Find(folder, program.BaseFolder))],
            Recipe = Existing(_recipe, parsed.GetValue(_recipe)),
            DataFolder = parsed.GetValue(_data) ?? CheckoutFolder.Find(program.BaseFolder, "data") ?? "",
            Preferences = [.. (parsed.GetValue(_preferences) ?? []).Select(file => Existing(_preferences, file)!)],
            Rows = Defaults.Rows with { HeldOutShare = parsed.GetValue(_share), HeldOutLast = parsed.GetValue(_last) },
            Prompts = Existing(_prompts, parsed.GetValue(_prompts)),
            Safety = Existing(_safety, parsed.GetValue(_safety)),
            Count = parsed.GetValue(_count),
            MaxReplyTokens = parsed.GetValue(_maxTokens),
            Temperature = parsed.GetValue(_temperature),
            Seed = parsed.GetValue(_seed),
        };

        private static Option<string[]> Several(string name, string help, string description) =>
            new(name) { HelpName = help, Description = description, AllowMultipleArgumentsPerToken = true };

        private static string? Existing(Option option, string? file) => file is null || File.Exists(file)
            ? file : throw CommandException.Failure($"{option.Name} names \"{file}\", which is no file.");
    }
}
