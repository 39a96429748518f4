using System.CommandLine;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary><c>train reward</c>: a model learns which replies people prefer.</summary>
internal static class RewardVerb
{
    public static Verb Create(ProgramContext program)
    {
        var defaults = new RewardOptions { Model = "", Data = [], OutFolder = "" };
        var shared = new PreferenceArguments(defaults.Training, "prompts with all their judged replies, or thumbs,");
        var half = new Option<TrainingHalf>("--half") { Description = "Learn from one half of the training prompts: a model to optimise against, and one that never saw its data to watch it with.", DefaultValueFactory = _ => TrainingHalf.All };
        var centring = new Option<double>("--centring") { HelpName = "x", Description = "Weight of the squared sum of a pair's scores.", DefaultValueFactory = _ => defaults.Pairs.Centring };
        var seeds = new Option<int>("--seeds") { HelpName = "n", Description = "Train so many models, to see how far chance moves the result.", DefaultValueFactory = _ => defaults.Seeds };
        var cap = new Option<double>("--rater-cap") { HelpName = "share", Description = "Most that one named rater may weigh, as a share of all thumbs; 1: no bound.", DefaultValueFactory = _ => defaults.RaterCap };
        var noControl = new Option<bool>("--no-control") { Description = "Leave out the same training on shuffled labels, which must come out at chance." };
        var verb = new Verb("reward", "Train a reward model: which of two replies do people prefer?")
        {
            Examples =
            [
                $"{CommandLine.Name} train reward --model models --preferences data/prefs/oasst_rankings.jsonl.gz --out runs/reward --half a",
                $"{CommandLine.Name} train reward --model models --preferences data/prefs/oasst_rankings.jsonl.gz --out runs/watch --half b  # never saw the other's data",
            ],
        };
        shared.AddTo(verb);
        foreach (Option option in (Option[])[half, centring, seeds, cap, noControl])
        {
            verb.Options.Add(option);
        }
        verb.SetAction((parsed, _) =>
        {
            RewardOptions options = defaults with
            {
                Model = shared.Model(parsed, program),
                Data = shared.Files(parsed),
                OutFolder = shared.Out(parsed),
                Training = shared.Training(parsed),
                Rows = shared.Rows(parsed) with { Half = parsed.GetValue(half) },
                Pairs = defaults.Pairs with { Centring = parsed.GetValue(centring) },
                Seed = shared.Seed(parsed),
                Seeds = parsed.GetValue(seeds),
                RaterCap = parsed.GetValue(cap),
                ShuffledControl = !parsed.GetValue(noControl),
            };
            PreferenceArguments.Valid(options, options.Validate());
            return Task.FromResult(TrainVerb.Run(
                program, [.. parsed.Tokens.Select(t => t.Value)], shared.Threads(parsed), (stage, stop) => Reward.Run(options, stage, stop)));
        });
        return verb;
    }
}
